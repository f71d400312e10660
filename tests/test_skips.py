"""A test is left out for what a machine cannot do, by name; what is broken here fails it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipv6lab import image, kernel
from ipv6lab.kernel import finished as kernels
from ipv6lab.words.errors import Unsupported
from tests import backends

TESTS = Path(__file__).parent
# One test of each kind that needs a lab: by a fixture, in a block, through the command line.
NEED_A_LAB = [
    "topologies/test_start_state.py",
    "sandbox/test_seats.py",
    "services/test_commands.py",
    "network/test_machines.py",
    "cli/test_not_judged.py",
    "course/test_baselines.py",
]


def skipped_errors(tree: ast.AST) -> Iterator[int]:
    """The lines on which the text of an error that was caught is why a test is skipped."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        for call in ast.walk(handler):
            if (
                isinstance(call, ast.Call)
                and ast.unparse(call.func) == "pytest.skip"
                and any(
                    isinstance(name, ast.Name) and name.id == handler.name
                    for name in ast.walk(call)
                )
            ):
                yield call.lineno


def test_no_test_skips_because_something_failed() -> None:
    found = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        # Whether there is a lab kernel, and whether namespaces can be made, is asked by trying.
        if file.name not in ("backends.py", "isolation.py")
        for line in skipped_errors(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == [], "tests.backends.no_lab() tells what a machine lacks from what is broken"


@pytest.mark.slow
def test_without_an_image_the_tests_fail(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run(
        [*words, "-m", "not slow", *(str(TESTS / name) for name in NEED_A_LAB)],
        env={**os.environ, "IPV6LAB_IMAGE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "skipped" not in last, done.stdout


@pytest.mark.parametrize("ask", [backends.require_image, backends.require])
def test_a_missing_or_damaged_image_fails(ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> None:
        raise Unsupported("it is damaged")

    monkeypatch.setattr(image, "find", find)
    with pytest.raises(pytest.fail.Exception, match="it is damaged"):
        ask()


def test_a_damaged_lab_kernel_fails_and_a_missing_one_skips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for error, ends in (
        (kernels.Damaged("changed"), pytest.fail.Exception),
        (Unsupported("not built"), pytest.skip.Exception),
    ):

        def find(error: Unsupported = error) -> None:
            raise error

        monkeypatch.setattr(kernel, "find", find)
        with pytest.raises(ends, match=str(error)):
            backends.require_lab_kernel()

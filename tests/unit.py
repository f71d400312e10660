"""Which tests are unit tests: `make unit` runs those that start nothing and need little installed.

Found by reading them: neither a module of tests, nor the `conftest.py` above it, nor a helper of
tests that it imports may start a program, make a namespace, or look for the lab image or the lab
kernel, nor import what `pip install .[unit]` does not bring. What draws pictures takes seconds each
and is left out too.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LIBRARIES = {"pytest", "_pytest", "hypothesis", "dns", "rich", "matplotlib", "scapy", "babel"}
LIBRARIES |= {"mininet", "setuptools", "ipv6lab", "tests", *sys.stdlib_module_names}
# Modules by which a program is started.
STARTING = {"subprocess", "multiprocessing", "pty"}
# Modules that draw by matplotlib.
DRAWING = {"ipv6lab.reports.picture", "ipv6lab.reports.report_files"}
# Rooms that start labs, and functions that ask for image, kernel, namespace or process.
ROOMS = {"ipv6lab.sandbox", "ipv6lab.classroom", "ipv6lab.notebook", "ipv6lab.cli", *DRAWING}
CALLS = {"run_isolated", "unshare", "fork", "require", "require_image", "require_lab_kernel"}
CALLS |= {"image.find", "kernel.find", "kernels.find", "images.find"}
FIXTURES = {"backend", "isolated"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--unit", action="store_true", help="only tests that start nothing")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is no unit test before it is imported."""
    if not config.getoption("--unit"):
        return None
    if collection_path.is_dir():  # its conftest.py is imported before any of its modules
        room = collection_path / "conftest.py"
        return True if room.exists() and collection_path != TESTS and why_not(room) else None
    if collection_path.suffix != ".py":
        return None
    return None if is_unit(collection_path) else True


def is_unit(file: Path) -> bool:
    above = [folder / "conftest.py" for folder in file.parents if folder.is_relative_to(TESTS)]
    known = [one for one in above if one.exists() and one.parent != TESTS]
    return not any(set(why_not(one)) for one in (file, *known))


@functools.cache
def why_not(file: Path) -> tuple[str, ...]:
    """What in a module, or in the helpers of tests that it imports, makes it no unit test."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [*_imports(tree, file), *_calls(tree)]
    return tuple(dict.fromkeys(found))


def _imports(tree: ast.AST, file: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first = name.partition(".")[0]
            beside = file.with_name(f"{first}.py")
            if any(f"{name}.".startswith(f"{room}.") for room in ROOMS) or first in STARTING:
                yield name
            elif first == "tests":
                yield from _helper(name)
            elif first not in LIBRARIES and beside.exists():
                yield from why_not(beside)
            elif first not in LIBRARIES:
                yield name


def _helper(name: str) -> Iterator[str]:
    """What a module of tests brings along; the last word may be a name in it."""
    for words in (name, name.rpartition(".")[0]):
        file = TESTS.parent.joinpath(*words.split(".")).with_suffix(".py")
        if file.exists():
            yield from why_not(file)


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            if text in CALLS or text.rpartition(".")[2] in CALLS:
                yield text
        elif isinstance(node, ast.FunctionDef):
            yield from (one.arg for one in node.args.args if one.arg in FIXTURES)
        elif isinstance(node, ast.Attribute) and node.attr in FIXTURES:
            yield node.attr

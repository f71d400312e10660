"""Tests on both kernels: the machine's own, with namespaces, and the lab kernel.

A test that asks for the fixture ``backend``, most often through its folder's ``conftest.py``, runs
once on each. To bound the time, the half on the lab kernel is ``slow``, but for tests marked
``both_kernels``, and what does not run because there is no lab kernel is listed by name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Any, NoReturn

import pytest

from ipv6lab import image, kernel
from ipv6lab.kernel import finished as kernels
from ipv6lab.platform import features
from ipv6lab.sandbox.choice import HOST, LAB, VARIABLE
from ipv6lab.words.errors import LabError, Unsupported

ABSENT = "no lab kernel here"


CHOSEN = os.environ.get(VARIABLE)  # by who runs the tests


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """Which kernel the labs of this test run on, ``host`` or ``lab``."""
    name = str(request.param)
    if name == LAB:
        require_lab_kernel()
    return name


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Choose the test's kernel before any fixture of any scope is made, and for this test alone."""
    chosen = item.callspec.params.get("backend") if hasattr(item, "callspec") else None
    name = chosen or CHOSEN
    if name is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = name


def require_image() -> None:
    """Fail the test where the lab image is missing or damaged: nothing would be tested."""
    try:
        image.find()
    except Unsupported as error:
        pytest.fail(str(error), pytrace=False)


def require_lab_kernel() -> None:
    """Skip the test where no lab kernel is, and have that listed; a damaged one fails it."""
    try:
        kernel.find()
    except kernels.Damaged as error:
        pytest.fail(str(error), pytrace=False)
    except Unsupported as error:
        pytest.skip(f"{ABSENT}: {error}")


def require(needs: Iterable[str] = ()) -> None:
    """Skip the test, by name, for what this machine lacks of what a lab needs.

    A missing or damaged image fails it.
    """
    require_image()
    wanted = list(needs)
    chosen = os.environ.get(VARIABLE)
    if chosen == LAB:
        require_lab_kernel()
        return
    lacking = features.lacking(wanted)
    if not lacking:
        return
    if chosen != HOST:
        with contextlib.suppress(Unsupported):
            kernel.find()
            return
        require_lab_kernel()
    pytest.skip(f"this machine lacks {', '.join(one.name for one in lacking)}")


def no_lab(error: LabError | str) -> NoReturn:
    """End a test that got no lab: skipped for what the machine lacks, or else failed."""
    require()
    pytest.fail(str(error), pytrace=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" not in metafunc.fixturenames:
        return
    short = metafunc.definition.get_closest_marker("both_kernels") is not None
    on_lab = pytest.param(LAB, marks=() if short else pytest.mark.slow)
    metafunc.parametrize("backend", [HOST, on_lab], indirect=True, scope="session")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    names = [one.nodeid for one in skipped if ABSENT in str(one.longrepr)]
    if names:
        terminalreporter.section("not tried on the lab kernel: there is none (make kernel)")
        for name in sorted(names):
            terminalreporter.write_line(name)

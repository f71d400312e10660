from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests import chromium
from tests.backends import require_image

DESK = pytest.StashKey[Any]()
SEATS = {"en": 460, "vi": 461}


@pytest.fixture(scope="session")
def desk(request: pytest.FixtureRequest, playwright: Any) -> Iterator[object]:
    """A desk in the language that the test names, shared by all its tests."""
    from tests.notebook.browser.desk import Desk

    require_image()
    chromium.program()  # before anything is begun
    with Desk(request.param, SEATS[request.param], playwright) as opened:
        request.config.stash[DESK] = opened
        yield opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Keep a picture of the page on which a test failed."""
    report = yield
    if report.when == "call" and report.failed and DESK in item.config.stash:
        name = re.sub(r"\W+", "-", item.name)
        item.config.stash[DESK].shoot(f"failed-{name}")
    return report

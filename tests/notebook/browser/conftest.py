from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipv6lab import image
from ipv6lab.notebook import server
from ipv6lab.words.errors import LabError, Unsupported

SEATS = {"en": 460, "vi": 461}


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest) -> Iterator[object]:
    """A desk in the language that the test names, shared by the tests of a module."""
    try:
        image.find()
        server.require()
        from tests.notebook.browser.desk import Desk, chromium
    except (Unsupported, LabError) as error:
        pytest.skip(f"no lab can be built here: {error}")
    if chromium() is None:
        pytest.skip("chromium is not installed")
    with Desk(request.param, SEATS[request.param]) as opened:
        yield opened

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipv6lab.sandbox import Lab
from tests.sandbox.support import throwaway


@pytest.fixture(scope="module")
def lab(backend: str) -> Iterator[Lab]:
    """One lab for all attempts of a module: each of them must leave it alive."""
    with throwaway() as lab:
        yield lab

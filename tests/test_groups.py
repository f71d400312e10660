"""Tests of one group are given to one worker: what they share is made once."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("together")
def test_the_workers_know_a_group(request: pytest.FixtureRequest) -> None:
    among_workers = "PYTEST_XDIST_WORKER" in os.environ
    assert request.node.nodeid.endswith("@together") == among_workers

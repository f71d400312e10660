"""A node's root tries what it may not: the table of docs/security.md, a test for each row."""

from __future__ import annotations

import pytest

from ipv6lab.sandbox import Lab
from tests.sandbox.support import run
from tests.security.attempts import ATTEMPTS, PRELUDE
from tests.security.table import PAGE, table


@pytest.mark.both_kernels
@pytest.mark.xdist_group("attempts")
@pytest.mark.parametrize("name", ATTEMPTS)
def test_it_is_held(lab: Lab, name: str) -> None:
    ran = run(lab, "a", "python3", "-c", PRELUDE + ATTEMPTS[name])
    assert ran.out.startswith("held"), ran.out + ran.err
    assert run(lab, "a", "hostname").out == "a\n"
    assert run(lab, "b", "hostname").out == "b\n"


def test_the_page_has_a_row_for_each() -> None:
    assert PAGE.read_text("utf-8").endswith(table())
    assert len(ATTEMPTS) >= 60

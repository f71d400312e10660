"""``ipv6lab solution``: the reference, and why it is as it is."""

from __future__ import annotations

import json

from tests.cli.conftest import Cli


def test_a_solution_is_shown_with_its_explanation(run: Cli) -> None:
    shown = run("solution", "L02", "--seat", "77", "--yes")
    assert shown.status == 0
    assert "without the way back requests arrive and answers get lost" in shown.out
    told = run("--lang", "vi", "solution", "L02", "--seat", "77")
    assert "không có đường về thì yêu cầu tới nơi" in told.out
    found = json.loads(run("solution", "L02", "--seat", "77", "--json").out)
    assert "2001:db8:104d:" in found["explained"]

"""Where a trainee may log in, and what of it is recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends import require_image
from tests.cli.conftest import Cli, program

SEAT = ("--seat", "151")


@pytest.fixture
def lab(run: Cli) -> Iterator[None]:
    """L09, in which one may look around on the PCs, and not on app."""
    require_image()
    started = run("start", "L09", *SEAT)
    assert started.status == 0, started
    yield
    assert run("stop").status == 0


@pytest.mark.usefixtures("lab")
def test_one_logs_in_where_the_task_says_so(run: Cli, tmp_path: Path) -> None:
    for command in ("exec", "shell"):
        refused = program(command, "app", *(("--", "true") if command == "exec" else ()))
        assert refused.is_refused()
        assert "app belongs to others" in refused.err
        assert "your nodes are hq-core, dhcp" in refused.err
        assert "look around on pc1, pc2, printer" in refused.err
        assert set(run("complete", "--", command, "").out.split()) == {
            *("hq-core", "dhcp", "pc1", "pc2", "printer")
        }
        assert "app" in run("complete", "--", command, "--any-node", "").out.split()
    assert "app" in run("complete", "--", "capture", "").out.split()
    assert program("exec", "app", "--any-node", "--", "hostname").out == "app\n"
    assert program("exec", "dhcp", "--", "touch", "/etc/mine").status == 0
    assert program("exec", "pc1", "--", "touch", "/etc/not-mine").status == 0
    assert run("reboot", "pc1").status == 0
    assert run("save", str(tmp_path / "work")).status == 0
    journal = (tmp_path / "work/journal.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in journal]
    told = [
        (one["kind"], one.get("node")) for one in entries if one["kind"] not in ("end", "versions")
    ]
    assert sorted(told[1:]) == [("command", "dhcp"), ("files", "dhcp"), ("reboot", "pc1")]
    graded = json.loads(run("grade", "L09", str(tmp_path / "work"), "--json").out)
    assert graded[0]["left_out"] == []

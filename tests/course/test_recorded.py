"""Recorded work as people read it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ipv6lab.course import recorded


def test_a_commands_input_stands_beside_it(tmp_path: Path) -> None:
    entries = [
        {"seq": 1, "kind": "command", "node": "r", "shell": 1, "cwd": "/root", "command": "cat"},
        {"seq": 2, "kind": "typed", "of": 1, "lines": "$HOME\nEND\nlast"},
        {"seq": 3, "kind": "end", "of": 1, "status": 0},
        {"seq": 4, "kind": "command", "node": "r", "shell": 1, "cwd": "/", "command": "echo on"},
        {"seq": 5, "kind": "end", "of": 4, "status": 0},
    ]
    recorded.save(tmp_path / "work", entries, None)
    script = tmp_path / "work" / "r" / "commands.sh"
    done = subprocess.run(["bash", script], capture_output=True, text=True, check=True)
    assert done.stdout == "$HOME\nEND\nlast\non\n"
    assert len(recorded.read(tmp_path / "work", ["r"], ["r"]).entries) == 5

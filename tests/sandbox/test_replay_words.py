"""What waits for a person has none in a replay: its words, run by bash."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ipv6lab.agent.replaying import EDITOR, EDITORS, WORDS


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nano f; echo after", "after\n"),
        ("echo begin; vi f && sudo vim.tiny f && echo after", "begin\nafter\n"),
        ("sudo visudo; watch date; sudo top; echo after", "after\n"),
        ("less -N f", "kept\n"),
        ("cat f | more", "kept\n"),
        ("echo $word$EDITOR", "true\n"),
    ],
)
def test_nobody_is_waited_for(command: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("kept\n")
    words = ["bash", "-c", WORDS + command]
    ran = subprocess.run(words, cwd=tmp_path, stdin=-3, capture_output=True, text=True, timeout=20)
    assert (ran.stdout, ran.stderr) == (said, "")


def test_an_editor_is_known_wherever_it_stands_in_a_line() -> None:
    assert all(EDITOR.search(f"cd /etc; sudo {one} hosts && ls") for one in EDITORS)
    assert not EDITOR.search("ls /var/service; navigate; device vim6")

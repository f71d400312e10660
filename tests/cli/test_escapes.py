"""What a node says is text: the outside shows escape sequences and does not pass them on."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from ipv6lab import cli
from ipv6lab.cli.program import run
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.reports.terminal_tables import Cell, Column, Grid, Terminal
from ipv6lab.words.message import _
from ipv6lab.words.shown import shown

STEERING = "\x1b]0;mine\x07\x1b[2J\r\b\x7f\x9b31m\u202e\u200b\ud8ff"
SHOWN = r"\x1b]0;mine\x07\x1b[2J\x0d\x08\x7f\x9b31m\u202e\u200b\ud8ff"


def test_it_is_shown() -> None:
    assert shown(STEERING) == SHOWN
    assert shown("Cấu hình\tOK\n日本") == "Cấu hình\tOK\n日本"


@pytest.mark.parametrize("number", range(0x110000 // 0x1000))
def test_no_sign_steers(number: int) -> None:
    for code in range(number * 0x1000, (number + 1) * 0x1000):
        for char in shown(chr(code)):
            assert char in "\n\t" or char.isprintable() or char.isspace(), hex(code)


def test_sentences_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    speech = Speech("en")
    put(STEERING)
    speech.say(_("{node} said it.", node=STEERING))
    speech.note(_("{node} said it.", node=STEERING))
    grid = Grid([Column("a"), Column("b", flexible=True)], title=STEERING)
    grid.add(STEERING, Cell(STEERING))
    Terminal(sys.stdout).show(grid, STEERING, Cell(STEERING))
    print_json({"said": STEERING})
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e\ud800-\udfff]", text)
    assert told.out.count(r"\x1b]0;mine") == 7
    assert json.loads(told.out[told.out.index("{\n") :])["said"] == STEERING


def test_a_table_in_colours() -> None:
    pytest.importorskip("rich")

    class Colourful(io.StringIO):
        def isatty(self) -> bool:
            return True

    file = Colourful()
    terminal = Terminal(file)
    terminal.colour = True
    grid = Grid([Column("a")], title=STEERING)
    grid.add(Cell(STEERING, "bold"))
    terminal.show(grid, STEERING)
    own = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]", own)


def test_a_refusal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["show", "L04\x1b[2J"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_there_is_one_door() -> None:
    """Commands print by `put` and tables, but for bytes that `exec` and `shell` pass on."""
    folder = Path(cli.__file__).parent
    doors = {
        file.name
        for file in folder.glob("*.py")
        if re.search(r"(?<![\w.])print\(|sys\.std(out|err)\.write\(", file.read_text("utf-8"))
    }
    assert doors == {"saying.py"}

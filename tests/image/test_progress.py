"""Progress: a living line for a person, plain lines for a log."""

from __future__ import annotations

import io

from ipv6lab.image.telling import Lines
from ipv6lab.words.message import _


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(lines: Lines) -> None:
    lines.phase(_("Downloading {size} MiB", size=130))
    lines.advance(1, 2)
    lines.note(_("The mirror is slow."))
    lines.phase(_("Installing"))
    lines.end()


def test_a_log_gets_plain_lines_without_percentages() -> None:
    log = io.StringIO()
    tell(Lines(log))
    assert log.getvalue() == "Downloading 130 MiB\n  The mirror is slow.\nInstalling\n"


def test_a_terminal_sees_percentages_and_closed_lines() -> None:
    terminal = Terminal()
    tell(Lines(terminal))
    text = terminal.getvalue()
    assert "\rDownloading 130 MiB  50 %" in text
    assert text.endswith(" 0 s\x1b[K\n")
    # Each phase ends in a line of its own.
    assert text.count("\n") == 3

"""What commands say, in the user's language."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from ipv6lab.course import speech
from ipv6lab.words.message import Message
from ipv6lab.words.shown import shown


class Speech(speech.Speech):
    """Translates, and prints."""

    def say(self, message: Message | str = "") -> None:
        """A sentence for the user, on standard output."""
        put(self(message) if message else "")

    def note(self, message: Message | str) -> None:
        """A sentence beside the result, on standard error."""
        sys.stdout.flush()
        put(self(message), sys.stderr)
        sys.stderr.flush()


def program() -> str:
    """How this program is called where it was called: its name, or a path where that is no use."""
    called = sys.argv[0]
    name = os.path.basename(called)
    if name == "__main__.py":  # python -m ipv6lab
        name, called = "ipv6lab", os.path.join(os.path.dirname(sys.executable), "ipv6lab")
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.exists(found := os.path.join(folder or ".", name)):
            if os.path.realpath(found) == os.path.realpath(called):
                return name
            break
    beside = os.path.relpath(called)
    return called if beside.startswith(os.pardir) else beside


def put(text: str = "", file: TextIO | None = None, end: str = "\n", fold: bool = True) -> None:
    """Print a text; all that commands say to a terminal goes through here or through a table.

    A terminal would break long lines anywhere: they are broken at blanks, unless not to `fold`.
    Only `exec` and `shell` pass on bytes as they are.
    """
    file = file or sys.stdout
    text = shown(text)
    if fold and (cells := _cells(file)):
        from ipv6lab.reports.cells import folded

        text = folded(text, cells)
    print(text, file=file, end=end)


def _cells(file: TextIO) -> int:
    """How wide the terminal is that a file leads to; 0 where it leads to none."""
    try:
        return os.get_terminal_size(file.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 0


def overwrite(text: str, width: int) -> None:
    """Write over the line of a terminal's standard error that the cursor is in."""
    print("\r" + shown(text).ljust(width), file=sys.stderr, end="", flush=True)


def print_json(value: Any, indent: int | None = 2) -> None:
    """One JSON document on standard output, for programs."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    # Of what steers a terminal JSON escapes no more than it must.
    print("".join(one if one.isprintable() or one in "\n " else _escaped(one) for one in text))


def _escaped(char: str) -> str:
    return json.dumps(char)[1:-1]


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return str(value)

"""What commands say, in the user's language."""

from __future__ import annotations

import json
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


def put(text: str = "", file: TextIO | None = None, end: str = "\n") -> None:
    """Print a text; all that commands say to a terminal goes through here or through a table.

    Only `exec` and `shell` pass on bytes as they are.
    """
    print(shown(text), file=file or sys.stdout, end=end)


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

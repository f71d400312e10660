"""What commands say, in the user's language."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ipv6lab.course import speech
from ipv6lab.words.message import Message


class Speech(speech.Speech):
    """Translates, and prints."""

    def say(self, message: Message | str = "") -> None:
        """A sentence for the user, on standard output."""
        print(self(message) if message else "")

    def note(self, message: Message | str) -> None:
        """A sentence beside the result, on standard error."""
        sys.stdout.flush()
        print(self(message), file=sys.stderr, flush=True)


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


def print_json(value: Any) -> None:
    """One JSON document on standard output, for programs."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return str(value)

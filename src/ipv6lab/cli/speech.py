"""What commands say, in the user's language."""

from __future__ import annotations

import json
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


def print_json(value: Any) -> None:
    """One JSON document on standard output, for programs."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    return str(value)

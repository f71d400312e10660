"""How far the work is that is done again, on a terminal, and how long it will still take."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from ipv6lab.cli.saying import Speech, overwrite
from ipv6lab.words.message import Message, _

FINISHED = _("What has begun is done to its end in the lab; nothing is lost.")
KEPT = _("The recorded work is kept: ipv6lab work lists it.")

SOON = 1.0  # seconds after which it is worth a word
OFTEN = 0.5  # seconds between two words


class Again:
    """One line on standard error that is written anew, and gone in the end."""

    def __init__(self, speech: Speech, interrupted: Message) -> None:
        """``interrupted`` is said after Ctrl-C."""
        self._speech = speech
        self._interrupted = interrupted
        self._begun = self._said = time.monotonic()
        self._width = 0

    def __enter__(self) -> Again:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        if self._width:
            overwrite("", self._width)
            overwrite("", 0)
        if isinstance(error, KeyboardInterrupt):
            self._speech.note(self._interrupted)

    def event(self, told: dict[str, Any]) -> None:
        now = time.monotonic()
        if told.get("event") != "again" or not sys.stderr.isatty():
            return
        if now - self._begun < SOON or now - self._said < OFTEN:
            return
        self._said = now
        done, of = int(told["done"]), int(told["of"])
        left = (now - self._begun) * (of - done) / done if done else 0
        text = self._speech(
            _("{done} of {of} steps, about {seconds} s more", done=done, of=of, seconds=int(left))
        )
        overwrite(text, self._width)
        self._width = len(text)

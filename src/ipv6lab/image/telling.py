"""Tell the user what the builder does: a living line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO

from ipv6lab.words.message import Message


class Progress(Protocol):
    """What a builder tells; all of it may be ignored."""

    def phase(self, message: Message) -> None:
        """A new phase begins."""

    def advance(self, done: int, total: int) -> None:
        """So much of the phase is done, in units of its own."""

    def note(self, message: Message) -> None:
        """Something the user should know, in a sentence."""


class Lines:
    """Writes to a text stream; percentages only where they can overwrite each other."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.living = self.stream.isatty()
        self.title = ""
        self.began = self.shown = 0.0

    def phase(self, message: Message) -> None:
        self.end()
        self.title = str(message)
        self.began = time.monotonic()
        self.shown = 0.0
        print(self.title, end="" if self.living else "\n", file=self.stream, flush=True)

    def advance(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.living and now - self.shown >= 0.1:
            self.shown = now
            percent = min(100, 100 * done // max(1, total))
            print(f"\r{self.title} {percent:3d} %\033[K", end="", file=self.stream, flush=True)

    def note(self, message: Message) -> None:
        if self.living and self.title:
            print("\r\033[K", end="", file=self.stream)
        print(f"  {message}", file=self.stream, flush=True)

    def end(self) -> None:
        """Close the line of the phase that has ended."""
        if self.living and self.title:
            seconds = time.monotonic() - self.began
            print(f"\r{self.title} {seconds:.0f} s\033[K", file=self.stream, flush=True)
        self.title = ""

"""The user's language, with what an exercise says in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from ipv6lab.course import languages
from ipv6lab.words.message import Message


class Speech:
    """Translates. Called with a message or text it gives the translation.

    ``exercise`` is the folder whose own catalogue is asked first.
    """

    def __init__(self, language: str, exercise: Path | None = None) -> None:
        self.language = language
        self._exercise = exercise

    def of(self, exercise: Path) -> Self:
        """The same language, with what an exercise says."""
        return type(self)(self.language, exercise)

    def __call__(self, message: Message | str) -> str:
        if isinstance(message, Message):
            return languages.translate(message, self.language, self._exercise)
        return languages.translate_text(message, self.language, self._exercise)

    def sentence(self, data: dict[str, Any] | None) -> str:
        """A message's JSON, translated; empty for none."""
        return self(Message.from_json(data)) if data else ""

"""A sentence for a person, kept apart from its values so that it can be said in any language."""

from __future__ import annotations

from typing import Any

Value = str | int | float


class Message:
    """An English sentence with ``{named}`` places, and the values that belong there.

    The sentence is the key under which a translation is found, so it is never formatted
    before it has been translated.
    """

    # No dataclass: to import those takes longer than what most commands do.
    __slots__ = ("text", "values")

    def __init__(self, text: str, values: dict[str, Value] | None = None) -> None:
        self.text = text
        self.values = {} if values is None else values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return self.text == other.text and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Message({self.text!r}, {self.values!r})"

    def __str__(self) -> str:
        return self.text.format_map(_Forgiving(self.values))

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "values": dict(self.values)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Message:
        return cls(data["text"], dict(data.get("values", {})))


class _Forgiving(dict[str, Value]):
    """A message with a missing value is still read by somebody: show the place, do not fail."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _(text: str, /, **values: Value) -> Message:
    """Mark a sentence for translation and give it its values."""
    return Message(text, values)

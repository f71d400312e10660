"""How a check ends when it does not pass."""

from __future__ import annotations

from ipv6lab.words.message import Message


class Failed(Exception):
    """What the check wants is not so; the message names cause and place, never the cure."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Blocked(Exception):
    """The check cannot be judged because what check `by` wants is not so.

    `node` is where that is to be found, if it is what this check's own question needs: a name
    server, say.
    """

    def __init__(self, by: str, message: Message, node: str | None = None) -> None:
        super().__init__(str(message))
        self.by = by
        self.message = message
        self.node = node

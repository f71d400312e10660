"""What can go wrong, as one tree.

::

    LabError             the user can mend it: one sentence says what, where, what to do (exit 2)
    └── Unsupported      this machine cannot do it: which feature, and what would help    (exit 3)

Anything else that is raised is a defect of ipv6lab.
"""

from __future__ import annotations

from typing import Any

from ipv6lab.words.message import Message, Value


class LabError(Exception):
    """A user's mistake or a user's machine, told in one translatable sentence."""

    exit_status = 2

    def __init__(self, message: Message | str, /, **values: Value) -> None:
        self.message = message if isinstance(message, Message) else Message(message, values)
        super().__init__(str(self.message))

    def to_json(self) -> dict[str, Any]:
        return {**self.message.to_json(), "exit": self.exit_status}

    @staticmethod
    def from_json(data: dict[str, Any]) -> LabError:
        kind = Unsupported if data.get("exit") == Unsupported.exit_status else LabError
        return kind(Message.from_json(data))


class Unsupported(LabError):
    """This machine cannot run what was asked for."""

    exit_status = 3

"""What can go wrong, as one tree.

::

    LabError             the user can mend it: one sentence says what, where, what to do (exit 2)
    ├── Unsupported      this machine cannot do it: which feature, and what would help    (exit 3)
    └── NotJudged        the grader had trouble of its own: nothing is said of the work   (exit 4)

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
        kinds = {kind.exit_status: kind for kind in (LabError, Unsupported, NotJudged)}
        return kinds.get(data.get("exit", 2), LabError)(Message.from_json(data))


class Unsupported(LabError):
    """This machine cannot run what was asked for."""

    exit_status = 3


class NotJudged(LabError):
    """What was handed in could not be judged, for reasons that are none of its own."""

    exit_status = 4

"""The seats' connections to the board, and what the trainer asks of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

PATIENCE = 130.0  # seconds for an answer: one who is asked for consent thinks, a lab starts
# What is kept short of what a trainee's answer may hold.
LARGEST = 1 << 20


class Connection(Protocol):
    """One of a seat's connections."""

    def tell(self, told: dict[str, Any]) -> None: ...


class Seats:
    """Who is connected. A seat may be, several times: its notebook server and a terminal."""

    def __init__(self) -> None:
        self._connections: dict[int, list[Connection]] = {}
        self._waiting: dict[int, tuple[int, asyncio.Future[dict[str, Any]]]] = {}
        self._last = 0
        self.hear_terminal: Callable[[int, dict[str, Any]], None] = lambda _seat, _told: None

    def connect(self, seat: int, connection: Connection) -> None:
        self._connections.setdefault(seat, []).append(connection)

    def disconnect(self, seat: int, connection: Connection) -> bool:
        """Whether that was its last one."""
        left = [one for one in self._connections.get(seat, []) if one is not connection]
        self._connections[seat] = left
        return not left

    def tell(self, seat: int, told: dict[str, Any]) -> None:
        """Tell all of a seat's connections."""
        for one in list(self._connections.get(seat, [])):
            one.tell(told)

    @property
    def connected(self) -> list[int]:
        return [seat for seat, ends in self._connections.items() if ends]

    async def ask(self, seat: int, what: str, **more: Any) -> dict[str, Any]:
        """Ask the newest connection of a seat. Raises LabError: not there, no answer, refused."""
        ends = self._connections.get(seat)
        if not ends:
            raise LabError(_("Seat {seat} is not connected.", seat=seat))
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (seat, answer)
        ends[-1].tell({"kind": "ask", "id": number, "what": what, **more})
        try:
            told = await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            raise LabError(_("Seat {seat} does not answer.", seat=seat)) from None
        finally:
            self._waiting.pop(number, None)
        if "error" in told:
            raise LabError(_message(told["error"]))
        return {name: one for name, one in told.items() if name not in ("kind", "to")}

    def answer(self, seat: int, told: dict[str, Any]) -> None:
        """A seat answers what it was asked; what another was asked is none of its business."""
        asked, waiting = self._waiting.get(_number(told.get("to")), (None, None))
        if asked == seat and waiting is not None and not waiting.done():
            if len(json.dumps(told)) <= LARGEST:
                waiting.set_result(told)
            else:
                waiting.set_result({"error": _("The answer is too long.").to_json()})


def _number(value: Any) -> int:
    return value if type(value) is int else 0


def _message(told: Any) -> Message:
    """A seat's sentence; whatever else it sent is shown as a text that is none of ours."""
    try:
        text, values = str(told["text"])[:2000], told.get("values", {})
        return Message(text, {str(k): str(v)[:500] for k, v in values.items()})
    except (TypeError, KeyError, AttributeError):
        return Message("{answer}", {"answer": str(told)[:200]})

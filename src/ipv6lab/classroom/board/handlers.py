"""What the board serves, to whom.

=================== ========= =================================================================
``/``               anybody   the page, which knows nothing until it has the trainer's token
``/static/…``       anybody   its script and style, and the terminal's
``/api/room``       trainer   what is known of the room; waits until there is more after a version
``/api/do``         trainer   notes, pause, what is open; asks of a seat: look, rescue, join
``/api/terminal``   trainer   (WebSocket) the terminals that the trainer has joined
``/seat``           a seat    (WebSocket) its reports, and what is asked of it
``/join``           code      a laptop's seat and token
=================== ========= =================================================================
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from tornado import web, websocket

from ipv6lab.classroom import roster, tokens
from ipv6lab.classroom.board import titles
from ipv6lab.classroom.board.connections import Seats
from ipv6lab.classroom.board.known import Room
from ipv6lab.course.languages import LANGUAGES, SOURCE, translate
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PATIENCE = 25.0  # seconds for which a question for news stays open
LARGEST = 16 << 20  # bytes of a seat's message: recorded work, with files
SMALL = 64 << 10  # bytes of anything else
WRONG_CODES = 20  # a minute, from all laptops together
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self' wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASKED = ("look", "reset", "catch-up", "back", "start", "join", "leave")


@dataclass
class Board:
    """What the handlers share."""

    room: Room
    seats: Seats
    secret: str
    code: str
    shown_code: str
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    watchers: set[Terminal] = field(default_factory=set)
    wrong: list[float] = field(default_factory=list)

    def known(self) -> dict[str, dict[str, Any]]:
        return titles.course(SOURCE)


class _Headers(web.RequestHandler):
    """What every answer carries, and what no request may."""

    def initialize(self, board: Board) -> None:
        self.board = board

    def set_default_headers(self) -> None:
        host = self.request.host
        self.set_header("Content-Security-Policy", POLICY.format(host=host))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.clear_header("Server")

    def prepare(self) -> None:
        _check_origin(self)

    def write_error(self, status_code: int, **_more: Any) -> None:
        self.finish({"error": {"text": self._reason, "values": {}}})

    def refuse(self, error: LabError, status: int = 409) -> None:
        """A sentence, in the language of who asks."""
        self.set_status(status)
        language = self.request.headers.get("Accept-Language", SOURCE)[:2]
        said = translate(error.message, language if language in LANGUAGES else SOURCE)
        self.finish({"error": error.message.to_json(), "said": said})

    def body(self) -> dict[str, Any]:
        if len(self.request.body) > SMALL:
            raise web.HTTPError(413)
        try:
            told = json.loads(self.request.body)
        except ValueError:
            raise web.HTTPError(400) from None
        if not isinstance(told, dict):
            raise web.HTTPError(400)
        return told


def _check_origin(handler: web.RequestHandler) -> None:
    """A page of another origin gets nothing. Programs have no origin, and a token."""
    origin = handler.request.headers.get("Origin")
    if origin is not None and origin != f"https://{handler.request.host}":
        raise web.HTTPError(403, reason="Another origin")


def _holder(handler: web.RequestHandler, board: Board) -> str | None:
    scheme, _space, token = handler.request.headers.get("Authorization", "").partition(" ")
    return tokens.holder(board.secret, token.strip()) if scheme == "Bearer" else None


class PageHandler(_Headers):
    """The page."""

    def get(self) -> None:
        from ipv6lab.classroom.board import page

        language = self.get_query_argument("lang", self.board.room.found.language)
        self.set_header("Cache-Control", "no-store")
        self.finish(page.board(language if language in LANGUAGES else SOURCE))


class _Trainer(_Headers):
    def prepare(self) -> None:
        super().prepare()
        if _holder(self, self.board) != tokens.TRAINER:
            raise web.HTTPError(401)
        self.set_header("Cache-Control", "no-store")


class RoomHandler(_Trainer):
    """What is known of the room."""

    async def get(self) -> None:
        after = self.get_query_argument("after", "-1")
        board, version = self.board, int(after) if after.lstrip("-").isdigit() else -1
        if board.room.version <= version:
            async with board.changed:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(
                        board.changed.wait_for(lambda: board.room.version > version), PATIENCE
                    )
        language = self.get_query_argument("lang", SOURCE)
        course = titles.course(language if language in LANGUAGES else SOURCE)
        self.finish({**board.room.snapshot(), "course": course, "code": board.shown_code})


class DoHandler(_Trainer):
    """What the trainer does."""

    async def post(self) -> None:
        told = self.body()
        try:
            self.finish(await self._do(str(told.get("what")), told))
        except LabError as error:
            self.refuse(error)

    async def _do(self, what: str, told: dict[str, Any]) -> dict[str, Any]:
        room = self.board.room
        if what == "note":
            seats = told.get("seats")
            wanted = None if seats is None else [one for one in seats if type(one) is int]
            room.note(str(told.get("text", "")), wanted)
        elif what == "pause":
            room.pause(bool(told.get("on")))
        elif what == "open":
            room.set_open(told, self.board.known())
        elif what == "hand":
            room.hand(self._seat(told), False)
        elif what in ASKED:
            more = {key: told[key] for key in ("exercise", "name") if key in told}
            return await self.board.seats.ask(self._seat(told), what, **more)
        else:
            raise web.HTTPError(400)
        return {"done": True}

    def _seat(self, told: dict[str, Any]) -> int:
        seat = told.get("seat")
        if type(seat) is not int or not self.board.room.knows(seat):
            raise web.HTTPError(404)
        return seat


class _Socket(websocket.WebSocketHandler):
    def initialize(self, board: Board) -> None:
        self.board = board

    def check_origin(self, origin: str) -> bool:
        return origin == f"https://{self.request.host}"

    def tell(self, told: dict[str, Any]) -> None:
        with contextlib.suppress(websocket.WebSocketClosedError):
            self.write_message(json.dumps(told))

    def heard(self, message: str | bytes) -> dict[str, Any]:
        try:
            told = json.loads(message)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            self.close(1003)
            return {}
        return told


class Terminal(_Socket):
    """The terminals that a trainer has joined. A browser's WebSocket sends no header of ours, so
    the token is its first message."""

    def open(self, *_: str, **__: str) -> None:
        self.known = False

    async def on_message(self, message: str | bytes) -> None:
        told = self.heard(message)
        if not self.known:
            token = str(told.get("token", ""))
            if tokens.holder(self.board.secret, token) != tokens.TRAINER:
                self.close(4401)
                return
            self.known = True
            self.board.watchers.add(self)
            return
        seat, text = told.get("seat"), told.get("text")
        if type(seat) is int and isinstance(text, str) and len(text) <= SMALL:
            self.board.seats.tell(seat, {"kind": "type", "text": text})

    def on_close(self) -> None:
        self.board.watchers.discard(self)


class SeatHandler(_Socket):
    """A seat's connection."""

    seat: int | None = None

    def prepare(self) -> None:
        _check_origin(self)
        seat = tokens.seat_number(_holder(self, self.board) or "")
        if seat is None or not self.board.room.knows(seat):
            raise web.HTTPError(401)
        self.seat = seat

    def open(self, *_: str, **__: str) -> None:
        assert self.seat is not None
        self.board.seats.connect(self.seat, self)
        self.board.room.connect(self.seat, True)
        self.tell(self.board.room.for_seat(self.seat))

    async def on_message(self, message: str | bytes) -> None:
        assert self.seat is not None
        told, room = self.heard(message), self.board.room
        kind = told.get("kind")
        if not room.knows(self.seat):  # removed meanwhile
            self.close(4401)
        elif kind == "state":
            room.report(self.seat, told, self.board.known())
        elif kind == "work":
            await asyncio.to_thread(room.take_work, self.seat, told, self.board.known())
        elif kind == "dispute":
            known = self.board.known()
            if await asyncio.to_thread(room.disputes.take, self.seat, told, known):
                room.touch()
        elif kind == "hand":
            room.hand(self.seat, bool(told.get("up")))
        elif kind == "answer":
            self.board.seats.answer(self.seat, told)
        elif kind == "terminal":
            shown: dict[str, Any] = {"seat": self.seat, "ended": bool(told.get("ended"))}
            shown["text"] = str(told.get("text") or "")[:SMALL]
            for one in self.board.watchers:
                one.tell(shown)

    def on_close(self) -> None:
        if self.seat is not None and self.board.seats.disconnect(self.seat, self):
            self.board.room.connect(self.seat, False)


class JoinHandler(_Headers):
    """A laptop that has the room's code gets a seat."""

    def post(self) -> None:
        board, told = self.board, self.body()
        now = time.monotonic()
        board.wrong[:] = [at for at in board.wrong if now - at < 60.0]
        code = str(told.get("code", "")).upper()
        try:
            if len(board.wrong) >= WRONG_CODES:
                raise LabError(_("Too many wrong codes; try again in a minute."))
            if not hmac.compare_digest(code.encode(), board.code.encode()):
                board.wrong.append(now)
                raise LabError(_("That is not this room's code; it stands on the board."))
            name = roster.one_line(str(told.get("name", "")), 1, "name")
            if not name:
                raise LabError(_("Say who you are with --name."))
            language = str(told.get("language"))
            seat = board.room.admit_laptop(name, language if language in LANGUAGES else SOURCE)
        except LabError as error:
            self.refuse(error, 403)
            return
        token = tokens.sign(board.secret, tokens.seat_name(seat), 7 * tokens.DAY)
        self.finish({"seat": seat, "token": token})

"""Beside a seat's labs: tells the board how it gets on, and does what the trainer asks.

It reads the seat's own files, so whatever is done in a notebook, a terminal or with ``ipv6lab`` is
told alike. It holds one WebSocket to the board and opens it again whenever it is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ipv6lab import sandbox
from ipv6lab.classroom.folder import read_json, write_private
from ipv6lab.classroom.seat.state import State
from ipv6lab.course import disputes, room
from ipv6lab.course.place import Place
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

EVERY = 2.0  # seconds between two looks at the seat's files
AGAIN = 3.0  # seconds before a lost connection is opened again
PING = 20.0
LARGEST = 16 << 20  # bytes of one message

Tell = Callable[[dict[str, Any]], None]


class Companion:
    """One seat's. `tell_page` shows the room's news to who sits there, where there is a page."""

    def __init__(
        self,
        seat: int,
        language: str,
        url: str,
        token: str,
        certificate: Path,
        tell_page: Tell | None = None,
    ) -> None:
        self.state = State(seat)
        self.language = language
        self.room: dict[str, Any] = {}  # what the board last said
        self.connected = False
        self._url = url.replace("https:", "wss:", 1) + "/seat"
        self._token = token
        self._certificate = certificate
        self._tell_page = tell_page
        self._socket: Any = None
        self._told: dict[str, Any] = {}
        self._handed: tuple[str, int] = ("", 0)
        self._disputed: set[tuple[str, int]] = set()  # files, and when they were written
        self._last_file = directories.work() / "last-lab.json"
        self.asked: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
            "look": self._look,
            "reset": self._reset,
            "catch-up": self._catch_up,
            "back": self._back,
            "start": self._start,
        }

    # -- the connection

    async def run(self) -> None:
        """Go on until cancelled."""
        await self._go_on()
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                with contextlib.suppress(OSError, ssl.SSLError, asyncio.TimeoutError, ValueError):
                    await self._converse()
                self.connected = False
                self._socket = None
                self._show()
                await asyncio.sleep(AGAIN)
        finally:
            watching.cancel()

    async def _converse(self) -> None:
        from tornado.httpclient import HTTPClientError, HTTPRequest
        from tornado.websocket import websocket_connect

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate itself is known
        context.load_verify_locations(str(self._certificate))
        request = HTTPRequest(
            self._url,
            headers={"Authorization": f"Bearer {self._token}"},
            ssl_options=context,
            connect_timeout=10.0,
        )
        try:
            self._socket = await websocket_connect(
                request, ping_interval=PING, max_message_size=LARGEST
            )
        except HTTPClientError:
            raise ConnectionError("the board refuses this seat") from None
        self.connected = True
        self._told, self._handed, self._disputed = {}, ("", 0), set()
        await self._report()
        while (message := await self._socket.read_message()) is not None:
            told = json.loads(message)
            if told.get("kind") == "room":
                self.room = told
                sealing = {"seal": told["seal"]} if told.get("seal") else {}
                room.write({**(told.get("open") or {}), **sealing} or None)
                self._show()
            elif told.get("kind") == "ask":
                asyncio.create_task(self._answer(told))  # noqa: RUF006 - it ends by itself
            else:
                await self._hear(told)

    async def send(self, told: dict[str, Any]) -> bool:
        """Tell the board something; whether there was a connection."""
        if self._socket is None:
            return False
        from tornado.websocket import WebSocketClosedError

        try:
            await self._socket.write_message(json.dumps(told))
        except WebSocketClosedError:
            return False
        return True

    async def _hear(self, told: dict[str, Any]) -> None:
        """What only a server with terminals understands (`extension`)."""

    def _show(self) -> None:
        if self._tell_page is not None:
            self._tell_page({"connected": self.connected, **self.room})

    # -- how the seat gets on

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            with contextlib.suppress(OSError, LabError):
                await self._report()

    async def _report(self) -> None:
        await self._tell_disputes()
        now = await asyncio.to_thread(self.state.look)
        self._remember(now["exercise"])
        if now == self._told or not await self.send({"kind": "state", **now}):
            return
        self._told = now
        exercise, graded = now["exercise"], now["graded"]
        if exercise and graded and (exercise, graded) != self._handed:
            work = await asyncio.to_thread(self.state.work, exercise)
            if await self.send({"kind": "work", **work}):
                self._handed = (exercise, graded)

    async def _tell_disputes(self) -> None:
        """What the seat disputes, with the work that it is about, since the connection is there."""
        for file in disputes.of_seat(self.state.seat):
            known = (file.name, file.stat().st_mtime_ns)
            told = None if known in self._disputed else await asyncio.to_thread(disputes.read, file)
            if told is None:
                continue
            work = await asyncio.to_thread(self.state.work, str(told["exercise"]))
            if await self.send({**work, **told, "kind": "dispute"}):
                self._disputed.add(known)

    def _remember(self, exercise: str | None) -> None:
        """Which lab runs, so that it can go on after a power cut."""
        if read_json(self._last_file).get("exercise") != exercise:
            with contextlib.suppress(LabError, OSError):
                self._last_file.parent.mkdir(parents=True, exist_ok=True)
                write_private(self._last_file, json.dumps({"exercise": exercise}))

    async def _go_on(self) -> None:
        """The lab that ran when the machine went down runs again, and what was done is in it."""
        exercise = read_json(self._last_file).get("exercise")
        if not exercise or self.state.lab() is not None:
            return

        def start() -> None:
            place = Place.of(str(exercise), self.state.seat or None)
            kernel = sandbox.choose(place.exercise.needs).kernel
            place.start(self.language, kernel, resume=True)

        with contextlib.suppress(LabError):
            await asyncio.to_thread(start)

    # -- what the trainer asks

    async def _answer(self, told: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"kind": "answer", "to": told.get("id")}
        do = self.asked.get(str(told.get("what")))
        try:
            if do is None:
                raise LabError(_("This seat does not know how to do that."))
            answer |= await do(told)
        except LabError as error:
            answer["error"] = error.message.to_json()
        await self.send(answer)
        with contextlib.suppress(OSError, LabError):
            await self._report()

    async def _look(self, _told: dict[str, Any]) -> dict[str, Any]:
        """The lab as the trainer sees it, without opening anything of the seat's."""
        lab = self.state.lab()
        if lab is None or "exercise" not in lab:
            return {"exercise": None, "commands": [], "nodes": {}}
        tail = self.state.tail(str(lab["exercise"]))
        tail.read()

        def addresses() -> dict[str, Any]:
            with sandbox.join(self.state.seat or None) as joined:
                return dict(joined.request("addresses")["nodes"])

        return {
            "exercise": lab["exercise"],
            "commands": tail.commands,
            "nodes": await asyncio.to_thread(addresses),
            "own": lab.get("own", []),
        }

    async def _reset(self, _told: dict[str, Any]) -> dict[str, Any]:
        await asyncio.to_thread(self._request, "reset")
        return {"done": True}

    async def _back(self, told: dict[str, Any]) -> dict[str, Any]:
        await asyncio.to_thread(self._request, "back", name=str(told.get("name")))
        return {"done": True}

    def _request(self, operation: str, **arguments: Any) -> None:
        with sandbox.join(self.state.seat or None) as lab:
            lab.request(operation, **arguments)

    async def _catch_up(self, told: dict[str, Any]) -> dict[str, Any]:
        """Begin an exercise where the solution of the one before ends."""
        exercise = str(told.get("exercise"))
        place = Place.of(exercise, self.state.seat or None).catching_up()
        await asyncio.to_thread(self._begin, place)
        return {"done": True}

    async def _start(self, told: dict[str, Any]) -> dict[str, Any]:
        place = Place.of(str(told.get("exercise")), self.state.seat or None)
        await asyncio.to_thread(self._begin, place)
        return {"done": True}

    def _begin(self, place: Place) -> None:
        kernel = sandbox.choose(place.exercise.needs).kernel
        place.start(self.language, kernel, force=True)

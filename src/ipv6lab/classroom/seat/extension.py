"""The room in a seat's notebook server: what its pages ask and are told.

=================================== ============================================================
``GET  ipv6lab/room?after=N``       the room's news; waits until there is some after version N
``POST ipv6lab/room``               ``{"hand": true}``; ``{"join": id, "yes": true, "terminal"}``;
                                    ``{"leave": true}``
=================================== ============================================================

The server's own sign-in and XSRF checks hold for both.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from ipv6lab.classroom.seat import entering, serving
from ipv6lab.classroom.seat.companion import Companion
from ipv6lab.notebook import guesses
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

PATIENCE = 25.0  # seconds for which a page's question for news stays open
KEPT = 200_000  # letters of a terminal that who joins it sees


class Desk(Companion):
    """A companion with pages and terminals."""

    def __init__(
        self, terminals: Any, seat: int, language: str, url: str, token: str, certificate: Path
    ) -> None:
        super().__init__(seat, language, url, token, certificate, self._news)
        self.terminals = terminals
        self.version = 0
        self.changed = asyncio.Condition()
        self.news: dict[str, Any] = {"connected": False}
        self.wish: dict[str, Any] | None = None  # the trainer would like to join
        self.guest: Guest | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.asked |= {"join": self._join, "leave": self._leave, "type": self._type}
        self._tasks: set[asyncio.Task[None]] = set()

    # -- to the pages

    def _news(self, told: dict[str, Any]) -> None:
        self.news = told
        self.tell()

    def tell(self) -> None:
        """There is something new for the pages."""
        self.version += 1

        async def wake() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = asyncio.get_running_loop().create_task(wake())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def page(self) -> dict[str, Any]:
        """What a page shows."""
        return {
            "version": self.version,
            "connected": self.news.get("connected", False),
            "paused": bool(self.news.get("paused")),
            "hand": bool(self.news.get("hand")),
            "notes": self.news.get("notes", []),
            "wish": self.wish,
            "guest": self.guest.name if self.guest else None,
        }

    # -- a trainer in a terminal

    async def _join(self, told: dict[str, Any]) -> dict[str, Any]:
        """Ask who sits here; with her yes the trainer sees and types in her terminal."""
        names = sorted(self._terminals())
        if not names:
            raise LabError(_("No terminal is open at this seat."))
        number = int(told["id"])
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self.wish = {"id": number, "terminals": names}
        self.tell()
        try:
            said = await asyncio.wait_for(answer, 120.0)
        except TimeoutError:
            raise LabError(_("Nobody at this seat answered.")) from None
        finally:
            self._answers.pop(number, None)
            self.wish = None
            self.tell()
        if not said.get("yes"):
            raise LabError(_("The trainee would rather not."))
        name = str(said.get("terminal") or names[-1])
        pty = self._terminals().get(name)
        if pty is None:
            raise LabError(_("That terminal is closed."))
        await self._leave({})
        self.guest = Guest(self, name, pty)
        self.tell()
        return {
            "terminal": name,
            "screen": self.guest.screen(),
            "size": list(pty.ptyproc.getwinsize()),
        }

    async def _leave(self, _told: dict[str, Any]) -> dict[str, Any]:
        if self.guest is not None:
            self.guest.leave()
            self.guest = None
            await self.send({"kind": "terminal", "ended": True})
            self.tell()
        return {"done": True}

    async def _type(self, told: dict[str, Any]) -> dict[str, Any]:
        if self.guest is None:
            raise LabError(_("Nobody has joined a terminal here."))
        self.guest.type(str(told.get("text", "")))
        return {"done": True}

    async def _hear(self, told: dict[str, Any]) -> None:
        if told.get("kind") == "type" and self.guest is not None:
            self.guest.type(str(told.get("text", "")))

    def _terminals(self) -> dict[str, Any]:
        return dict(getattr(self.terminals, "terminals", {}) or {})

    async def answer(self, said: dict[str, Any]) -> None:
        """What a page said."""
        if "hand" in said:
            await self.send({"kind": "hand", "up": bool(said["hand"])})
        if "join" in said:
            waiting = self._answers.get(int(said["join"]))
            if waiting is not None and not waiting.done():
                waiting.set_result(said)
        if said.get("leave"):
            await self._leave({})


class Guest:
    """The trainer in a trainee's terminal: one more client of it."""

    size = (None, None)  # hers is the trainee's

    def __init__(self, desk: Desk, name: str, pty: Any) -> None:
        self.name = name
        self._desk, self._pty = desk, pty
        pty.clients.append(self)

    def screen(self) -> str:
        """What was written in it so far."""
        return "".join(self._pty.read_buffer)[-KEPT:]

    def type(self, text: str) -> None:
        self._pty.ptyproc.write(text)

    def leave(self) -> None:
        if self in self._pty.clients:
            self._pty.clients.remove(self)

    # what terminado calls
    def on_pty_read(self, text: str) -> None:
        self._tell({"kind": "terminal", "text": text})

    def on_pty_died(self) -> None:
        self._tell({"kind": "terminal", "ended": True})
        self._desk.guest = None
        self._desk.tell()

    def _tell(self, told: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._send(told))
        self._desk._tasks.add(task)
        task.add_done_callback(self._desk._tasks.discard)

    async def _send(self, told: dict[str, Any]) -> None:
        await self._desk.send(told)


class RoomHandler(APIHandler):
    """The room, for the pages of this server."""

    @property
    def desk(self) -> Desk:
        found: Desk = self.settings["ipv6lab_desk"]
        return found

    @web.authenticated
    async def get(self) -> None:
        after = int(self.get_query_argument("after", "-1"))
        desk = self.desk
        if desk.version <= after:
            async with desk.changed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(
                        desk.changed.wait_for(lambda: desk.version > after), PATIENCE
                    )
        self.finish(json.dumps(desk.page()))

    @web.authenticated
    async def post(self) -> None:
        said = self.get_json_body()
        if not isinstance(said, dict):
            raise web.HTTPError(400)
        await self.desk.answer(said)
        self.finish("{}")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Beside a seat that is in a room; elsewhere there is nothing to load."""
    told = room_of(os.environ)
    if told is None:
        return
    desk = Desk(app.web_app.settings.get("terminal_manager"), *told)
    app.web_app.settings["ipv6lab_desk"] = desk
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*$", [(url_path_join(base, "ipv6lab", "room"), RoomHandler)])

    async def run() -> None:
        # The server's terminals are set up after its extensions.
        desk.terminals = app.web_app.settings.get("terminal_manager")
        await desk.run()

    app.web_app.settings["ipv6lab_companion"] = app.io_loop.asyncio_loop.create_task(run())


def room_of(environ: Any) -> tuple[int, str, str, str, Path] | None:
    """Seat, language, board, token and certificate: of a class, or of a room that was joined."""
    if environ.get(serving.BOARD):
        return (
            int(environ[guesses.SEAT]),
            environ[guesses.LANGUAGE],
            environ[serving.BOARD],
            environ[serving.TOKEN],
            Path(environ[serving.CERTIFICATE]),
        )
    joined = entering.joined()
    if joined is None:
        return None
    return (joined.seat, guesses.language(), joined.url, joined.token, joined.certificate)

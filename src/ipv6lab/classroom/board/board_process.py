"""The board's process: ``python -m ipv6lab.classroom.board.board_process``.

It listens on the room's network with the class's certificate; over plain HTTP it serves the page
that explains the browser's warning, and to the hub's proxy JupyterLab's own files, once for all
seats. What it reads comes from trainees, so it is not root: it is told its secrets in its input,
opens its doors, and becomes an account of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

from tornado import httpserver, netutil, web

from ipv6lab.classroom import ground, installing
from ipv6lab.classroom.board import handlers, page
from ipv6lab.classroom.board.connections import Seats
from ipv6lab.classroom.board.handlers import Board
from ipv6lab.classroom.board.known import Room
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.seat import entering
from ipv6lab.words.errors import LabError

SAVE_EVERY = 1.0
STATIC = Path(__file__).parent / "static"


class Files(web.StaticFileHandler):
    """JupyterLab's own files. Their names carry hashes of what is in them."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


class Static(web.StaticFileHandler):
    """The board's script and style, and the terminal's."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        return str(TERMINAL[path]) if path in TERMINAL else super().get_absolute_path(root, path)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        if Path(absolute_path) in TERMINAL.values():
            return absolute_path
        return super().validate_absolute_path(root, absolute_path)


TERMINAL = {
    "xterm.js": installing.terminal_files() / "xterm" / "lib" / "xterm.js",
    "xterm.css": installing.terminal_files() / "xterm" / "css" / "xterm.css",
}


class Here(web.RequestHandler):
    """For the hub, which asks whether its service is there."""

    def get(self) -> None:
        self.finish("ipv6lab")


class Plain(web.RequestHandler):
    """The page over plain HTTP, at whatever address the browser found it."""

    def initialize(self, wanted: Wanted, title: str, language: str, fingerprint: str) -> None:
        self.told = (wanted, title, language, fingerprint)

    def get(self, _path: str = "") -> None:
        wanted, title, language, fingerprint = self.told
        host = self.request.host_name
        url = f"https://{f'[{host}]' if ':' in host else host}:{wanted.port}/hub/login"
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "frame-ancestors 'none'; base-uri 'none'")
        self.finish(page.plain(title, url, fingerprint, language))


def application(board: Board) -> web.Application:
    """What the board serves."""
    told = {"board": board}
    return web.Application(
        [
            (r"/", handlers.PageHandler, told),
            (r"/api/room", handlers.RoomHandler, told),
            (r"/api/do", handlers.DoHandler, told),
            (r"/api/terminal", handlers.Terminal, told),
            (r"/seat", handlers.SeatHandler, told),
            (r"/join", handlers.JoinHandler, told),
            (r"/static/(.*)", Static, {"path": str(STATIC)}),
        ],
        websocket_max_message_size=handlers.LARGEST,
        websocket_ping_interval=20.0,
        compress_response=True,
    )


def make(folder: Path, told: dict[str, Any], fingerprint: str) -> Board:
    """The board of the room in a folder, with what it is told of the class's secrets."""
    room = Room(folder, seal=told.get("seal"))
    board = Board(
        room,
        Seats(),
        secret=told["tokens"],
        code=room.found.code,
        shown_code=entering.code_of(room.found.code, fingerprint),
    )

    def changed() -> None:
        async def wake() -> None:
            async with board.changed:
                board.changed.notify_all()

        task = asyncio.get_running_loop().create_task(wake())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        for seat in board.seats.connected:
            news = room.for_seat(seat)
            if news != known.get(seat):
                known[seat] = news
                board.seats.tell(seat, news)

    tasks: set[asyncio.Task[None]] = set()
    known: dict[int, dict[str, Any]] = {}
    room.changed = changed
    return board


async def serve(wanted: Wanted, told: dict[str, Any]) -> None:
    from jupyterlab.commands import get_app_dir

    place = Path(wanted.folder, "room")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        wanted.run_folder / "shared" / "class.crt", wanted.run_folder / "board" / "class.key"
    )
    doors = {
        "board": _doors(wanted.board_port, wanted.listen),
        "plain": _doors(wanted.page_port, wanted.listen),
        "static": _doors(wanted.inner + 2, "127.0.0.1"),
    }
    if os.geteuid() == 0:
        os.setgroups([])
        account = wanted.accounts.uid(ground.BOARD)
        os.setresgid(account, account, account)
        os.setresuid(account, account, account)
    os.umask(0o077)
    fingerprint = told["fingerprint"]
    board = make(place, told, fingerprint)
    found = board.room.found
    httpserver.HTTPServer(
        application(board), ssl_options=context, max_body_size=handlers.SMALL
    ).add_sockets(doors["board"])
    plain = {"wanted": wanted, "title": found.title, "language": found.language}
    httpserver.HTTPServer(
        web.Application([(r"/(.*)", Plain, {**plain, "fingerprint": fingerprint})])
    ).add_sockets(doors["plain"])
    static = os.path.join(get_app_dir(), "static")
    httpserver.HTTPServer(
        web.Application(
            [
                (r"/services/static/?", Here),
                (r"/services/static/lab/(.*)", Files, {"path": static}),
            ]
        )
    ).add_sockets(doors["static"])
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    while not ending.is_set():
        _save(board.room)
        try:
            await asyncio.wait_for(ending.wait(), SAVE_EVERY)
        except TimeoutError:
            continue
    _save(board.room)


def _save(room: Room) -> None:
    try:
        room.save()
    except LabError as error:
        print(error, file=sys.stderr, flush=True)


def _doors(port: int, listen: str) -> list[socket.socket]:
    """Sockets on a port, in both families where `listen` is every address."""
    everywhere = listen in ("::", "0.0.0.0", "")
    return netutil.bind_sockets(port, None if everywhere else listen)


def main() -> None:
    told = json.load(sys.stdin)
    asyncio.run(serve(Wanted.of_environment(), told))


if __name__ == "__main__":
    main()

"""The board, asked over TLS by whoever may and whoever may not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("cryptography")

from tornado import httpserver, netutil
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from ipv6lab.classroom import certificate, folder, tokens
from ipv6lab.classroom.board import board_process, disputed, handlers
from ipv6lab.classroom.board.handlers import Board
from ipv6lab.classroom.roster import Person
from ipv6lab.classroom.seat import entering, state
from ipv6lab.classroom.seat.companion import Companion
from ipv6lab.cli.program import run
from ipv6lab.course import disputes
from ipv6lab.course import room as course_room
from ipv6lab.course.place import Place
from ipv6lab.sandbox import kept_work
from ipv6lab.words.errors import LabError
from tests import loops

SECRET = "k" * 64
EVIL = '<img src=x onerror="alert(1)">\x1b[2J'


@dataclass
class Served:
    """A board that runs in a thread."""

    port: int
    board: Board
    certificate: Path
    loop: asyncio.AbstractEventLoop
    found: folder.Class

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        with httpx.Client(verify=self.trust, timeout=30.0) as client:
            return client.request(method, self.origin + path, headers=headers, **more)

    async def socket(self, path: str, token: str | None, origin: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if origin:
            headers["Origin"] = origin
        address = f"wss://localhost:{self.port}{path}"
        return await websocket_connect(
            HTTPRequest(address, headers=headers, ssl_options=self.trust)
        )


TRAINER = tokens.sign(SECRET, tokens.TRAINER)
SEAT1 = tokens.sign(SECRET, tokens.seat_name(1))
ENDED = tokens.sign(SECRET, tokens.TRAINER, -5)
FOREIGN = tokens.sign("other" * 10, tokens.TRAINER)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    base = tmp_path_factory.mktemp("board")
    people = [Person(1, EVIL.replace("\x1b", ""), "vi"), Person(2, "Bình", "en")]
    found = folder.create(base / "class", "Lớp", "vi", people, {})
    pair = certificate.ensure(found.secrets, ["localhost", "127.0.0.1", "::1"])
    ready = threading.Event()
    told: dict[str, Any] = {}

    def run() -> None:
        async def serve() -> None:
            board = board_process.make(found.room, {"tokens": SECRET}, certificate.of(pair))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            doors = netutil.bind_sockets(0, "127.0.0.1")
            server = httpserver.HTTPServer(board_process.application(board), ssl_options=context)
            server.add_sockets(doors)
            end = asyncio.Event()
            loop = asyncio.get_running_loop()
            told.update(port=doors[0].getsockname()[1], board=board, loop=loop, end=end)
            ready.set()
            await end.wait()
            server.stop()

        asyncio.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    yield Served(told["port"], told["board"], pair.certificate, told["loop"], found)
    told["loop"].call_soon_threadsafe(told["end"].set)
    thread.join(20)


ASKS = [
    ("GET", "/api/room", None),
    ("POST", "/api/do", {"what": "pause", "on": True}),
    ("POST", "/api/do", {"what": "note", "text": "x", "seats": None}),
    ("POST", "/api/do", {"what": "open", "exercises": None}),
    ("POST", "/api/do", {"what": "look", "seat": 1}),
    ("POST", "/api/do", {"what": "reset", "seat": 1}),
    ("POST", "/api/do", {"what": "catch-up", "seat": 1, "exercise": "L04"}),
    ("POST", "/api/do", {"what": "join", "seat": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), ASKS)
@pytest.mark.parametrize(
    "token",
    [None, ".", "x", SEAT1, ENDED, FOREIGN, TRAINER[:-1]],
    ids=["none", "dot", "junk", "seat", "ended", "foreign", "cut"],
)
def test_only_the_trainer_gets_an_answer(
    served: Served, method: str, path: str, body: Any, token: str | None
) -> None:
    answer = served.ask(method, path, token, json=body)
    assert answer.status_code == 401
    assert not served.board.room.paused
    assert "seats" not in answer.text


@pytest.mark.parametrize(("method", "path", "body"), ASKS)
@pytest.mark.parametrize("origin", ["https://localhost:8443", "https://evil.example", "null"])
def test_a_page_of_another_origin_gets_nothing_even_with_the_token(
    served: Served, method: str, path: str, body: Any, origin: str
) -> None:
    answer = served.ask(method, path, TRAINER, json=body, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert not served.board.room.paused


def test_a_preflight_is_refused_and_no_cookie_is_ever_set(served: Served) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert served.ask("OPTIONS", "/api/do", headers=asked).status_code in (403, 405)
    for path in ("/", "/static/board.js", "/api/room?after=-1"):
        answer = served.ask("GET", path, TRAINER)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = served.ask("GET", "/")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    # Cookies do not identify anybody.
    assert served.ask("GET", "/api/room", headers={"Cookie": f"token={TRAINER}"}).status_code == 401
    assert served.ask("GET", f"/api/room?token={TRAINER}").status_code == 401


@pytest.mark.parametrize(
    "token",
    [None, "x", TRAINER, ENDED, tokens.sign(SECRET, "seat-99")],
    ids=["none", "junk", "trainer", "ended", "no-such-seat"],
)
def test_a_seats_socket_is_for_seats_of_the_class(served: Served, token: str | None) -> None:
    async def attempt() -> None:
        with pytest.raises(HTTPClientError) as refused:
            await served.socket("/seat", token)
        assert refused.value.code == 401

    loops.run(attempt())


@pytest.mark.parametrize("path", ["/seat", "/api/terminal"])
def test_a_page_of_another_origin_opens_no_socket(served: Served, path: str) -> None:
    async def attempt() -> None:
        with pytest.raises(HTTPClientError) as refused:
            await served.socket(path, SEAT1, "https://localhost:8443")
        assert refused.value.code == 403

    loops.run(attempt())


@pytest.mark.parametrize(
    "token", ["", "x", SEAT1, ENDED, FOREIGN], ids=["empty", "junk", "seat", "ended", "foreign"]
)
def test_the_terminals_socket_closes_on_who_is_not_the_trainer(served: Served, token: str) -> None:
    async def attempt() -> None:
        socket = await served.socket("/api/terminal", None, served.origin)
        await socket.write_message(json.dumps({"token": token}))
        assert await asyncio.wait_for(socket.read_message(), 10) is None
        assert socket.close_code == 4401

    loops.run(attempt())
    assert not served.board.watchers


def test_a_seat_reports_and_what_it_says_is_cut_to_what_is_known(served: Served) -> None:
    report = {
        "kind": "state",
        "exercise": "L04",
        "checks": {"M1": "passed", "M2": "failed", EVIL: "failed", "M3": EVIL, "M4": ["x"]},
        "scores": {"L04": 40, EVIL: 1, "L05": "100", "L06": 1000},
        "hints": {"M1": 2, EVIL: 1},
        "marks": [EVIL, 7],
        "seen": [EVIL, "L04"],
    }

    async def attempt() -> dict[str, Any]:
        socket = await served.socket("/seat", SEAT1)
        first = json.loads(await socket.read_message())
        assert first["kind"] == "room"
        for bad in ("no json", "[1]", json.dumps({"kind": "state", "exercise": ["L04"]})):
            other = await served.socket("/seat", SEAT1)
            await other.write_message(bad)
            other.close()
        await socket.write_message(json.dumps(report))
        await socket.write_message(json.dumps({"kind": "hand", "up": True}))
        until = asyncio.get_running_loop().time() + 20
        while asyncio.get_running_loop().time() < until:
            room = await asyncio.to_thread(
                lambda: served.ask("GET", "/api/room?after=-1", TRAINER).json()
            )
            if room["seats"][0]["hand"]:
                break
            await asyncio.sleep(0.1)
        socket.close()
        return dict(room)

    room = loops.run(attempt())
    seat = room["seats"][0]
    assert seat["checks"] == {"M1": "passed", "M2": "failed"}
    assert seat["scores"] == {"L04": 40}
    assert seat["hints"] == {"M1": 2}
    assert seat["seen"] == ["L04"]
    assert seat["online"]
    told = json.dumps(room)
    assert not [one.pin for one in served.found.seats.values() if f'"{one.pin}"' in told]


def test_a_seat_answers_only_what_it_was_asked(served: Served) -> None:
    async def attempt() -> None:
        one = await served.socket("/seat", SEAT1)
        two = await served.socket("/seat", tokens.sign(SECRET, "seat-2"))
        await one.read_message()
        await two.read_message()
        asking = asyncio.create_task(
            asyncio.to_thread(
                lambda: served.ask("POST", "/api/do", TRAINER, json={"what": "look", "seat": 1})
            )
        )
        while (asked := json.loads(await one.read_message()))["kind"] != "ask":
            pass
        false = {"kind": "answer", "to": asked["id"], "commands": "of another"}
        await two.write_message(json.dumps(false))
        await asyncio.sleep(0.3)
        assert not asking.done()
        true = {"kind": "answer", "to": asked["id"], "commands": [EVIL]}
        await one.write_message(json.dumps(true))
        answer = await asking
        assert answer.json()["commands"] == [EVIL]
        assert answer.headers["Content-Type"].startswith("application/json")
        one.close()
        two.close()

    loops.run(attempt())


def test_work_is_handed_in_and_a_worse_one_replaces_none(served: Served) -> None:
    def work(passed: int, mark: str) -> dict[str, Any]:
        checks = {f"M{number}": "passed" for number in range(passed)}
        entries = [{"seq": 1, "kind": "mark", "name": mark}]
        return {
            "kind": "work",
            "exercise": "L04",
            "entries": [*entries, {"seq": 2, "kind": "verdict", "checks": checks}],
            "hints": {},
        }

    room, known = served.board.room, served.board.known()
    for passed, mark in ((2, "a"), (3, "b"), (1, "c"), (3, "d")):
        room.take_work(2, work(passed, mark), known)
    room.take_work(2, {**work(9, "x"), "exercise": "../../evil"}, known)
    room.take_work(2, {**work(9, "x"), "entries": [{}] * 30_000}, known)
    there = sorted((served.found.room / "handed-in" / "02").iterdir())
    assert [one.name for one in there] == ["L04.json"]
    assert json.loads(there[0].read_text("utf-8"))["entries"][0]["name"] == "d"


@contextlib.asynccontextmanager
async def companion(served: Served) -> AsyncIterator[Companion]:
    """What reports seat 1."""
    url = f"https://localhost:{served.port}"
    one = Companion(1, "en", url, SEAT1, served.certificate)
    running = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_a_seat_disputes_a_verdict_and_hears_what_the_trainer_says(
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    place = Place.of("L02", 1)
    journal = state.journal_of("L02", 1)
    journal.parent.mkdir(parents=True)
    entry = {"seq": 1, "kind": "command", "node": "r1", "shell": 1, "cwd": "/", "command": "true"}
    journal.write_bytes(kept_work.line_of(entry))
    seen = [{"say": "asked", "facts": {}, "packets": [{"time": 1, "link": "a", "frame": "AAAA"}]}]
    checks = [
        {"id": "M3", "verdict": "failed", "kind": "must", "weight": 5, "evidence": seen},
        {"id": "M4", "verdict": "passed", "kind": "must", "weight": 5},
    ]
    course_room.write(None)
    with pytest.raises(LabError, match="no trainer's room"):
        disputes.check_room()
    for name, why, said in (("M4", "x", "passed"), ("M9", "x", "M3"), ("M3", " ", "why")):
        with pytest.raises(LabError, match=said):
            disputes.record(place, checks, name, why)
    assert disputes.record(place, checks, "m3", EVIL) == "M3"
    kept = served.found.room / "disputes" / "01" / "L02-M3.json"

    async def attempt() -> None:
        async with companion(served) as one, asyncio.timeout(60):
            while not one._disputed or not served.board.room.disputes.of(1):
                await asyncio.sleep(0.02)

    loops.run(attempt())
    first = kept.stat().st_mtime_ns
    loops.run(attempt())  # told again by a new connection, and no other one
    assert kept.stat().st_mtime_ns == first
    told = json.loads(kept.read_text("utf-8"))
    assert (told["why"], told["evidence"], told["entries"]) == (EVIL, seen, [entry])
    [on_board] = served.ask("GET", "/api/room", TRAINER).json()["seats"][0]["disputes"]
    assert (on_board["check"], on_board["answered"]) == ("M3", False)

    folder_of = ["--folder", str(served.found.folder), "--lang", "en"]
    assert run(["class", "disputes", str(tmp_path / "out"), *folder_of]) == 0
    out = capsys.readouterr().out
    assert "L02 M3" in out
    assert "\x1b" not in out
    assert (tmp_path / "out" / "01-L02-M3" / "M3.pcap").stat().st_size > 24
    assert place.read_recorded(tmp_path / "out" / "01-L02-M3" / "work") is not None
    marked = ["class", "mark", "1", "L02", "M3", "--points", "1", "--reason", "yes"]
    assert run([*marked, *folder_of]) == 0
    [on_board] = served.ask("GET", "/api/room", TRAINER).json()["seats"][0]["disputes"]
    assert on_board["answered"]


def test_what_a_seat_disputes_is_cut_to_what_is_known(served: Served) -> None:
    room, known = served.board.room, served.board.known()
    good: dict[str, Any] = {"exercise": "L04", "check": "M1", "why": "x" * 900, "at": 1.0}
    good |= {"verdict": "failed", "entries": [], "more": "y"}
    for wrong in (
        {"exercise": "../../evil"},
        {"check": "../M1"},
        {"verdict": "passed"},
        {"why": " "},
        {"why": 7},
        {"at": "now"},
        {"entries": [{}] * 30_000},
        {"entries": None},
    ):
        assert not room.disputes.take(2, {**good, **wrong}, known)
    assert room.disputes.take(2, good, known)
    assert not room.disputes.take(2, good, known)
    [told] = room.disputes.of(2)
    assert len(told["why"]) == 500
    kept = json.loads((served.found.room / "disputes" / "02" / "L04-M1.json").read_text())
    assert "more" not in kept
    every = [(name, check) for name, one in known.items() for check in one["checks"]]
    for name, check in every:
        room.disputes.take(2, {**good, "exercise": name, "check": check}, known)
    assert len(room.disputes.of(2)) == disputed.MOST
    assert len(disputed.Disputes(room.folder).of(2)) == disputed.MOST


def test_a_laptop_joins_with_the_code_and_no_other(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    address, code = f"localhost:{served.port}", served.board.shown_code
    with pytest.raises(LabError, match="not this room's board"):
        entering.join(address, f"{code[:7]}00000-00000", "An", "vi")
    with pytest.raises(LabError, match="not this room's code"):
        entering.join(address, f"ZZZZZZ{code[6:]}", "An", "vi")
    for bad in ("", "  ", "A\x1b[2J", "x" * 100):
        with pytest.raises(LabError):
            entering.join(address, code, bad, "vi")
    joined = entering.join(address, code.lower().replace("-", " "), "Lê Văn An", "vi")
    assert entering.joined() == joined
    assert joined.seat > 1000
    assert tokens.holder(SECRET, joined.token) == f"seat-{joined.seat}"
    assert served.ask("GET", "/api/room", joined.token).status_code == 401
    assert entering.leave()
    assert entering.joined() is None
    for _number in range(handlers.WRONG_CODES + 1):
        answer = served.ask("POST", "/join", json={"code": "AAAAAA", "name": "x"})
        assert answer.status_code == 403
    with pytest.raises(LabError, match="try again in a minute"):
        entering.join(address, code, "Late", "vi")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../board_process.py",
        "/static/%2e%2e/board_process.py",
        "/static//etc/passwd",
        "/class.json",
        "/api",
    ],
)
def test_nothing_else_is_served(served: Served, path: str) -> None:
    with contextlib.suppress(httpx.HTTPError):
        assert served.ask("GET", path, TRAINER).status_code in (403, 404)

"""A small class, really up: six trainees by protocol; browsers are in `test_browsers`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jupyterhub")

from ipv6lab.classroom import folder, holding, tokens
from ipv6lab.classroom.roster import Person
from ipv6lab.classroom.trainee import NO_TRUST, Trainee, Trouble
from tests import loops
from tests.classroom.rooms import EVIL, Room, opened

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("class"), pytest.mark.timeout(1800)]
SEATS = range(1, 7)
FACTS = """
import json, os, glob, tempfile, random, secrets, sys, threading
lines = [line.rstrip("\\n").split(":\\t", 1) for line in open("/proc/self/status")]
status = dict(one for one in lines if len(one) == 2)
def can(path):
    try:
        open(path, "rb").read(1)
        return True
    except OSError:
        return False
print("FACTS" + json.dumps({
    "uids": os.getresuid(), "gids": os.getresgid(), "groups": os.getgroups(),
    "caps": [status[name] for name in ("CapEff", "CapPrm", "CapInh")],
    "home": os.environ["HOME"], "cwd": os.getcwd(), "umask": status["Umask"],
    "environment": dict(os.environ),
    "random": [random.random(), secrets.token_hex(4)],
    "readable": [path for path in PATHS if can(path)],
    "environs": [path for path in glob.glob("/proc/[0-9]*/environ") if can(path)
                 and os.stat(path).st_uid != os.getuid()],
    "root": os.listdir("/root") if os.access("/root", os.R_OK) else [],
    "descriptors": sorted(os.readlink(f"/proc/self/fd/{one}").split(":")[0]
                          for one in os.listdir("/proc/self/fd")
                          if os.path.exists(f"/proc/self/fd/{one}")),
    "modules": sorted(name for name in ("debugpy", "matplotlib") if sys.modules.get(name)),
}))
"""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    people = [Person(number, f"Nguyễn {number}", "vi" if number % 2 else "en") for number in SEATS]
    people.append(Person(9, EVIL, "vi", EVIL))
    with opened(people) as up:
        yield up


def together(room: Room, do: Callable[[Trainee], Awaitable[Any]], *seats: int) -> list[Any]:
    """Every one of these seats signs in and does the same at the same time."""

    async def one(seat: int) -> Any:
        async with room.trainee(seat) as trainee:
            assert await trainee.sign_in()
            return await do(trainee)

    async def all_of_them() -> list[Any]:
        return list(await asyncio.gather(*(one(seat) for seat in seats)))

    return loops.run(all_of_them())


async def facts(trainee: Trainee, paths: list[str]) -> dict[str, Any]:
    await trainee.open_page()
    if not trainee.kernel:
        await trainee.start_kernel()
    said = await trainee.run(f"PATHS = {paths!r}\n{FACTS}")
    assert "FACTS" in said, said
    return dict(json.loads(said.partition("FACTS")[2]))


def board(room: Room, method: str, path: str, token: str | None = None, **more: Any) -> Any:
    import httpx

    token = token or tokens.sign(folder.secret(room.found, "tokens"), tokens.TRAINER)
    address = f"https://localhost:{room.wanted.board_port}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(verify=NO_TRUST, timeout=200.0) as client:
        return client.request(method, address, headers=headers, **more)


def seats_of(room: Room) -> dict[int, dict[str, Any]]:
    told = board(room, "GET", "/api/room?after=-1").json()
    return {one["seat"]: one for one in told["seats"]}


def until(happens: Callable[[], Any], seconds: float = 120.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, AssertionError, KeyError):
            found = happens()
            if found:
                return found
        time.sleep(0.3)
    raise AssertionError("it did not happen")


def test_everybody_comes_in_at_once_and_is_on_the_board(room: Room) -> None:
    async def work(trainee: Trainee) -> str:
        page = await trainee.open_page()
        assert "/services/static/lab/" in page  # JupyterLab's files, once for all
        assert await trainee.fetch_files(page) > 100_000
        await trainee.start_kernel()
        said = await trainee.run("%lab start L04")
        assert "L04" in said
        return await trainee.run("r = lab.check(); print('score', r['score'], r['seat'])")

    said = together(room, work, *SEATS)
    assert [f"score 0 {seat}" in one for seat, one in zip(SEATS, said, strict=True)] == [True] * 6
    shown = until(
        lambda: (
            (told := seats_of(room))
            and all(told[seat]["checks"].get("M1") == "failed" for seat in SEATS)
            and told
        )
    )
    assert all(shown[seat]["exercise"] == "L04" and shown[seat]["online"] for seat in SEATS)
    assert shown[9]["name"] == EVIL
    assert not shown[9]["online"]
    handed = room.found.room / "handed-in"
    until(lambda: len(list(handed.glob("*/L04.json"))) == len(SEATS))


def test_each_seat_is_an_account_that_reaches_nothing_of_others(room: Room) -> None:
    found = room.found
    paths = [
        str(found.folder / "class.json"),
        str(found.secrets / "tokens"),
        str(found.secrets / "hub.sqlite"),
        str(found.cards),
        str(room.wanted.run_folder / "root" / "fork.sock"),
        str(room.wanted.run_folder / "board" / "class.key"),
        str(room.wanted.run_folder / "wanted.json"),
        *(str(found.home(seat) / ".local/share/ipv6lab/last-lab.json") for seat in SEATS),
        *(str(path) for path in found.room.rglob("*.json")),
    ]
    told = together(room, lambda trainee: facts(trainee, paths), 1, 2)
    for seat, one in zip((1, 2), told, strict=True):
        own = room.wanted.accounts.uid(seat)
        assert one["uids"] == one["gids"] == [own] * 3
        assert one["groups"] in ([], [own])
        assert all(int(caps, 16) == 0 for caps in one["caps"])
        assert one["readable"] == [str(found.home(seat) / ".local/share/ipv6lab/last-lab.json")]
        assert one["environs"] == []
        assert one["umask"] == "0077"
        assert one["home"] == str(found.home(seat))
        assert one["modules"] == []
        assert not [name for name in one["root"] if name in (".ssh", ".bashrc", ".profile")]
        secret = folder.secret(found, "tokens")
        assert secret not in json.dumps(one["environment"])
    assert told[0]["random"] != told[1]["random"]


def test_nobody_else_knows_a_seats_secrets(room: Room) -> None:
    """What seat 1 was told is in no memory that is a copy: not the fork server's, not seat 2's."""

    async def token(trainee: Trainee) -> str:
        return str((await facts(trainee, []))["environment"]["JUPYTERHUB_API_TOKEN"])

    (secret,) = together(room, token, 1)
    own = room.wanted.accounts
    fork = room.parts()["fork"]
    holders = [pid for pid in _processes() if _uid(pid) == own.uid(1)]
    assert any(_knows(pid, secret) for pid in holders)  # the search finds what is there
    others = [fork, *(pid for pid in _processes() if _uid(pid) in (own.uid(2), own.uid(3)))]
    assert len(others) > 2
    assert [pid for pid in others if _knows(pid, secret)] == []
    for name in ("cookies", "proxy", "hub-api", "tokens"):
        told = folder.secret(room.found, name)
        assert [pid for pid in [*others, *holders] if _knows(pid, told)] == []
    assert os.listdir(f"/proc/{fork}/task") == [str(fork)]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _uid(pid: int) -> int:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}").stat().st_uid
    return -1


def _knows(pid: int, secret: str) -> bool:
    wanted = secret.encode()
    with contextlib.suppress(OSError):
        maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                words = line.split()
                first, last = (int(one, 16) for one in words[0].split("-"))
                if "r" not in words[1] or last - first > 1 << 30 or "[v" in line:
                    continue
                with contextlib.suppress(OSError, ValueError, OverflowError):
                    memory.seek(first)
                    if wanted in memory.read(last - first):
                        return True
    return False


def test_anothers_identity_opens_nothing(room: Room) -> None:
    """Pages, API, kernels and terminals of seat 1: by nobody, by seat 2, from another origin."""

    async def attempt() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with room.trainee(1) as one, room.trainee(2) as two, room.trainee(3) as nobody:
            assert await one.sign_in()
            assert await two.sign_in()
            await one.open_page()
            await two.open_page()
            await one.start_kernel()
            paths = ("lab", "api/contents", "api/kernels", "api/terminals", "ipv6lab/room",
                     "files/README.md")  # fmt: skip
            for name, who in (("other", two), ("nobody", nobody)):
                for path in paths:
                    answer = await who.http.get(one.own + path)
                    found[f"{name} {path}"] = (answer.status_code, str(answer.url.path))
            # A form of another site has the cookies and no XSRF token.
            for path in ("api/terminals", "api/sessions", "ipv6lab/room"):
                answer = await one.http.post(
                    one.own + path, json={"hand": True}, headers={"Origin": "https://evil.example"}
                )
                found[f"cross {path}"] = (answer.status_code, "")
            for name, who, origin in (
                ("other", two, room.base),
                ("nobody", nobody, room.base),
                ("cross", one, "https://evil.example"),
            ):
                who.kernel, base = one.kernel, who.base
                who.account, own = "seat01", who.account
                who.base = base
                try:
                    channel = await _channel_as(who, origin)
                    channel.close()
                    found[f"{name} socket"] = (101, "")
                except Exception as error:
                    found[f"{name} socket"] = (getattr(error, "code", 0), "")
                who.account = own
        return found

    found = loops.run(attempt())
    for name, (status, path) in found.items():
        let_in = status == 200 and "/hub/login" not in path
        assert not let_in, (name, status, path)
        assert status != 101, name


async def _channel_as(trainee: Trainee, origin: str) -> Any:
    return await trainee.channel(origin)


def test_an_ended_identity_opens_nothing(room: Room) -> None:
    async def attempt() -> tuple[int, str]:
        async with room.trainee(4) as trainee:
            assert await trainee.sign_in()
            await trainee.open_page()
            kept = [(one.name, one.value, one.path) for one in trainee.http.cookies.jar]
            await trainee.http.get(f"{room.base}/hub/logout")
            trainee.http.cookies.clear()
            for name, value, path in kept:
                trainee.http.cookies.set(name, value or "", domain="localhost.local", path=path)
            answer = await trainee.http.get(f"{room.base}/hub/home")
            return answer.status_code, answer.url.path

    status, path = loops.run(attempt())
    assert path == "/hub/login", (status, path)


def test_a_dead_part_comes_back_and_everybody_goes_on(room: Room) -> None:
    for name in ("board", "hub", "fork"):
        before = room.parts()[name]
        os.kill(before, signal.SIGKILL)
        until(lambda name=name, before=before: room.parts().get(name) not in (None, before))
    until(lambda: holding.answers(room.wanted, room.wanted.port, "/hub/login"))
    until(lambda: holding.answers(room.wanted, room.wanted.board_port, "/"))

    async def go_on(trainee: Trainee) -> str:
        await trainee.open_page()
        await trainee.start_kernel()
        return await trainee.run("%lab status")

    assert "L04" in until(lambda: together(room, go_on, 5)[0], 240)
    until(lambda: seats_of(room)[5]["online"])


def test_a_killed_server_leaves_its_lab_and_work(room: Room) -> None:
    account = room.wanted.accounts.uid(6)
    servers = [
        pid for pid in _processes() if _uid(pid) == account and _name(pid) == "ipv6lab-server"
    ]
    assert servers
    os.kill(servers[0], signal.SIGKILL)

    async def go_on(trainee: Trainee) -> str:
        await trainee.open_page()
        await trainee.start_kernel()
        return await trainee.run("%lab status")

    def again() -> str:
        with contextlib.suppress(Trouble):
            return str(together(room, go_on, 6)[0])
        return ""

    assert "L04" in until(again, 300)


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def test_a_seat_that_runs_wild_is_reset_and_its_work_stays(room: Room) -> None:
    bomb = "import os\nfor _n in range(200):\n    if os.fork() == 0:\n        while True: pass\n"

    async def run_wild(trainee: Trainee) -> None:
        await trainee.open_page()
        await trainee.start_kernel()
        await trainee.run("%lab start L04")
        with contextlib.suppress(Trouble):
            await trainee.run(bomb, 20)

    together(room, run_wild, 3)
    holding.reset_seat(room.found, 3)
    owns = room.wanted.accounts.owner(3)
    assert [pid for pid in _processes() if owns(_uid(pid))] == []
    journals = room.found.home(3) / ".local/share/ipv6lab/journals"
    assert list(journals.glob("L04-*.jsonl"))

    async def go_on(trainee: Trainee) -> str:
        await trainee.open_page()
        await trainee.start_kernel()
        return await trainee.run("%lab status")

    # The lab that ran is built again by itself.
    assert "L04" in until(lambda: "L04" in (said := together(room, go_on, 3)[0]) and said, 200)


def test_the_trainer_looks_rescues_and_closes(room: Room) -> None:
    async def there(trainee: Trainee) -> None:
        await trainee.open_page()
        await trainee.start_kernel()
        await trainee.run("%lab start L04\n")
        await trainee.run("%host pc1 echo " + EVIL.replace('"', "'"))

    together(room, there, 2)
    until(lambda: seats_of(room)[2]["online"])
    look = board(room, "POST", "/api/do", json={"what": "look", "seat": 2}).json()
    assert any("echo" in one["command"] for one in look["commands"])
    assert "pc1" in look["nodes"]
    done = board(room, "POST", "/api/do", json={"what": "reset", "seat": 2})
    assert done.json() == {"done": True}
    refused = board(room, "POST", "/api/do", json={"what": "join", "seat": 2})
    assert refused.status_code == 409  # no terminal is open
    closed = {"what": "open", "exercises": ["L04"], "hints": False, "solutions": False}
    assert board(room, "POST", "/api/do", json=closed).status_code == 200

    async def attempt(trainee: Trainee) -> str:
        await trainee.open_page()
        await trainee.start_kernel()
        said = ""
        for _number in range(20):
            said = await trainee.run("%hint M1")
            if "not opened" in said:
                break
            await asyncio.sleep(0.5)
        return said + await trainee.run("%lab start L05 --force")

    (said,) = together(room, attempt, 2)
    assert "not opened the hints" in said
    assert "not opened L05" in said
    opened_again = {"what": "open", "exercises": None, "hints": True, "solutions": True}
    assert board(room, "POST", "/api/do", json=opened_again).status_code == 200


def test_after_a_power_cut_everybody_goes_on(room: Room) -> None:
    def ran() -> set[int]:
        return {seat for seat, one in seats_of(room).items() if one["exercise"] == "L04"}

    before = ran()
    assert 1 in before
    known = holding.running(room.found)
    assert known is not None
    # Everything at once, without a word: as when the power fails.
    for pid in [int(known["pid"]), *room.parts().values()]:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    for pid in _processes():
        if any(room.wanted.accounts.owner(seat)(_uid(pid)) for seat in room.found.seats):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    until(lambda: holding.running(room.found) is None)
    room.wanted = holding.up(room.found, room.wanted)
    room.found = folder.load(room.found.folder)

    async def go_on(trainee: Trainee) -> str:
        await trainee.open_page()
        await trainee.start_kernel()
        for _number in range(120):
            said = await trainee.run("%lab status")
            if "L04" in said:
                return said
            await asyncio.sleep(0.5)
        return said

    assert "L04" in together(room, go_on, 1)[0]
    assert list((room.found.home(1) / ".local/share/ipv6lab/journals").glob("L04-*.jsonl"))

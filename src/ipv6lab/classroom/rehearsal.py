"""The class played through on this machine before it comes: seats, kernels, labs and checks.

A throw-away class on the loopback interface, with as many trainees as will come; each signs in,
opens JupyterLab's page, starts a kernel and a lab, and asks for a check, all at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from ipv6lab.classroom import folder, holding, installing
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.roster import LAST_SEAT, Person
from ipv6lab.classroom.trainee import Trainee, Trouble
from ipv6lab.course import content, results
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

EXERCISE = "L04"
SLOW = 60.0  # seconds in which a room should be at work
LATE = 15.0  # seconds in which a check should be answered
WITHIN = 10.0  # seconds in which everybody asks for one
PORTS = range(18443, 19443, 20)


def run(count: int, fork: bool, language: str) -> dict[str, Any]:
    """Play a class of `count` through; what it took. Raises LabError.

    ``up``: seconds until sign-in answered; ``steps``: for each step the slowest trainee's seconds
    since the start; ``checks``: the slowest verdict's seconds; ``memory``: MB by part (PSS);
    ``lost``: what went wrong, by seat; ``well``: whether nothing did.
    """
    if not 1 <= count <= LAST_SEAT:
        raise LabError(_("A class has 1 to {last} seats.", last=LAST_SEAT))
    installing.ensure()
    base = Path(tempfile.mkdtemp(prefix="ipv6lab-rehearsal-"))
    base.chmod(0o711)
    people = [Person(number, f"{number}", language) for number in range(1, count + 1)]
    found = folder.create(
        base / "class", "rehearsal", language, people, results.versions(content.find())
    )
    port = next((one for one in PORTS if free(one)), 0)
    if not port:
        raise LabError(_("No ports are free for a rehearsal."))
    wanted = Wanted(str(found.folder), "", "127.0.0.1", ("localhost",), port, port + 1, port + 2,
                    port + 7, fork)  # fmt: skip
    began = time.monotonic()
    try:
        wanted = holding.up(found, wanted)
        up = time.monotonic() - began
        return {"seats": count, "fork": fork, "up": round(up, 1)} | asyncio.run(
            _play(found, wanted)
        )
    finally:
        with contextlib.suppress(LabError):
            holding.down(found)
        shutil.rmtree(base, ignore_errors=True)


def free(port: int) -> bool:
    """Whether a class can have the ports from this one on."""
    for number in (port, port + 1, port + 2, port + 7, port + 8, port + 9):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", number))
            except OSError:
                return False
    return True


async def _play(found: folder.Class, wanted: Wanted) -> dict[str, Any]:
    trainees = [
        Trainee(f"https://localhost:{wanted.port}", number, seat.pin)
        for number, seat in sorted(found.seats.items())
    ]
    lost: dict[int, str] = {}
    steps: dict[str, float] = {}
    began = time.monotonic()

    async def step(
        name: str, do: Callable[[Trainee], Awaitable[object]], spread: float = 0.0
    ) -> float:
        """Everybody does a step; the slowest one's own seconds."""
        slowest = 0.0

        async def one(number: int, trainee: Trainee) -> None:
            nonlocal slowest
            if trainee.seat in lost:
                return
            await asyncio.sleep(spread * number / max(1, len(trainees)))
            since = time.monotonic()
            try:
                await do(trainee)
            except (Trouble, OSError, LabError, ValueError) as error:
                lost[trainee.seat] = f"{name}: {error}"
            except Exception as error:  # a client's own kinds of trouble
                lost[trainee.seat] = f"{name}: {type(error).__name__} {error}"
            slowest = max(slowest, time.monotonic() - since)

        await asyncio.gather(*(one(number, trainee) for number, trainee in enumerate(trainees)))
        steps[name] = round(time.monotonic() - began, 1)
        return slowest

    async def sign_in(trainee: Trainee) -> None:
        if not await trainee.sign_in():
            raise Trouble(f"seat {trainee.seat}: the PIN was refused")

    async def page(trainee: Trainee) -> None:
        await trainee.fetch_files(await trainee.open_page())

    async def lab(trainee: Trainee) -> None:
        said = await trainee.run(f"%lab start {EXERCISE}")
        if EXERCISE not in said or "Error" in said:
            raise Trouble(f"seat {trainee.seat}: {said.strip()[-200:]}")

    async def check(trainee: Trainee) -> None:
        said = await trainee.run("result = lab.check(); print('score', result['score'])")
        if "score " not in said:
            raise Trouble(f"seat {trainee.seat}: {said.strip()[-200:]}")

    try:
        await step("sign_in", sign_in)
        await step("page", page)
        await step("kernel", lambda trainee: trainee.start_kernel())
        await step("lab", lab)
        slowest = await step("check", check, WITHIN)
        used = memory(wanted)
    finally:
        for trainee in trainees:
            await trainee.http.aclose()
    well = not lost and steps["lab"] <= SLOW and slowest <= LATE
    return {
        "steps": steps,
        "checks": round(slowest, 1),
        "memory": used,
        "lost": lost,
        "well": well,
    }


def memory(wanted: Wanted) -> dict[str, int]:
    """The memory of a class in MB (proportional shares, PSS), by part."""
    own = wanted.accounts
    told = folder.read_json(wanted.run_folder / "up.json")
    held = {int(told.get("pid", 0)), *(int(one) for one in dict(told.get("parts", {})).values())}
    found = {"room": 0, "seats": 0, "labs": 0}
    parents = _parents()
    for pid in parents:
        with contextlib.suppress(OSError, ValueError):
            uid = Path(f"/proc/{pid}").stat().st_uid
            size = _pss(pid)
            if own.uid(1) <= uid <= own.uid(LAST_SEAT):
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
                lab = any(word in line for word in (b"keeper", b"launcher", b"labkernel"))
                found["labs" if lab else "seats"] += size
            elif own.subordinate(1) <= uid < own.subordinate(LAST_SEAT + 1):
                found["labs"] += size
            elif held & _line(pid, parents):
                found["room"] += size
    return {name: size // 1024 for name, size in found.items()}


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                status = (entry / "stat").read_text().rpartition(")")[2]
                found[int(entry.name)] = int(status.split()[1])
    return found


def _line(pid: int, parents: dict[int, int]) -> set[int]:
    """A process and those that it comes from."""
    found = set()
    while pid and pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def told(found: dict[str, Any]) -> Sequence[Message]:
    """What a rehearsal says to a trainer, and what to change."""
    steps, used = found["steps"], found["memory"]
    said = [
        _(
            "{seats} seats: the room was open after {up} s, everybody had a page after {page} s, a "
            "kernel after {kernel} s and a lab after {lab} s.",
            seats=found["seats"],
            up=found["up"],
            page=steps["page"],
            kernel=steps["kernel"],
            lab=steps["lab"],
        ),
        _("The slowest verdict took {seconds} s.", seconds=found["checks"]),
        _(
            "Memory: {room} MB for hub and board, {seats} MB for servers and kernels, {labs} MB "
            "for labs.",
            room=used["room"],
            seats=used["seats"],
            labs=used["labs"],
        ),
    ]
    for seat, reason in found["lost"].items():
        said.append(_("Seat {seat} could not go on: {reason}", seat=seat, reason=reason))
    if steps["lab"] > SLOW or found["checks"] > LATE:
        said.append(
            _(
                "That is slow: let groups begin a minute apart, use fewer seats, or a machine with "
                "more cores; nothing else should run on it."
            )
        )
    if holding.memory() < used["labs"] // 4:
        said.append(_("Memory is short: fewer seats, or a machine with more of it."))
    return said

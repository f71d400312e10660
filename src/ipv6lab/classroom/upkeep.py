"""The process that holds a class: ``python -m ipv6lab.classroom.upkeep WANTED``.

It goes into the class's view of the machine (`ground`), lays out what all seats read, and starts
fork server, board and hub; whichever of them ends is started again. All end with it, except the
seats' servers and labs, which the next hub finds running. ``SIGTERM`` ends the class: hub, servers
and labs; recorded work is on disk at every moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipv6lab.classroom import bounds, certificate, folder, ground, seals
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.forking.becoming import nobodys
from ipv6lab.classroom.hub import wanted as wanted_module
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.seat import serving
from ipv6lab.linux import syscalls
from ipv6lab.words.errors import LabError

LOOK = 0.5  # seconds between two looks at what should run
QUICK = 5.0  # seconds: what ends sooner than that is started again only after a pause
PAUSE = 2.0
STATE = "up.json"


@dataclass
class Part:
    """One of the processes that a class consists of."""

    name: str
    command: list[str]
    told: dict[str, Any]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    due: float = 0.0

    def start(self) -> None:
        parent = os.getpid()

        def become() -> None:
            syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self.environment,
                start_new_session=True,
                preexec_fn=become,
            )
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(self.told).encode())
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.since = time.monotonic()

    def watch(self) -> bool:
        """Start it again where it has ended; whether it was."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.process = None
            self.due = now + (PAUSE if now - self.since < QUICK else 0.0)
        if self.process is None and now >= self.due:
            self.start()
            return True
        return False

    def end(self, seconds: float = 10.0) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Upkeep:
    """Holds a class until it is told to end."""

    def __init__(self, told: Wanted, file: Path) -> None:
        self.wanted, self.file = told, file
        self.place = Path(told.folder)
        self.ending = False
        self.renewing = False

    def run(self) -> None:
        found = folder.load(self.place)
        lock = os.open(found.secrets / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        run = self.wanted.run_folder
        if os.geteuid() == 0:
            ground.enter(found, self.wanted.accounts, run / "view")
        self.lay_out(found)
        parts = self.parts(found)
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGHUP, self._renew)
        try:
            while not self.ending:
                if any([part.watch() for part in parts]):
                    self.tell(parts)
                if self.renewing:
                    self.renewing = False
                    with contextlib.suppress(LabError):
                        self.renew(folder.load(self.place))
                time.sleep(LOOK)
        finally:
            for part in parts:
                if part.process is not None:
                    part.process.terminate()
            for part in parts:
                part.end()
            self.end_seats()
            (run / STATE).unlink(missing_ok=True)

    def _end(self, *_: object) -> None:
        self.ending = True

    def _renew(self, *_: object) -> None:
        self.renewing = True

    def renew(self, found: Class) -> None:
        """People were added or removed."""
        if os.geteuid() == 0:
            ground.renew(found, self.wanted.accounts, self.wanted.run_folder / "view")
        for number in found.seats:
            ground.make_home(found, number, self.wanted.accounts)

    def lay_out(self, found: Class) -> None:
        """What all seats read, their homes, and the board's folder."""
        run = self.wanted.run_folder
        shared = run / "shared"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir(mode=0o755)
        pair = certificate.ensure(found.secrets, [*self.wanted.addresses, "localhost"])
        shutil.copyfile(pair.certificate, shared / "class.crt")
        languages = {seat.language for seat in found.seats.values()} | {found.language}
        serving.lay_out(shared, languages, self.wanted.fork and os.geteuid() == 0)
        board = run / "board"
        board.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(pair.key, board / "class.key")
        (board / "class.key").chmod(0o600)
        (run / "root").mkdir(mode=0o700, exist_ok=True)
        ground.make_room(found, self.wanted.accounts)
        for number in found.seats:
            ground.make_home(found, number, self.wanted.accounts)

    def parts(self, found: Class) -> list[Part]:
        run = self.wanted.run_folder
        python = [sys.executable, "-m"]
        environment = {**os.environ, wanted_module.VARIABLE: str(self.file)}
        fingerprint = certificate.of(
            certificate.Pair(found.secrets / "class.crt", found.secrets / "class.key")
        )
        secrets = {
            "tokens": folder.secret(found, "tokens"),
            "fingerprint": fingerprint,
            "seal": seals.modulus(found),
        }
        parts = [
            Part(
                "board",
                [*python, "ipv6lab.classroom.board.board_process"],
                secrets,
                {**environment, "XDG_CACHE_HOME": str(run / "board" / "cache")},
                run / "board.log",
            ),
            Part(
                "hub",
                [
                    *python,
                    "jupyterhub",
                    "-f",
                    str(Path(__file__).with_name("jupyterhub_config.py")),
                ],
                {},
                environment,
                run / "hub.log",
            ),
        ]
        if self.wanted.fork and os.geteuid() == 0:
            command = [*python, "ipv6lab.classroom.forking.server"]
            told: dict[str, Any] = {"socket": str(self.wanted.fork_socket)}
            told |= {"slot": self.wanted.slot, "class": self.wanted.group}
            parts.insert(0, Part("fork", command, told, nobodys(os.environ), run / "fork.log"))
        return parts

    def tell(self, parts: list[Part]) -> None:
        """Write down what runs, for those who ask."""
        told = {
            "pid": os.getpid(),
            "parts": {one.name: one.process.pid for one in parts if one.process},
        }
        folder.write_private(self.wanted.run_folder / STATE, json.dumps(told))

    def end_seats(self) -> None:
        """End the seats' servers and labs. Their journals are on disk."""
        with contextlib.suppress(LabError):
            for number in folder.load(self.place).seats:
                end_seat(self.wanted, number)
        bounds.find(self.wanted.group).remove()


def end_seat(told: Wanted, seat: int) -> bool:
    """End all that a seat runs: its server, kernels, terminals and lab; whether nothing is left."""
    if os.geteuid() == 0:
        bound, owns = bounds.find(told.group), told.accounts.owner(seat)
        return bounds.end_all(lambda: [*bound.processes(seat), *_owned(owns)])
    runtime = str(serving.runtime(seat, told.run_folder))
    return bounds.end_all(lambda: _within(runtime))


def _owned(owns: Callable[[int], bool]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if owns(entry.stat().st_uid):
                    found.append(int(entry.name))
    return found


def _within(runtime: str) -> list[int]:
    """Processes of this user whose environment says that they are a seat's."""
    wanted = f"XDG_RUNTIME_DIR={runtime}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def main() -> None:
    file = Path(sys.argv[1])
    try:
        Upkeep(Wanted.read(file), file).run()
    except LabError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()

"""Connects to a name as RFC 8305 says (Happy Eyeballs, version 2), and shows the race.

Both families are asked for at once. When addresses of IPv6 are there a connection is attempted at
once; those of IPv4 alone wait for the others for the Resolution Delay (section 3). The families
take turns (section 4), each attempt begins a Connection Attempt Delay after the one before or as
soon as that has failed, and the first connection that stands ends the race (section 5).
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import queue
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

RESOLUTION_DELAY = 0.050  # seconds; all of these are RFC 8305 section 8
ATTEMPT_DELAY = 0.250
LEAST_ATTEMPT_DELAY, MOST_ATTEMPT_DELAY = 0.100, 2.0
FIRST_FAMILY_COUNT = 1
PATIENCE = 30.0  # seconds until the race is given up
FAMILIES = {6: socket.AF_INET6, 4: socket.AF_INET}


class Candidate(NamedTuple):
    """An address that a connection may be attempted to; `family` is 4 or 6."""

    family: int
    address: tuple[object, ...]  # as `socket.connect` takes it

    def __str__(self) -> str:
        host, port = self.address[:2]
        return f"[{host}]:{port}" if self.family == 6 else f"{host}:{port}"


class Event(NamedTuple):
    """What happened in the race, and when: seconds since it began."""

    seconds: float
    what: str  # asked, answered, waiting, attempt, failed, connected, lost, gave up
    family: int | None = None
    where: str = ""
    why: str = ""


class Gone(Exception):
    """Nobody can be connected to; says why."""


def resolve(name: str, port: int, family: int) -> list[Candidate]:
    """The addresses of one family that the node's own resolver has, in its order (RFC 6724)."""
    found = socket.getaddrinfo(name, port, FAMILIES[family], socket.SOCK_STREAM)
    return list(dict.fromkeys(Candidate(family, one[4]) for one in found))


def interleaved(
    six: Iterable[Candidate], four: Iterable[Candidate], first: int = FIRST_FAMILY_COUNT
) -> list[Candidate]:
    """The order of attempts: `first` addresses of IPv6, and then the families by turns."""
    six, four = list(six), list(four)
    found, rest = six[:first], six[first:]
    while rest or four:
        found += four[:1] + rest[:1]
        four, rest = four[1:], rest[1:]
    return found


class Race:
    """One connection by Happy Eyeballs. `run` gives the socket, and `events` is what happened."""

    def __init__(
        self,
        name: str,
        port: int,
        *,
        resolution_delay: float = RESOLUTION_DELAY,
        attempt_delay: float = ATTEMPT_DELAY,
        patience: float = PATIENCE,
        families: Iterable[int] = (6, 4),
        ask: Callable[[str, int, int], list[Candidate]] = resolve,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.name, self.port = name, port
        self.events: list[Event] = []
        self._resolution_delay, self._attempt_delay = resolution_delay, attempt_delay
        self._patience, self._families = patience, tuple(families)
        self._ask, self._tell = ask, tell
        self._answers: queue.SimpleQueue[tuple[int, list[Candidate] | Exception]]
        self._answers = queue.SimpleQueue()
        self._found: dict[int, list[Candidate]] = {}
        self._tried: list[Candidate] = []
        self._open: dict[socket.socket, Candidate] = {}
        self._last_attempt: float | None = None
        self._four_came: float | None = None

    def run(self) -> socket.socket:
        """The connection that won. Raises Gone."""
        self._began = time.monotonic()
        self._wake, waker = socket.socketpair()
        with selectors.DefaultSelector() as self._selector, self._wake, waker:
            self._selector.register(self._wake, selectors.EVENT_READ)
            for family in self._families:
                self._say("asked", family)
                threading.Thread(target=self._answer, args=(family, waker), daemon=True).start()
            try:
                return self._compete()
            finally:
                for one, candidate in list(self._open.items()):
                    self._say("lost", candidate.family, str(candidate))
                    self._close(one)

    def _compete(self) -> socket.socket:
        while True:
            if self._now() > self._patience:
                self._say("gave up")
                raise Gone(f"{self.name}: nobody answers within {self._patience:g} s.")
            self._attempt_if_it_is_time()
            pending = len(self._found) < len(self._families)
            if not self._open and not self._left() and not pending:
                raise Gone(
                    f"{self.name}: no connection to any of its addresses."
                    if self._tried
                    else f"{self.name}: no address of it is known."
                )
            for key, _mask in self._selector.select(self._until_the_next()):
                if key.fileobj is self._wake:
                    self._wake.recv(16)
                    self._take_answers()
                elif winner := self._finished(key.fileobj):
                    return winner

    # Names

    def _answer(self, family: int, waker: socket.socket) -> None:
        try:
            self._answers.put((family, self._ask(self.name, self.port, family)))
        except OSError as error:
            self._answers.put((family, error))
        with suppress(OSError):  # the race is over
            waker.send(b".")

    def _take_answers(self) -> None:
        while not self._answers.empty():
            family, found = self._answers.get()
            self._found[family] = [] if isinstance(found, Exception) else found
            if isinstance(found, Exception):
                self._say("answered", family, "", str(found.args[-1]) if found.args else "")
            else:
                self._say("answered", family, ", ".join(map(str, found)))
            if family == 4:
                self._four_came = self._now()

    def _left(self) -> list[Candidate]:
        """Whom to try, in this order. An answer that comes late joins in (section 3)."""
        every = interleaved(self._found.get(6, ()), self._found.get(4, ()))
        left = [one for one in every if one not in self._tried]
        if self._tried and len({one.family for one in left}) > 1:
            # The other family's turn, whoever came first.
            left.sort(key=lambda one: one.family == self._tried[-1].family)
        return left

    # Attempts

    def _attempt_if_it_is_time(self) -> None:
        while self._left() and self._next_attempt() <= self._now():
            self._attempt(self._left()[0])

    def _next_attempt(self) -> float:
        """When the next attempt is to begin, if there is one."""
        if self._last_attempt is not None:
            return self._last_attempt + self._attempt_delay if self._open else 0.0
        if 6 in self._families and 6 not in self._found and self._four_came is not None:
            return self._four_came + self._resolution_delay
        return 0.0

    def _until_the_next(self) -> float:
        when = self._patience
        if self._left():
            when = min(when, self._next_attempt())
        return max(0.0, when - self._now()) + 0.0005

    def _attempt(self, candidate: Candidate) -> None:
        self._tried.append(candidate)
        self._last_attempt = self._now()
        self._say("attempt", candidate.family, str(candidate))
        one = socket.socket(FAMILIES[candidate.family], socket.SOCK_STREAM)
        one.setblocking(False)
        code = one.connect_ex(candidate.address)
        if code not in (0, errno.EINPROGRESS):
            self._say("failed", candidate.family, str(candidate), os.strerror(code))
            one.close()
            return
        self._open[one] = candidate
        self._selector.register(one, selectors.EVENT_WRITE)

    def _finished(self, one: object) -> socket.socket | None:
        """The connection, if that is what became of an attempt."""
        assert isinstance(one, socket.socket)
        candidate = self._open[one]
        code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._say("failed", candidate.family, str(candidate), os.strerror(code))
            self._close(one)
            return None
        self._say("connected", candidate.family, str(candidate))
        self._selector.unregister(one)
        del self._open[one]
        one.setblocking(True)
        return one

    def _close(self, one: socket.socket) -> None:
        self._selector.unregister(one)
        del self._open[one]
        one.close()

    def _now(self) -> float:
        return time.monotonic() - self._began

    def _say(self, what: str, family: int | None = None, where: str = "", why: str = "") -> None:
        event = Event(self._now(), what, family, where, why)
        self.events.append(event)
        self._tell(event)


def written(event: Event) -> str:
    """A line of the race."""
    kind = {6: "AAAA", 4: "A"} if event.what in ("asked", "answered") else {6: "IPv6", 4: "IPv4"}
    parts = [
        f"{event.seconds * 1000:7.0f} ms",
        f"{kind.get(event.family or 0, ''):4}",
        event.what,
        event.where,
    ]
    text = "  ".join(one for one in parts if one)
    return f"{text}: {event.why}" if event.why else text


def milliseconds(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text) / 1000
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is no number of milliseconds") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"{text} is not between {least * 1000:g} and {most * 1000:g} milliseconds"
            )
        return value

    return read


def port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to 65535")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="happy-eyeballs",
        description="Connect to NAME as RFC 8305 says, and show the race of the two families.",
    )
    parser.add_argument("name", metavar="NAME", help="a name, or an address")
    parser.add_argument("port", metavar="PORT", nargs="?", type=port, default=80, help="80")
    parser.add_argument(
        "--attempt-delay",
        metavar="MS",
        type=milliseconds(LEAST_ATTEMPT_DELAY, MOST_ATTEMPT_DELAY),
        default=ATTEMPT_DELAY,
        help="between two attempts: 250 (100 to 2000)",
    )
    parser.add_argument(
        "--resolution-delay",
        metavar="MS",
        type=milliseconds(0, MOST_ATTEMPT_DELAY),
        default=RESOLUTION_DELAY,
        help="that A waits for AAAA: 50",
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("-4", dest="families", action="store_const", const=(4,), help="IPv4 alone")
    only.add_argument("-6", dest="families", action="store_const", const=(6,), help="IPv6 alone")
    parser.add_argument("--json", action="store_true", help="the events, one a line")
    given = parser.parse_args(arguments)

    def tell(event: Event) -> None:
        print(json.dumps(event._asdict()) if given.json else written(event), flush=True)

    race = Race(
        given.name,
        given.port,
        resolution_delay=given.resolution_delay,
        attempt_delay=given.attempt_delay,
        families=given.families or (6, 4),
        tell=tell,
    )
    try:
        race.run().close()
    except Gone as gone:
        print(f"happy-eyeballs: {gone}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0

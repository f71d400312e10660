"""A seat's notebook server: its account, its environment, its bounds."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from typing import Any as Anything

from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import random_port
from traitlets import Any

from ipv6lab.classroom import bounds, folder, ground, tokens
from ipv6lab.classroom.folder import Seat
from ipv6lab.classroom.forking.copies import Copy
from ipv6lab.classroom.hub.signing_in import Roster
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.seat import serving

_ports: set[int] = set()  # no two servers that start at the same time get the same one


class SeatSpawner(LocalProcessSpawner):  # type: ignore[misc]
    """Starts it as a copy of the fork server where there is one, else as a program."""

    wanted: Wanted
    roster: Roster
    bound: bounds.Bounds
    proc = Any(None, allow_none=True)  # a program, or a copy

    @property
    def seat(self) -> Seat:
        found = self.roster.now().seat_of(self.user.name)
        if found is None:
            raise RuntimeError(f"{self.user.name} has no seat in this class")
        return found

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        seat, wanted = self.seat, self.wanted
        found = self.roster.now()
        env |= serving.environment(found, seat, wanted.run_folder)
        token = tokens.sign(
            folder.secret(found, "tokens"), tokens.seat_name(seat.number), 7 * tokens.DAY
        )
        env |= {
            serving.BOARD: f"https://localhost:{wanted.board_port}",
            serving.TOKEN: token,
        }
        return env

    def get_args(self) -> list[str]:
        return [*super().get_args(), *serving.arguments(self.seat.language, self.wanted.run_folder)]

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        number, bound, root = self.seat.number, self.bound, os.geteuid() == 0
        account = self.wanted.accounts.uid(number)
        home = str(self.roster.now().home(number))

        def become() -> None:
            os.setsid()
            bound.admit(number, os.getpid())
            if root:
                os.setgroups([])
                os.setresgid(account, account, account)
                os.setresuid(account, account, account)
            os.umask(0o077)
            os.chdir(home)

        return become

    async def start(self) -> Anything:
        found, seat = self.roster.now(), self.seat
        accounts = self.wanted.accounts
        ground.make_home(found, seat.number, accounts)
        serving.make_runtime(seat.number, self.wanted.run_folder, accounts)
        port = random_port()
        while port in _ports:
            port = random_port()
        _ports.add(port)
        self.port = port
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.wanted.fork_socket))
            environment = self.get_env()
            request = {
                "seat": seat.number,
                "home": str(found.home(seat.number)),
                "name": seat.account,
                "argv": self.get_args(),
                "env": environment,
            }
            copy = await asyncio.to_thread(Copy, connection, request)
        except OSError as error:
            connection.close()
            if self.wanted.fork:
                self.log.warning(
                    "The fork server does not answer (%s): %s starts without it",
                    error,
                    seat.account,
                )
            await super().start()
            return ("127.0.0.1", self.port)
        self.proc, self.pid = copy, copy.pid
        return ("127.0.0.1", self.port)

    async def stop(self, now: bool = False) -> None:
        _ports.discard(self.port)
        await super().stop(now=now)


def command() -> list[str]:
    """The server as a program of its own."""
    return [sys.executable, "-m", "ipv6lab.classroom.seat.serving"]

"""A node of the lab, as Python sees it: ``lab.host("pc1")``."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ipv6lab.course.running import check_login
from ipv6lab.notebook import validation
from ipv6lab.notebook.following import Ended, follow
from ipv6lab.notebook.output import Output, show_end
from ipv6lab.notebook.session import Session
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

SHELL = "/bin/bash"
# A program whose output is no terminal keeps it back; with this, coreutils' own means, it tells
# every line at once.
LINE_BY_LINE = {"_STDBUF_O": "L", "LD_PRELOAD": "/usr/libexec/coreutils/libstdbuf.so"}


@dataclass(frozen=True)
class Done:
    """What a program on a node ended with: its exit status, and what it wrote."""

    status: int
    output: str
    errors: str

    def __str__(self) -> str:
        return self.output + self.errors


class Host:
    """One node. Everything that is done here is recorded as one's work, as in a terminal."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self.name = session.check_node(name)

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(self.interfaces)}>"

    @property
    def interfaces(self) -> list[str]:
        """The names of its interfaces."""
        return list(self._session.description()["nodes"][self.name]["interfaces"])

    @property
    def addresses(self) -> dict[str, list[str]]:
        """What each interface has now, as ``{"eth0": ["fe80::1/64"]}``, the loopback's too."""
        own = self._session.addresses()[self.name]
        return {interface: list(found["addresses"]) for interface, found in own.items()}

    def run(self, command: str | Sequence[str]) -> Done:
        """Run a program, or a line for the shell; returns when it has ended.

        >>> lab.host("pc1").run("ip -6 route").output  # doctest: +SKIP
        """
        told = {"O": bytearray(), "S": bytearray()}
        ended = self._follow(command, lambda kind, data: told[kind].extend(data))
        texts = [told[kind].decode(errors="replace") for kind in "OS"]
        return Done(ended.status, *texts)

    def show(self, command: str) -> Ended:
        """Run lines for the shell, and show what they say in the cell as they say it."""
        output = Output(self._session.said)
        began = time.monotonic()
        try:
            # Both streams in one, as a terminal has them, so that their order is right.
            ended = self._follow(command, output.take, together=True)
        finally:
            output.end()
        show_end(ended, time.monotonic() - began, self._session.said)
        if ended.unrecorded is not None:
            print(self._session.said(ended.unrecorded))
        self._session.tell({"event": "command", "node": self.name, "status": ended.status})
        return ended

    def _follow(self, command: str | Sequence[str], take: Any, together: bool = False) -> Ended:
        self.enter()
        if isinstance(command, str):
            # On the first line, so that the numbers in the shell's complaints are right.
            script = f"exec 2>&1; {command}" if together else command
            argv, record = [SHELL, "-c", script], command
        else:
            argv, record = list(command), True  # type: ignore[assignment]
        environment = dict(LINE_BY_LINE)
        if "NO_COLOR" in os.environ:
            environment["NO_COLOR"] = os.environ["NO_COLOR"]
        channel = self._session.lab.open(
            "exec", node=self.name, argv=argv, env=environment, cwd=None, pty=None, record=record
        )
        channel.end_input()
        return follow(channel, take)

    def read(self, path: str) -> str:
        """The text of a file. Raises LabError when it cannot be read."""
        done = self._quietly(["cat", "--", path])
        if done.status:
            raise LabError(
                _("{node}: {reason}.", node=self.name, reason=done.errors.strip() or path)
            )
        return done.output

    def write(self, path: str, text: str) -> list[validation.Complaint]:
        """Write a file whole; what the program that it is for complains about.

        Only on one's own nodes. A text that begins with ``#!`` becomes a program.
        """
        session = self._session
        if self.name not in session.own_nodes:
            raise LabError(
                _(
                    "{node} is not yours to configure; yours are {nodes}.",
                    node=self.name,
                    nodes=", ".join(session.own_nodes),
                )
            )
        if not path.startswith("/") or path.endswith("/") or ".." in path.split("/"):
            raise LabError(
                _("{path} is no place for a file; it begins with a slash: /etc/…", path=path)
            )
        if text and not text.endswith("\n"):
            text += "\n"
        file = {
            "node": self.name,
            "path": path.lstrip("/"),
            "mode": 0o755 if text.startswith("#!") else 0o644,
            "content": base64.b64encode(text.encode()).decode("ascii"),
        }
        session.lab.request("apply", files=[file], commands=[], answers={}, record=True)
        session.tell({"event": "file", "node": self.name, "path": path})
        return self.complaints(path, text)

    def complaints(self, path: str, text: str) -> list[validation.Complaint]:
        """What the program that a file is for says is wrong with it; nothing where none says."""
        checker = validation.checker(path, text)
        if checker is None:
            return []
        done = self._quietly(checker.command(path))
        return checker.complaints(path, text, done.status, done.errors + done.output)

    def _quietly(self, argv: Sequence[str]) -> Done:
        """Run a program that is no part of anybody's work."""
        channel = self._session.lab.open(
            "exec", node=self.name, argv=list(argv), env={}, cwd=None, pty=None
        )
        channel.end_input()
        told = {"O": bytearray(), "S": bytearray()}
        ended = follow(channel, lambda kind, data: told[kind].extend(data))
        return Done(ended.status, *(told[kind].decode(errors="replace") for kind in "OS"))

    def enter(self) -> None:
        """Raise LabError where a trainee cannot log in."""
        session = self._session
        own, visits = session.own_nodes, session.exercise.visits
        check_login(self.name, {"nodes": session.nodes, "own": own, "visits": visits})

"""Labs and commands for the tests of the sandbox."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import Any

from ipv6lab import sandbox
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import Unsupported
from tests.backends import no_lab

TWO_HOSTS = """
from mininet.topo import Topo

class TwoHosts(Topo):
    def build(self):
        self.addSwitch("lan", dpid="1")
        for name in ("a", "b"):
            self.addHost(name)
            self.addLink(name, "lan", intfName1="eth0")
"""


def build_request(**start: str) -> dict[str, Any]:
    """A network of two hosts; `start` is what is typed on them."""
    return {
        "topology": {"files": {"two": TWO_HOSTS}, "module": "two", "name": "TwoHosts"},
        "plan": {},
        "checks": {},
        "start": {
            "files": [],
            "commands": [{"node": node, "script": script} for node, script in start.items()],
        },
    }


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


def run(lab: Lab, node: str, *argv: str, given: bytes = b"") -> Ran:
    """Run a program on a node to its end."""
    channel = lab.open("exec", node=node, argv=list(argv))
    if given:
        channel.send(given)
    channel.end_input()
    got: dict[str, list[bytes]] = {"O": [], "S": []}
    for kind, data in channel:
        if kind in got:
            got[kind].append(data)
        if kind == "X":
            out, err = (b"".join(got[k]).decode(errors="replace") for k in "OS")
            return Ran(data["status"], out, err)
    raise AssertionError("a channel ends with an answer")


def processes() -> dict[int, str]:
    """The sandbox processes that descend from this test: pid and command line."""
    return descendants({os.getpid()})


def descendants(roots: set[int]) -> dict[int, str]:
    """The pids and command lines of what descends from these, parents before children.

    A child's number may be lower than its parent's: they begin anew at the machine's highest.
    """
    words = ["ps", "-eo", "pid=,ppid=,args="]
    listing = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    children: dict[int, list[tuple[int, str]]] = {}
    for line in listing.splitlines():
        pid, parent, command = line.split(None, 2)
        if not command.startswith("ps "):
            children.setdefault(int(parent), []).append((int(pid), command))
    found: dict[int, str] = {}
    waiting = sorted(roots)
    while waiting:
        for pid, command in children.get(waiting.pop(0), []):
            found[pid] = command
            waiting.append(pid)
    return found


def agents(found: dict[int, str]) -> list[int]:
    """The agent's process among these, and then those of nodes; or the lab kernel's processes."""
    ours = ("/run/agent/boot", "ipv6lab-kernel ")
    return [pid for pid, command in found.items() if any(word in command for word in ours)]


def throwaway() -> Any:
    return _Built()


class _Built:
    def __enter__(self) -> Lab:
        self._context = sandbox.throwaway()
        try:
            lab = self._context.__enter__()
        except Unsupported as error:
            no_lab(error)
        lab.request("build", **build_request())
        return lab

    def __exit__(self, *error: Any) -> None:
        self._context.__exit__(*error)


def start(seat: int | None = 5, force: bool = False) -> Lab:
    try:
        lab = sandbox.start(seat, force)
    except Unsupported as error:
        no_lab(error)
    lab.request("build", **build_request())
    return lab

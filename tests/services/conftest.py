"""A router and a host on one link, in a throw-away sandbox; services are tried on the router."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import Unsupported
from tests.backends import no_lab

TOPOLOGY = """
from mininet.topo import Topo

class Office(Topo):
    def build(self):
        self.addSwitch("staff", dpid="1")
        self.addHost("r", kind="router")
        self.addHost("pc")
        self.addLink("r", "staff", intfName1="staff")
        self.addLink("pc", "staff", intfName1="eth0")
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class Node:
    """A node of the sandbox, as its administrator meets it."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab = lab
        self.name = name

    def run(self, *argv: str, given: bytes = b"") -> Ran:
        channel = self.lab.open("exec", node=self.name, argv=list(argv))
        if given:
            channel.send(given)
        channel.end_input()
        got: dict[str, list[bytes]] = {"O": [], "S": []}
        status = -1
        for kind, data in channel:
            if kind in got:
                got[kind].append(data)
            elif kind == "X":
                status = data["status"]
        out, err = (b"".join(got[kind]).decode(errors="replace") for kind in "OS")
        return Ran(status, out, err)

    def sh(self, script: str) -> Ran:
        return self.run("sh", "-c", script)

    def systemctl(self, *arguments: str) -> Ran:
        return self.run("systemctl", *arguments)

    def write(self, path: str, text: str) -> None:
        """Write a file; an existing one keeps its owner and mode."""
        ran = self.run(
            "sh", "-c", 'mkdir -p "$(dirname "$0")" && cat > "$0"', path, given=text.encode()
        )
        assert ran.status == 0, ran.err

    def show(self, unit: str, name: str) -> str:
        return self.systemctl("show", "-p", name, "--value", unit).out.strip()

    def wait(self, condition: str, seconds: float = 60) -> Ran:
        """Wait until a shell command succeeds on the node."""
        loop = f"until {condition}; do sleep 0.05; done"
        return self.run("timeout", str(seconds), "sh", "-c", loop)

    def unit(self, name: str, text: str) -> None:
        """Write a unit file of the administrator's."""
        self.write(f"/etc/systemd/system/{name}", text)
        self.systemctl("daemon-reload")


@pytest.fixture(scope="session")
def sandboxed(backend: str) -> Iterator[Lab]:
    """One sandbox for all tests; each test has the node to itself and leaves nothing running."""
    runtime = Path(tempfile.mkdtemp(prefix="v6-"))
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_RUNTIME_DIR", str(runtime))
    context = sandbox.throwaway()
    try:
        lab = context.__enter__()
    except Unsupported as error:
        patch.undo()
        shutil.rmtree(runtime)
        no_lab(error)
    try:
        yield lab
    finally:
        context.__exit__(None, None, None)
        patch.undo()
        shutil.rmtree(runtime)


def _request() -> dict[str, Any]:
    return {
        "topology": {"files": {"office": TOPOLOGY}, "module": "office", "name": "Office"},
        "plan": {},
        "checks": {},
        "start": {"files": [], "commands": []},
    }


@pytest.fixture(scope="module")
def lab(sandboxed: Lab) -> Lab:
    """A network as new for each file of tests."""
    if sandboxed in _built:
        sandboxed.request("reset")
    else:
        sandboxed.request("build", **_request())
        _built.append(sandboxed)
    return sandboxed


_built: list[Lab] = []


@pytest.fixture
def router(lab: Lab) -> Iterator[Node]:
    node = Node(lab, "r")
    yield node
    up = node.systemctl("list-units", "--no-legend", "--all").out
    names = [line.replace("●", " ").split()[0] for line in up.splitlines()]
    if names:
        node.systemctl("stop", *names)
        node.systemctl("reset-failed")


@pytest.fixture
def pc(lab: Lab) -> Node:
    return Node(lab, "pc")

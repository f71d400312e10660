"""The lab that this sandbox holds: its nodes, its network, how it came to be."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import secrets
from collections.abc import Callable, Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from ipv6lab import services, tools
from ipv6lab.agent.filming import Filming
from ipv6lab.agent.journal import Journal
from ipv6lab.agent.turns import Turns
from ipv6lab.linux import syscalls
from ipv6lab.linux.ids import BLOCKS, Block
from ipv6lab.network import description
from ipv6lab.network.net import LabNet
from ipv6lab.network.rates import LinkGuard
from ipv6lab.nodes import overlay_root
from ipv6lab.nodes.handle import NodeHandle
from ipv6lab.nodes.space import Space
from ipv6lab.openflow.placing import node_files
from ipv6lab.words import drawn_faults, lots, seal
from ipv6lab.words.errors import LabError
from ipv6lab.words.topology_texts import topology_class

ENGINE_LAYER = Path("/lower/engine")
EXERCISE = Path("/run/agent/exercise")
PLAN = Path("/run/agent/plan.json")
ANSWERS = Path("/run/agent/answers.json")
GIVEN = Path("/run/agent/ids.json")  # numbers of blocks, where other labs may have others
NETWORKS = Path("/run/netns")
DESCRIPTION = Path("/run/agent/network.json")
# Mbit/s of each port of the fabric: a trainee's loop does not eat the machine.
PORT_RATE = 1000.0
GUARD_PAUSE = 0.003  # seconds between two looks at a node's links


class Lab:
    """What was built, and how to build it again."""

    def __init__(
        self,
        tell: Callable[[dict[str, Any]], None],
        node_died: Callable[[NodeHandle], None],
    ) -> None:
        self._node_died = node_died
        self.journal = Journal(tell)
        self.turns = Turns()
        self.request: dict[str, Any] | None = None
        self._nodes: dict[str, NodeHandle] = {}
        self._blocks: dict[str, Block] = {}  # by node; one that is renewed keeps its files' owner
        self._places = itertools.count(1)
        self._guards: dict[str, LinkGuard] = {}
        self.net: LabNet | None = None
        self.answers: dict[str, Any] = {}
        # Told when nodes have other namespaces than before: an open socket would keep the old.
        self.watchers: set[Callable[[], None]] = set()
        self.filming: Filming | None = None

    @property
    def nodes(self) -> dict[str, NodeHandle]:
        return self._nodes

    def node(self, name: str) -> NodeHandle:
        """The node called ``name``. Raises LabError when there is none."""
        try:
            return self._nodes[name]
        except KeyError:
            raise LabError(
                "There is no node {name} here; the nodes are {nodes}.",
                name=name,
                nodes=", ".join(self._nodes) or "not built yet",
            ) from None

    def build(self, request: dict[str, Any]) -> None:
        """Build nodes and links: ``topology`` (``files`` by module, ``module``, ``name``),
        ``plan``, ``checks`` (file name to source), ``trainee`` (the nodes whose work is recorded;
        all where it says nothing), ``secret`` (what is drawn here: ``patterns``, ``faults``, and
        ``bits`` or the ``seal`` and what is ``bound`` into it), ``until`` (epoch seconds: what is
        recorded later is told apart)."""
        self.request = request
        self.journal.follow(request.get("trainee"))
        self.journal.end_at(request.get("until"))
        EXERCISE.mkdir(exist_ok=True)
        plan = {**request["plan"], **self._draw(request)}
        for name, source in request["checks"].items():
            (EXERCISE / name).write_text(source, encoding="utf-8")
        PLAN.write_text(json.dumps(plan), encoding="utf-8")
        self.answers.clear()
        self.answer({})
        topology = request["topology"]
        topo = topology_class(topology["files"], topology["module"], topology["name"])
        # Mininet builds in its constructor.
        self.net = LabNet(topo(), spaces=self._spaces, autoAddress=False, portRate=PORT_RATE)
        description.publish(self.net, NETWORKS)
        network = {**description.describe(self.net), "trainee": request.get("trainee", [])}
        DESCRIPTION.write_text(json.dumps(network), encoding="utf-8")
        for name in self._nodes:
            self._guard(name)
        self._tell_watchers()

    def _draw(self, request: dict[str, Any]) -> dict[str, str]:
        """What is drawn in secret: filled into the start state, and kept for the checks.

        The bits are in the request from then on, so that a lab made anew is the same.
        """
        wanted = request.get("secret")
        if not wanted:
            return {}
        if wanted["bits"] is None:
            made = secrets.token_bytes(lots.BITS)
            wanted["bits"] = made.hex()
            text = made + bytes.fromhex(wanted["bound"])
            wanted["sealed"] = seal.sealed(text, int(wanted["seal"], 16))
        bits = bytes.fromhex(wanted["bits"])
        lots.KEPT.write_text(wanted["bits"], encoding="ascii")
        values = lots.secrets_of(wanted["patterns"], bits)
        if wanted.get("faults"):
            drawn_faults.lay(request, bits)
        values |= drawn_faults.numbered(wanted.get("drawn") or [])
        start = request["start"]
        for script in start["commands"]:
            script["script"] = lots.put(script["script"], values)
        for file in start["files"]:
            content = base64.b64decode(file["content"])
            if b"{{" in content:
                filled = lots.put(os.fsdecode(content), values)
                file["content"] = base64.b64encode(os.fsencode(filled)).decode("ascii")
        return values

    def answer(self, answers: dict[str, Any]) -> None:
        """Keep answers to the exercise's questions for the grader; an empty one takes it back."""
        self.answers |= answers
        given = {name: answer for name, answer in self.answers.items() if answer}
        ANSWERS.write_text(json.dumps(given), encoding="utf-8")

    def renew(self, name: str, keep_files: bool) -> NodeHandle:
        """Give a node whose init has ended new namespaces; its links stay."""
        assert self.net is not None
        old = self._nodes[name]
        self.net.renew(name)
        new = self._nodes[name]
        if keep_files:
            new.scratch = old.scratch
        else:
            overlay_root.discard(old.scratch)
        description.publish_again(self.net, name, NETWORKS)
        self._guard(name)
        self._tell_watchers()
        return new

    def begin_film(self) -> None:
        """Record what happens from now on, until the lab ends or is built anew."""
        self.end_film()
        self.filming = Filming(self.watchers)

    def end_film(self) -> None:
        if self.filming is not None:
            self.filming.close()
            self.filming = None

    async def clear(self) -> None:
        """Let go of every node and link."""
        self.end_film()
        for name in list(self._guards):
            self._unguard(name)
        for node in self._nodes.values():
            await node.end()
            overlay_root.discard(node.scratch)
        self._nodes.clear()
        for place in NETWORKS.iterdir():
            syscalls.umount(str(place))
            place.unlink()
        if self.net is not None:
            self.net.construction.close()
            self.net = None
        self._tell_watchers()

    def _guard(self, name: str) -> None:
        """Bind what a node's own links send."""
        assert self.net is not None
        self._unguard(name)
        direct = self.net.construction.direct_ports(self.net[name].site)
        guard = self._guards[name] = LinkGuard(self._nodes[name].space.net_fd, direct)
        loop = asyncio.get_running_loop()

        def look() -> None:
            # A node that changes its links without end does not take all of the agent's time.
            loop.remove_reader(guard.fileno())
            guard.look()
            loop.call_later(GUARD_PAUSE, watch)

        def watch() -> None:
            if self._guards.get(name) is guard:
                loop.add_reader(guard.fileno(), look)

        watch()

    def _unguard(self, name: str) -> None:
        guard = self._guards.pop(name, None)
        if guard is not None:
            asyncio.get_running_loop().remove_reader(guard.fileno())
            guard.close()

    def _tell_watchers(self) -> None:
        for tell in list(self.watchers):
            tell()

    def _spaces(self, names: list[str]) -> Iterable[Space]:
        spaces = Space.create_all({name: self._block(name) for name in names})
        for name in names:
            scratch = f"{overlay_root.PLACES}/{next(self._places)}"
            megabytes = overlay_root.disk_of(len(self._blocks))
            self._nodes[name] = NodeHandle(spaces[name], scratch, self._node_died, megabytes)
        return [spaces[name] for name in names]

    def _block(self, name: str) -> Block:
        """The ids of a node, of those that this sandbox was given."""
        if name not in self._blocks:
            given = json.loads(GIVEN.read_text("ascii")) if GIVEN.exists() else range(BLOCKS)
            if len(self._blocks) == len(given):
                raise LabError(
                    "This lab was started with ids for {count} nodes, and has none for {node}.",
                    count=len(given),
                    node=name,
                )
            self._blocks[name] = Block(given[len(self._blocks)])
        return self._blocks[name]


def lay_engine_layer() -> None:
    """Put what the engine brings into every node's root: ``systemctl``, our tools, their kin."""
    for path, (mode, content) in {
        **services.client_files(),
        **tools.files(),
        **node_files(),
    }.items():
        target = ENGINE_LAYER / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
    shells = Path("/lower/skeleton/etc/bash.bashrc").read_bytes()
    recorder = files("ipv6lab.nodes").joinpath("files/recorder.bash").read_bytes()
    (ENGINE_LAYER / "etc").mkdir(exist_ok=True)
    (ENGINE_LAYER / "etc/bash.bashrc").write_bytes(shells + recorder)

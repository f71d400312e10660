"""Switches of Open vSwitch with Mininet's methods, for programs whose own namespace is the fabric.

Their datapath is the one in user space, which every kernel has; the daemons are the image's own.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from mininet.log import info, warn
from mininet.node import Node, OVSSwitch

from ipv6lab.network.interfaces import LabIntf
from ipv6lab.network.nodes import Numbered
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

TUN = Path("/dev/net/tun")  # through which the datapath in user space reaches the kernel


@cache
def is_there() -> bool:
    """Whether this program may have Open vSwitch: it needs TUN devices."""
    try:
        os.close(os.open(TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return True


@cache
def _begin() -> None:
    """Start the daemons, once for a program. Raises LabError."""
    _run("systemctl start openvswitch-switch")
    info("*** Open vSwitch's datapath is the one in user space: the kernel's is left out\n")


class LabOpenVSwitch(Numbered, OVSSwitch):  # type: ignore[misc]
    """A switch of Open vSwitch: Mininet's `OVSSwitch`, with its parameters.

    `datapath` is always that in user space. What Open vSwitch refuses (an unknown `failMode`, a
    protocol that does not exist) is raised as LabError when the switch is started.
    """

    def __init__(
        self,
        name: str,
        failMode: str = "secure",
        datapath: str = "user",
        inband: bool = False,
        protocols: str | None = None,
        reconnectms: int | None = 1000,
        stp: bool = False,
        batch: bool = False,
        dpid: str | None = None,
        opts: str = "",
        listenPort: int | None = None,
        inNamespace: bool = False,
        **params: Any,
    ) -> None:
        if inNamespace:
            raise LabError(
                _(
                    "Switch {name} of Open vSwitch cannot have a namespace of its own: "
                    "leave inNamespace out.",
                    name=name,
                )
            )
        # Not Switch.__init__, which starts a shell in order to configure the loopback interface.
        Node.__init__(self, name, inNamespace=False, **params)
        self.dpid = self.defaultDpid(dpid)
        self.opts = opts
        self.listenPort = listenPort
        self.controlIntf = LabIntf("lo", self, port=0)
        self.failMode = failMode
        self.datapath = "user"
        self.inband = inband
        self.protocols = protocols
        self.reconnectms = reconnectms
        self.stp = stp
        self.batch = batch
        self.commands: list[str] = []
        self._uuids: list[str] = []

    @classmethod
    def setup(cls) -> None:
        """Start Open vSwitch, unless it runs."""
        _begin()

    @classmethod
    def isOldOVS(cls) -> bool:
        return False

    def start(self, controllers: Iterable[Any] | None = ()) -> None:
        """Make the bridge with all its ports."""
        there = [_bracketed(one) for one in controllers or () if one is not None]
        if self.stp and self.failMode != "standalone":
            warn(f"*** Switch {self.name} has no spanning tree: stp needs failMode=standalone\n")
        self.construction.flush()
        super().start(there)

    def vsctl(self, *args: Any, **_options: Any) -> str | None:
        """Run ovs-vsctl; what it says. Raises LabError with its own words if it refuses."""
        words = " ".join(str(one).strip() for one in args)
        if self.batch:
            self.commands.append(words)
            return None
        return _run(f"ovs-vsctl {words}")

    @classmethod
    def batchStartup(cls, switches: Sequence[Any], run: Any = None) -> Sequence[Any]:
        """Start what was held back, in as few commands as the length of one allows."""
        if any(switch.commands for switch in switches):
            super().batchStartup(switches, run or _run)
        for switch in switches:
            switch.commands, switch.batch = [], False
        return switches

    def stop(self, deleteIntfs: bool = True) -> None:
        """Remove the bridge, end the shell, and if so asked remove the switch's links."""
        stop_all([self])
        if deleteIntfs:
            self.deleteIntfs()
        self.terminate()

    @classmethod
    def batchShutdown(cls, switches: Sequence[Any], _run: Any = None) -> Sequence[Any]:
        stop_all(switches)
        for switch in switches:
            switch.terminate()
        return switches


def stop_all(switches: Sequence[Any]) -> None:
    """Remove the bridges of these switches."""
    if switches:
        _run("ovs-vsctl " + " -- ".join(f"--if-exists del-br {one.name}" for one in switches))


def _bracketed(controller: Any) -> Any:
    """A controller as `OVSSwitch.start` asks it, whose IPv6 address can be told from its port."""
    address = controller.IP()
    if ":" not in str(address):
        return controller
    return SimpleNamespace(
        name=controller.name,
        protocol=controller.protocol,
        port=controller.port,
        IP=lambda: f"[{address}]",
    )


def _run(command: str, shell: bool = True) -> str:
    """Run a command of Open vSwitch's; what it said. Raises LabError with its own words."""
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().removeprefix("ovs-vsctl: ")
        raise LabError(_("Open vSwitch refuses this: {reason}", reason=reason))
    return done.stdout

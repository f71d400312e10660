"""A Mininet whose network is made by netlink."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from mininet import util
from mininet.log import error, info, output
from mininet.net import Mininet
from mininet.node import (
    Controller,
    DefaultController,
    OVSController,
    OVSSwitch,
    RemoteController,
    Switch,
    findController,
)
from mininet.nodelib import LinuxBridge

from ipv6lab.network import open_vswitch
from ipv6lab.network.construction import Construction
from ipv6lab.network.controllers import LearningController, at_address
from ipv6lab.network.interfaces import LabIntf, LabLink
from ipv6lab.network.mininet_classes import on_netlink
from ipv6lab.network.nodes import LabHost, LabNode, LabSwitch
from ipv6lab.network.spaces import PlainSpace, SpaceLike
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

# Mininet's own, whose programs are not in the image.
REFERENCE = (Controller, DefaultController, OVSController)
IPERF_SECONDS = 5  # of silence, after which a server will say nothing more


def _no_bridge(name: str, kind: str) -> LabError:
    return LabError(
        _(
            "Switch {name} is to be a {kind}, but switches here are Linux bridges, or "
            "Open vSwitch's: leave its class out.",
            name=name,
            kind=kind,
        )
    )


class LabNet(Mininet):  # type: ignore[misc]
    """Mininet for IPv6 labs.

    A drop-in for `mininet.net.Mininet`: topologies, programs and node classes written for that work
    on it. Switches are Linux bridges in a namespace of their own, the *fabric*; no controller is
    started unless one is asked for; MAC addresses are the same in every run.

    `spaces` makes the nodes' spaces from their names; `portRate` (Mbit/s) bounds what each fabric
    port sends; `autoAddress=False` leaves out the IPv4 addresses that Mininet gives by itself.
    Nothing is ever cleaned up: what `stop` lets go of, the kernel removes.

    Where `ownFabric` is set, the fabric is the namespace of the program itself, as Mininet's is,
    and a switch may be one of Open vSwitch.

    ::

        net = LabNet(topo=Staff(), autoAddress=False)
        net.start()
        net.get("pc1").cmd("ip -6 address")
    """

    ownFabric = False

    def __init__(
        self,
        topo: Any = None,
        *,
        switch: Any = LabSwitch,
        host: Any = LabHost,
        controller: Any = DefaultController,
        link: Any = LabLink,
        intf: Any = LabIntf,
        spaces: Callable[[list[str]], Iterable[SpaceLike]] = PlainSpace.create_all,
        portRate: float | None = None,
        autoAddress: bool = True,
        **options: Any,
    ) -> None:
        self.construction = Construction(spaces, portRate, self.ownFabric)
        self.autoAddress = autoAddress
        self._classes: dict[Any, Any] = {}
        self._bridged: list[str] = []  # switches of Open vSwitch that became bridges
        self._unled = topo is not None and controller is DefaultController
        # Mininet would count processors by a process, and raise limits of the machine as its root.
        # This is where it keeps that it has done so.
        util.numCores.ncores = os.cpu_count() or 1
        Mininet.inited = True
        super().__init__(
            topo,
            switch=switch,
            host=host,
            controller=None if controller is DefaultController else controller,
            link=link,
            intf=intf,
            **options,
        )

    @property
    def fabric_fd(self) -> int:
        """The network namespace of bridges and ports."""
        self.construction.flush()
        return self.construction.fabric.net_fd

    def addHost(self, name: str, cls: Any = None, **params: Any) -> Any:
        """Add a host; its class may be one that was written for Mininet."""
        if not self.autoAddress:
            params.setdefault("ip", None)
        chosen = on_netlink(cls or self.host, LabNode, default=LabHost)
        return super().addHost(name, cls=self._own(chosen), **params)

    def addSwitch(self, name: str, cls: Any = None, **params: Any) -> Any:
        """Add a switch, a Linux bridge; inNamespace=True makes it a node of its own.

        Where Open vSwitch cannot run, a switch of it that nobody steers from elsewhere does what a
        bridge does, and becomes one. Raises LabError for Mininet's other kinds of switch.
        """
        wanted = cls or self.switch
        if wanted in (Switch, LinuxBridge):
            wanted = LabSwitch
        kind = wanted.func if isinstance(wanted, partial) else wanted
        if isinstance(kind, type) and issubclass(kind, OVSSwitch):
            if self.ownFabric and open_vswitch.is_there():
                chosen = on_netlink(wanted, open_vswitch.LabOpenVSwitch)
                return super().addSwitch(name, cls=self._own(chosen), **params)
            self._bridged.append(name)
            self._check_unsteered()
            info(f"*** Switch {name} is a Linux bridge: Open vSwitch needs {open_vswitch.TUN}\n")
            wanted = LabSwitch
        if not (isinstance(wanted, type) and issubclass(wanted, LabSwitch)):
            raise _no_bridge(name, getattr(wanted, "__name__", str(wanted)))
        return super().addSwitch(name, cls=self._own(wanted), **params)

    def _check_unsteered(self) -> None:
        """Raise LabError where a controller elsewhere is to fill the tables of a switch."""
        if self._bridged and any(isinstance(one, RemoteController) for one in self.controllers):
            raise LabError(
                _(
                    "Switch {name} is to be steered by a controller, but Open vSwitch needs "
                    "{device}, which is not for you here: ipv6lab doctor says what helps.",
                    name=self._bridged[0],
                    device=str(open_vswitch.TUN),
                )
            )

    def addController(self, name: Any = "c0", controller: Any = None, **params: Any) -> Any:
        """Add a controller; None where none is meant, or none is missed.

        Mininet's reference controller is Ryu's learning switch here, for programs; labs have none.
        `ip` is of either family.
        """
        wanted = controller or self.controller
        if isinstance(name, str):
            if wanted is None or (wanted in REFERENCE and not findController()):
                if not self.ownFabric:
                    info(f"*** No controller {name}: the switches learn by themselves\n")
                    return None
                wanted = LearningController
            if isinstance(wanted, type) and str(params.get("ip", "")).count(":") > 1:
                wanted = at_address(wanted, params.pop("ip").strip("[]"))
        added = super().addController(name, wanted, **params)
        if isinstance(added, LearningController):
            added.net = self
        self._check_unsteered()
        return added

    def _own(self, cls: Any) -> Any:
        """The class `cls` of this network's own nodes, which know where they are built."""
        if isinstance(cls, partial):
            return partial(self._own(cls.func), *cls.args, **cls.keywords)
        if cls not in self._classes:
            attributes = {"construction": self.construction, "__module__": cls.__module__}
            self._classes[cls] = type(cls.__name__, (cls,), attributes)
        return self._classes[cls]

    def addLink(
        self,
        node1: Any,
        node2: Any,
        port1: int | None = None,
        port2: int | None = None,
        cls: Any = None,
        **params: Any,
    ) -> Any:
        """Add a link; addr1 and addr2 are MAC addresses, derived from the names by default."""
        chosen = on_netlink(cls or self.link, LabLink)
        for option in ("addr1", "addr2"):
            params.setdefault(option, None)  # or Mininet would take random ones
        return super().addLink(node1, node2, port1, port2, cls=chosen, **params)

    def build(self) -> None:
        """Make everything that the topology describes, in a few batches."""
        with self.construction.together():
            super().build()

    def start(self) -> None:
        """Start controllers and switches: with Mininet's default controller where none is named."""
        if not self.built:
            self.build()
        if self._unled and not self.controllers and self.open_vswitches:
            self.addController("c0", Controller)
        super().start()

    @property
    def open_vswitches(self) -> list[open_vswitch.LabOpenVSwitch]:
        """The switches of Open vSwitch."""
        return [one for one in self.switches if isinstance(one, open_vswitch.LabOpenVSwitch)]

    def renew(self, name: str) -> None:
        """Give a node new namespaces and configure it again; the others keep everything.

        Its links stay. Its shell has to be started anew, and so does whatever ran on it.
        """
        node = self[name]
        node.terminate()
        self.construction.renew(node.site)
        for intf in node.intfList():
            intf.forget()
        if node in self.hosts:
            node.configDefault()

    def stop(self) -> None:
        """End the shells and let go of the network: the kernel removes it."""
        for controller in self.controllers:
            controller.stop()
        open_vswitch.stop_all(self.open_vswitches)
        for node in [*self.hosts, *self.switches]:
            node.terminate()
        self.construction.close()

    def configLinkStatus(self, src: str, dst: str, status: str) -> None:
        """Switch the links between two nodes `up` or `down`.

        A link to a switch of the fabric is switched there: the host sees its carrier go, and keeps
        its addresses, which a host's own `ip link set down` would take from it.
        """
        for name in (src, dst):
            if name not in self.nameToNode:
                error(f"{name} not in network\n")
                return
        links = self.linksBetween(self[src], self[dst])
        if not links:
            error(f"src and dst not connected: {src} {dst}\n")
        for link in links:
            ends = [link.intf1, link.intf2]
            for intf in [end for end in ends if end.node.site.fabric] or ends:
                intf.ifconfig(status)

    def ping(self, hosts: Any = None, timeout: Any = None) -> float:
        """Ping between hosts, over IPv6 where both have an address for others to use.

        `timeout` in seconds, as text or number. Returns the percentage of packets that were lost.
        """
        if not hosts:
            output("*** Ping: testing ping reachability\n")
        sent = lost = 0
        for *_pair, figures in self._ping_pairs(hosts or self.hosts, timeout):
            sent += figures[0]
            lost += figures[0] - figures[1]
        if not sent:
            output("*** Warning: No packets sent\n")
            return 0
        percent = 100.0 * lost / sent
        output(f"*** Results: {percent:.0f}% dropped ({sent - lost}/{sent} received)\n")
        return percent

    def pingFull(self, hosts: Any = None, timeout: Any = None) -> list[tuple[Any, Any, Any]]:
        """Ping as `ping` does; returns (source, destination, figures) of each pair.

        Figures are sent, received, and the round trip's minimum, mean, maximum and deviation in ms.
        """
        if not hosts:
            output("*** Ping: testing ping reachability\n")
        results = list(self._ping_pairs(hosts or self.hosts, timeout))
        output("*** Results: \n")
        for node, dest, figures in results:
            sent, received, *times = figures
            output(f" {node}->{dest}: {sent}/{received}, ")
            output("rtt min/avg/max/mdev {:0.3f}/{:0.3f}/{:0.3f}/{:0.3f} ms\n".format(*times))
        return results

    def iperf(
        self,
        hosts: Any = None,
        l4Type: str = "TCP",
        udpBw: str = "10M",
        fmt: str | None = None,
        seconds: int = 5,
        port: int = 5001,
    ) -> list[str]:
        """Measure the bandwidth between two hosts (the first and the last one) with iperf 2.

        Over IPv6 where both have an address for others to use. Returns what the server and what
        the client measured, for UDP after `udpBw`, the bandwidth that was offered. Raises LabError
        when they have no address in common, or iperf says nothing.
        """
        client, server = hosts or (self.hosts[0], self.hosts[-1])
        kinds = {"TCP": "", "UDP": " -u"}
        if l4Type not in kinds:
            raise LabError(_("{kind} is nothing for iperf; it is TCP or UDP.", kind=str(l4Type)))
        output("*** Iperf: testing", l4Type, "bandwidth between", client, "and", server, "\n")
        addresses = server.reachableIPs()
        common = addresses.keys() & client.reachableIPs().keys()
        if not common:
            raise LabError(
                _(
                    "{client} and {server} have no address in common for iperf: give them some.",
                    client=client.name,
                    server=server.name,
                )
            )
        words = f"iperf -p {port}{kinds[l4Type]}{' -V' if max(common) == 6 else ''}"
        words += f" -f {fmt}" if fmt else ""
        offered = f" -b {udpBw}" if l4Type == "UDP" else ""
        server.sendCmd(f"{words} -s")
        # Mininet's own method would connect with telnet to see whether it listens, and then wait
        # for a report on that, which iperf no longer gives.
        told = _monitored(server, "Server listening")
        asked = client.cmd(f"{words} -t {seconds} -c {addresses[max(common)]}{offered}")
        told = _monitored(server, "/sec", told)
        server.sendInt()
        server.waitOutput()
        result = [self._parseIperf(told), self._parseIperf(asked)]
        if offered:
            result.insert(0, udpBw)
        output(f"*** Results: {result}\n")
        return result

    def _ping_pairs(self, hosts: Any, timeout: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Ping between all pairs: source, destination and Mininet's figures of each."""
        addresses = {host: host.reachableIPs() for host in hosts}
        for node in hosts:
            output(f"{node.name} -> ")
            for dest in hosts:
                if dest is node:
                    continue
                common = addresses[node].keys() & addresses[dest].keys()
                figures = (0, 0, 0, 0, 0, 0)
                if common:
                    options = f"-W {timeout}" if timeout else ""
                    address = addresses[dest][max(common)]
                    figures = self._parsePingFull(node.cmd(f"ping -c1 {options} {address}"))
                yield node, dest, figures
                output(f"{dest.name} " if figures[1] else "X ")
            output("\n")


def _monitored(node: Any, wanted: str, told: str = "") -> str:
    """What a node's running command says until `wanted` is in it. Raises LabError if it never is.

    `told` is what it has said before.
    """
    while wanted not in told:
        data = node.monitor(timeoutms=IPERF_SECONDS * 1000)
        if not data:
            node.sendInt()
            node.waitOutput()
        if not data or not node.waiting:
            raise LabError(
                _("iperf does not work on {node}: {reason}", node=node.name, reason=told + data)
            )
        told += data
    return told

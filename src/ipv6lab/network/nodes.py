"""Hosts and switches with Mininet's methods: no shell before one is asked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import ip_address
from typing import Any

from mininet.node import Host, Node, Switch

from ipv6lab.network.construction import Construction, Site
from ipv6lab.network.interfaces import LabIntf
from ipv6lab.network.netlink import (
    Address,
    Netlink,
    Request,
    add_neighbour,
    add_route,
    set_link,
    wait_until,
)
from ipv6lab.network.spaces import Runner, SpaceLike
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

DAD_SECONDS = 4  # up to 1 s until the first solicitation and 1 s after it (RFC 4862), twice


class _OfTheShell:
    """An attribute that a node has from its shell: reading it starts the shell."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, node: LabNode | None, owner: type) -> Any:
        if node is None:
            return self
        if node.__dict__.get(self._name) is None:
            node._start()
        return node.__dict__[self._name]

    def __set__(self, node: LabNode, value: Any) -> None:
        node.__dict__[self._name] = value


class LabNode(Node):  # type: ignore[misc]
    """Mininet's `Node` on a `Construction`.

    What the network needs goes by netlink; `cmd`, `sendCmd`, `popen` and `pexec` run in the node's
    space, and the first of them that wants a shell starts it.
    """

    construction: Construction  # a class attribute: each LabNet has node classes of its own
    bridge: int | None = None  # the index of the bridge that its interfaces join
    _site: Site | None = None

    @property
    def site(self) -> Site:
        """The node's network namespace; the fabric's with inNamespace=False."""
        if self._site is None:
            shared = self.construction.fabric
            self._site = self.construction.site(self.name) if self.inNamespace else shared
        return self._site

    @property
    def space(self) -> SpaceLike:
        """The node's namespaces, once all that was wanted before has been made."""
        self.construction.flush()
        assert self.site.space is not None
        return self.site.space

    @property
    def netlink(self) -> Netlink:
        """A netlink socket in the node's network namespace."""
        self.construction.flush()
        return self.site.netlink

    def request(self, request: Request) -> None:
        """Change something in the node's network namespace."""
        self.construction.request(self.site, request)

    # Commands

    def startShell(self, mnopts: str | None = None) -> None:
        """Only see to the namespace: the shell starts when the first command wants it."""
        assert self.site

    def _start(self) -> None:
        if not self.shell:
            Node.startShell(self)

    # Programs that watch or trace the shell start it by asking for one of these.
    pid = _OfTheShell()
    stdin = _OfTheShell()
    stdout = _OfTheShell()
    pollOut = _OfTheShell()

    def __repr__(self) -> str:
        interfaces = ",".join(f"{intf.name}:{intf.IP()}" for intf in self.intfList())
        pid = self.shell.pid if self.shell else None
        return f"<{type(self).__name__} {self.name}: {interfaces} pid={pid}> "

    def _popen(self, cmd: list[str], **params: Any) -> Any:
        """Start a process in the node's space."""
        space = self.space
        if not isinstance(space, Runner):
            raise LabError(
                _("Node {node} runs no commands here: it is a network only.", node=self.name)
            )
        if cmd[0] == "mnexec":  # Node.startShell asks for `mnexec OPTIONS COMMAND…`
            cmd = cmd[2:]
        return space.popen(cmd, **params)

    def cmd(self, *args: Any, **kwargs: Any) -> Any:
        self._start()
        return super().cmd(*args, **kwargs)

    def sendCmd(self, *args: Any, **kwargs: Any) -> Any:
        self._start()
        self.construction.flush()
        if kwargs.pop("printPid", False):
            words = args[0] if len(args) == 1 and isinstance(args[0], list) else args
            line = " ".join(str(word) for word in words)
            # monitor() reads the pid between ^A and the end of the line, as mnexec -p prints it.
            args = ("sh -c " + shlex.quote(f"printf '\\001%d\\012' $$; exec {line}"),)
        return super().sendCmd(*args, **kwargs)

    def popen(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("mncmd", [])
        if kwargs.pop("shell", False):  # Mininet takes the caller's $SHELL, which nodes may lack
            words = args[0] if len(args) == 1 and isinstance(args[0], list) else args
            args = (["sh", "-c", " ".join(words)],)
        return super().popen(*args, **kwargs)

    def terminate(self) -> None:
        """End the shell: closing its terminal hangs it up."""
        self.cleanup()

    # Configuration

    def addIntf(self, intf: Any, port: int | None = None, moveIntfFn: Any = None) -> None:
        """Add an interface; it is in the node's namespace from its birth."""
        if port is None:
            port = self.newPort()
        self.intfs[port] = intf
        self.ports[intf] = port
        self.nameToIntf[intf.name] = intf

    def config(
        self,
        mac: str | None = None,
        ip: str | Iterable[str] | None = None,
        defaultRoute: Any = None,
        lo: str = "up",
        **_params: Any,
    ) -> dict[str, Any]:
        """Configure the default interface.

        `ip` is one address or several, each of either family and with its prefix length.
        """
        results: dict[str, Any] = {}
        self.setParam(results, "setMAC", mac=mac)
        addresses = [] if ip is None else [ip] if isinstance(ip, str) else list(ip)
        for number, address in enumerate(addresses):
            (self.addIP if number else self.setIP)(address)
        self.setParam(results, "setDefaultRoute", defaultRoute=defaultRoute)
        return results

    def setIP(self, ip: str, prefixLen: int | None = None, intf: Any = None, **kwargs: Any) -> Any:
        """Set the address of an interface; without length: /64, or Mininet's /8 for IPv4."""
        return self.intf(intf).setIP(ip, _length(ip, prefixLen), **kwargs)

    def addIP(self, ip: str, prefixLen: int | None = None, intf: Any = None) -> Any:
        """Give an interface one more address."""
        return self.intf(intf).addIP(ip, _length(ip, prefixLen))

    def delIP(self, ip: str, prefixLen: int | None = None, intf: Any = None) -> Any:
        """Take an address away from an interface."""
        return self.intf(intf).delIP(ip, _length(ip, prefixLen))

    def IP(self, intf: Any = None, family: int | None = None) -> Any:
        """The address of an interface; `family` is 4 or 6, None for IPv4 if there is one."""
        return self.intf(intf).IP(family)

    def reachableIPs(self) -> dict[int, str]:
        """By family (4, 6), the first address that others can use, as the kernel has it now.

        Waits for Duplicate Address Detection to come to an end, where it is under way.
        """

        def global_ones(netlink: Netlink) -> list[Address]:
            return [one for one in netlink.addresses() if one.scope == "global"]

        def settled(netlink: Netlink) -> bool:
            return not any(one.tentative and not one.dadfailed for one in global_ones(netlink))

        wait_until(settled, DAD_SECONDS, self.space.net_fd, "address")
        found: dict[int, str] = {}
        for one in global_ones(self.netlink):
            if one.usable and not one.deprecated:
                found.setdefault(one.address.version, str(one.address))
        return found

    def setARP(self, ip: str, mac: str) -> str:
        """Add a neighbour (IPv6) or ARP (IPv4) entry on the default interface."""
        self.request(add_neighbour(self.defaultIntf().index, ip, mac))
        return ""

    def setHostRoute(self, ip: str, intf: Any) -> str:
        """Add a route to one host on the link."""
        where = ip_address(ip)
        prefix = f"{where}/{where.max_prefixlen}"
        self.request(add_route(prefix, index=self.intf(intf).index, replace=True))
        return ""

    def setDefaultRoute(self, intf: Any = None) -> Any:
        """Set the default route: an interface, or words of `ip route` such as `via ADDRESS dev IF`.

        The family is that of the gateway; an interface alone means IPv4, as in Mininet.
        """
        if not isinstance(intf, str) or " " not in intf:
            index = self.intf(intf if not isinstance(intf, str) else str(intf)).index
            self.request(add_route("0.0.0.0/0", index=index, replace=True))
            return ""
        words = intf.split()
        options = dict(zip(words[::2], words[1::2], strict=False))
        if len(words) % 2 or not options.keys() <= {"via", "dev", "metric"}:
            return self.cmd("ip route replace default", intf)
        family = ip_address(options["via"]).version if "via" in options else 4
        self.request(
            add_route(
                "::/0" if family == 6 else "0.0.0.0/0",
                gateway=options.get("via"),
                index=self.intf(options["dev"]).index if "dev" in options else None,
                metric=int(options["metric"]) if "metric" in options else None,
                replace=True,
            )
        )
        return ""

    @classmethod
    def setup(cls) -> None:
        """Nothing to look for: no program is needed."""


class LabHost(LabNode, Host):  # type: ignore[misc]
    """A host or router. Its parameter `kind` ("host" or "router") says which, for descriptions."""


class Numbered(LabNode, Switch):  # type: ignore[misc]
    """A switch with a datapath id."""

    def defaultDpid(self, dpid: str | None = None) -> str:
        """The datapath id: as given, else from the name's number, else from the whole name."""
        if not dpid and not re.search(r"\d", self.name):
            dpid = blake2b(self.name.encode(), digest_size=6).hexdigest()
        elif dpid and not re.fullmatch(rf"[0-9A-Fa-f]{{1,{self.dpidLen}}}", dpid.replace(":", "")):
            raise LabError(
                _(
                    "The datapath id {dpid} of switch {name} is not 1 to {most} hexadecimal "
                    "digits.",
                    dpid=dpid,
                    name=self.name,
                    most=self.dpidLen,
                )
            )
        return super().defaultDpid(dpid)  # type: ignore[no-any-return]


class LabSwitch(Numbered):
    """A Linux bridge: in the fabric, or with inNamespace=True a node of its own.

    It forwards from the first moment, runs no spanning tree and does not snoop multicast. In the
    fabric its ports are access ports of the VLAN `vlan`, where the kernel's bridges know VLANs.
    A `hub` learns nothing, as a cable does not.
    """

    bridge: int
    _stopped = False

    def __init__(
        self,
        name: str,
        dpid: str | None = None,
        opts: str = "",
        listenPort: int | None = None,
        inNamespace: bool = False,
        **params: Any,
    ) -> None:
        # Not Switch.__init__, which starts a shell in order to configure the loopback interface.
        Node.__init__(self, name, inNamespace=inNamespace, **params)
        self.dpid = self.defaultDpid(dpid)
        self.opts = opts
        self.listenPort = listenPort
        self.controlIntf = None if inNamespace else LabIntf("lo", self, port=0)
        self.bridge = self.construction.bridge(
            self.site, name, params.get("vlan"), bool(params.get("hub"))
        )

    @property
    def site(self) -> Site:
        """The network namespace that holds the bridge."""
        if self._site is None and self.inNamespace:
            self._site = self.construction.site(self.name, fabric=True)
        return super().site

    def start(self, controllers: Any = None) -> None:
        """Let the bridge forward: it does so since it was made, unless it was stopped."""
        if self._stopped:
            self._stopped = False
            self.request(set_link(self.bridge, up=True))

    def stop(self, deleteIntfs: bool = True) -> None:
        """Forward no more, end the shell, and if so asked remove the bridge's links."""
        if deleteIntfs:
            self.deleteIntfs()
        self.terminate()
        self._stopped = True
        self.request(set_link(self.bridge, up=False))

    def dpctl(self, *args: Any) -> Any:
        """Run iproute2's bridge(8), which shows what brctl showed."""
        return self.cmd("bridge", *args)


def _length(ip: str, given: int | None) -> int:
    """The prefix length that goes with an address which has none of its own."""
    if given is not None:
        return given
    return 64 if ":" in ip else 8

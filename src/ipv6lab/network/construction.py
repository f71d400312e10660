"""From what is wanted to what the kernel has, in as few steps as possible.

Nodes, switches and links say here what they want. Nothing reaches the kernel before `flush`, which
sends everything at once: one batch for the fabric (bridges, then veth pairs, whose ends are born in
their namespaces), then one for each node (interfaces on, addresses, routes). Who needs the kernel's
answer, to run a command say, flushes first.
"""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mininet.log import warn

from ipv6lab.network.macs import Macs
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import (
    End,
    Netlink,
    NetlinkError,
    Request,
    bridge,
    delay,
    delete_group,
    limit_rate,
    separate_vlan,
    set_link,
    veth,
)
from ipv6lab.network.spaces import OwnSpace, PlainSpace, SpaceLike
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

FIRST_FABRIC_INDEX = 1000
FABRIC_GROUP = 6653  # of interfaces that are removed together; any number that is not 0
# Below it are the loopback interface and, where the kernel has tunnels, one fallback device for
# each kind (sit0, gre0, …), with which every namespace is born.
FIRST_NODE_INDEX = 20
MTU = 1500  # bytes, of a veth interface for which nobody asked otherwise
# What a network does without where the kernel lacks a feature, for who runs a Mininet program.
LEFT_OUT = {
    "netem": "links have none of the delay that was asked for",
    "vlan": "the ports of switches are in no VLAN",
}
NAME_LENGTH = 15  # IFNAMSIZ without the zero byte at the end

# A port's token bucket: large enough for one generic-segmentation packet, and a queue of 0.1 s.
BURST = 64 * 1024
QUEUE_SECONDS = 0.1
SMALLEST = 1024  # bytes that a small packet counts as, so that packets per second are bound too

SYSCTL = Path("/proc/sys/net")
SETTINGS_OF_BRIDGES = {
    # Frames that are bridged are no business of netfilter's (where br_netfilter exists).
    "bridge/bridge-nf-call-iptables": ("0",),
    "bridge/bridge-nf-call-ip6tables": ("0",),
    "bridge/bridge-nf-call-arptables": ("0",),
}
SETTINGS_OF_FABRIC = {
    # Or a lab's advertisement would give the fabric's own namespace addresses and a default route.
    "ipv6/conf/all/disable_ipv6": ("1",),
    "ipv6/conf/default/disable_ipv6": ("1",),
    **SETTINGS_OF_BRIDGES,
}
SETTINGS_OF_OWN_FABRIC = {
    # Not of `all`: a program's controller may be reached at ::1.
    "ipv6/conf/default/disable_ipv6": ("1",),
    **SETTINGS_OF_BRIDGES,
}
SETTINGS_OF_NODES = {
    # ping without root; the first value that this user namespace's range of groups allows.
    "ipv4/ping_group_range": ("0 65535", "0 65534", "0 0"),
}


@dataclass(eq=False)
class Site:
    """A network namespace in the making: what it is to have, and the socket to give it that."""

    name: str
    fabric: bool  # its interfaces bridge and have no addresses of their own
    space: SpaceLike | None = None
    requests: list[Request] = field(default_factory=list)
    next_index: int = FIRST_NODE_INDEX
    fresh: bool = True
    _netlink: Netlink | None = None

    @property
    def net_fd(self) -> int:
        if self.space is None:
            raise RuntimeError(f"the namespace of {self.name} is not made yet")
        return self.space.net_fd

    @property
    def netlink(self) -> Netlink:
        if self._netlink is None:
            self._netlink = Netlink(self.net_fd)
        return self._netlink

    def take_index(self, other: int = 0) -> int:
        """A number for a new interface whose peer has the number `other`.

        Never the same one: `requests.veth` says why.
        """
        if self.next_index == other:
            self.next_index += 1
        index = self.next_index
        self.next_index += 1
        return index

    def close(self) -> None:
        if self._netlink is not None:
            self._netlink.close()
            self._netlink = None
        if self.space is not None:
            self.space.close()
            self.space = None


@dataclass(eq=False)
class Port:
    """An interface in the making.

    `master` is the index of its bridge; `rate` in Mbit/s; `delay` in seconds.
    """

    site: Site
    name: str
    mac: str
    index: int
    mtu: int | None = None
    master: int | None = None
    up: bool = True
    rate: float | None = None
    delay: float | None = None
    made: bool = False


class Construction:
    """The building site of one network.

    `spaces` makes the spaces of nodes from their names, in their order. `port_rate` (Mbit/s) bounds
    what each of the fabric's ports sends, so that a loop in one lab stays its own; None does not.
    With `own_fabric` the fabric is the caller's namespace, where the network's links are removed at
    the end; otherwise it gets a new one, which ends with all that is in it.
    """

    def __init__(
        self,
        spaces: Callable[[list[str]], Iterable[SpaceLike]] = PlainSpace.create_all,
        port_rate: float | None = None,
        own_fabric: bool = False,
    ) -> None:
        self._spaces = spaces
        self.own_fabric = own_fabric
        self._port_rate = port_rate
        self.macs = Macs()
        self.fabric = Site("fabric", fabric=True, next_index=FIRST_FABRIC_INDEX)
        self.sites: list[Site] = [self.fabric]
        self._bridges: list[tuple[Site, Request]] = []
        self._pairs: list[tuple[Port, Port]] = []
        # What stands, by which a namespace that is renewed gets the same again.
        self._made_bridges: list[tuple[Site, Request]] = []
        self._made_pairs: list[tuple[Port, Port]] = []
        self._held = 0
        self._vlans: list[tuple[int, int]] = []  # of the fabric's bridges, by their indexes
        # What the topology asks for and this kernel refuses: "vlan", "netem". The network works
        # without them.
        self.without: set[str] = set()

    # What is wanted

    def site(self, name: str, fabric: bool = False) -> Site:
        """A namespace of its own for a node, or for a switch (`fabric`) that is one."""
        site = Site(name, fabric)
        self.sites.append(site)
        self._settle()
        return site

    def bridge(self, site: Site, name: str, vlan: int | None = None, hub: bool = False) -> int:
        """A bridge; gives its index.

        The fabric's know VLANs, where the kernel does: its ports are access ports of `vlan`.
        A `hub` learns nothing.
        """
        _check_name(name)
        index = site.take_index()
        mac = self.macs.derive(name, name)
        self._bridges.append((site, bridge(name, mac=mac, index=index, hub=hub)))
        if vlan and site is self.fabric:
            self._vlans.append((index, vlan))
        self._settle()
        return index

    def pair(self, one: Port, other: Port) -> None:
        """A link between two ports; one that passes no port of the fabric is bound at both."""
        if self.fabric not in (one.site, other.site):
            one.rate = other.rate = self._port_rate
        self._pairs.append((one, other))
        self._settle()

    def request(self, site: Site, request: Request) -> None:
        """A change in a namespace, after its interfaces are there."""
        site.requests.append(request)
        self._settle()

    def port(self, site: Site, name: str, mac: str | None, other: int = 0) -> Port:
        """A port of a link that is going to be made; `other` is the index of the peer."""
        _check_name(name)
        address = self.macs.claim(mac) if mac else self.macs.derive(site.name, name)
        rate = self._port_rate if site is self.fabric else None
        return Port(site, name, address, site.take_index(other), rate=rate)

    def direct_ports(self, site: Site) -> list[int]:
        """The numbers of a site's interfaces that are bound, though not by a port of the fabric."""
        ports = (port for pair in self._made_pairs for port in pair)
        return [port.index for port in ports if port.site is site and port.rate and not port.delay]

    # To the kernel

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold everything back until the end of the block."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._settle()

    def _settle(self) -> None:
        if not self._held:
            self.flush()

    def flush(self) -> None:
        """Make all that is wanted and not there yet.

        Raises Unsupported where the kernel lacks a kind of interface, NetlinkError otherwise.
        """
        self._create([site for site in self.sites if site.space is None])
        try:
            self._send()
        except NetlinkError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            raise Unsupported(
                _(
                    "This kernel refuses {action} ({reason}): start the lab with --kernel lab.",
                    action=error.request,
                    reason=error.reason or error.strerror or "",
                )
            ) from error

    def renew(self, site: Site) -> None:
        """Give a site a new namespace, with its interfaces as they were made and nothing else.

        The links stay, so the other ends keep their addresses; one that somebody removed is made
        again.
        """
        self.flush()
        old, netlink = site.space, site.netlink
        assert old is not None
        site.space, site._netlink, site.fresh = None, None, True
        self._create([site])
        there = {link.index for link in netlink.links() if link.kind == "veth"}
        again = [pair for pair in self._made_pairs if site in (pair[0].site, pair[1].site)]
        mine = [port for pair in again for port in pair if port.site is site]
        moved = [port for port in mine if port.index in there]
        netlink.send([set_link(port.index, namespace=site.net_fd) for port in moved])
        netlink.close()
        old.close()
        self._bridges += [one for one in self._made_bridges if one[0] is site]
        self._made_bridges = [one for one in self._made_bridges if one[0] is not site]
        for pair in again:
            if not any(port in moved for port in pair):
                self._made_pairs.remove(pair)
                self._pairs.append(pair)
        for port in moved:
            name, mtu = port.name, port.mtu or MTU
            site.requests.append(set_link(port.index, name=name, mac=port.mac, mtu=mtu))
            site.requests.append(set_link(port.index, master=port.master, up=port.up))
            if port.delay and "netem" not in self.without:
                site.requests.append(delay(port.index, seconds=port.delay))
        self.flush()

    def close(self) -> None:
        """Let go of every namespace: what nobody uses any more, the kernel removes."""
        if self.own_fabric:
            self._empty_fabric()
        for site in self.sites:
            site.close()
        self.sites.clear()

    def _empty_fabric(self) -> None:
        """Remove what was made in a namespace that stays, all of it at once: one by one it lasts.

        Links to other namespaces too: those end some time later, and the next network may have
        the same names.
        """
        if self.fabric.space is None:
            return
        mine = [link for link in self.fabric.netlink.links() if link.index >= FIRST_FABRIC_INDEX]
        made = [link.index for link in mine if link.kind in ("bridge", "veth")]
        if made:
            grouped = [set_link(index, group=FABRIC_GROUP) for index in made]
            self.fabric.netlink.send([*grouped, delete_group(FABRIC_GROUP)])

    def _create(self, sites: list[Site]) -> None:
        nodes = [site for site in sites if site is not self.fabric]
        if self.fabric in sites:
            kind = OwnSpace if self.own_fabric else PlainSpace
            self.fabric.space = kind.create(self.fabric.name)
        for site, space in zip(nodes, self._spaces([site.name for site in nodes]), strict=True):
            site.space = space
        for site in sites:
            settle(site.net_fd, self._settings(site))

    def _settings(self, site: Site) -> Mapping[str, tuple[str, ...]]:
        if not site.fabric:
            return SETTINGS_OF_NODES
        return SETTINGS_OF_OWN_FABRIC if self._is_own(site) else SETTINGS_OF_FABRIC

    def _is_own(self, site: Site) -> bool:
        return site is self.fabric and self.own_fabric

    def _send(self) -> None:
        batches: defaultdict[Site, list[Request]] = defaultdict(list)
        for site, request in self._bridges:
            batches[site].append(request)
        for site, batch in batches.items():
            site.netlink.send(batch)
        self._wish("vlan", [(self.fabric, separate_vlan(*one)) for one in self._vlans])
        self._vlans.clear()

        batches.clear()
        for site in self.sites:
            if site.fresh:
                site.fresh = False
                batches[site].append(set_link("lo", up=True))
        pairs = []
        delays = []
        for one, other in self._pairs:
            # The first end of a veth pair can be born in its bridge: let that be the fabric's.
            first, peer = (one, other) if one.site.fabric else (other, one)
            pairs.append(veth(_end(first), _end(peer, born=False)))
            if peer.up or peer.master is not None:
                change = set_link(peer.index, up=peer.up or None, master=peer.master)
                batches[peer.site].append(change)
            if not first.up:
                batches[first.site].append(set_link(first.index, up=False))
            for port in (first, peer):
                port.made = True
                if port.rate is not None and not (port.delay and port.site is not self.fabric):
                    batches[port.site].append(_limit(port))
                elif port.delay:
                    delays.append((port.site, delay(port.index, seconds=port.delay)))
        self._made_bridges += self._bridges
        self._made_pairs += self._pairs
        self._bridges.clear()
        self._pairs.clear()
        self.fabric.netlink.send(pairs)
        for site in self.sites:
            batch = [*batches[site], *site.requests]
            site.requests.clear()
            if batch:
                site.netlink.send(batch)
        self._wish("netem", delays)

    def _wish(self, name: str, wanted: list[tuple[Site, Request]]) -> None:
        """Send what a kernel may lack, and keep that it does."""
        for site, request in wanted:
            if name in self.without:
                return
            try:
                site.netlink.send([request])
            except NetlinkError as error:
                # A queue of an unknown kind "does not exist".
                if error.errno not in (errno.EOPNOTSUPP, errno.ENOENT):
                    raise
                self.without.add(name)
                warn(f"*** This kernel has no {name}: {LEFT_OUT[name]}\n")


def _end(port: Port, born: bool = True) -> End:
    return End(
        port.name,
        namespace=port.site.net_fd,
        mac=port.mac,
        mtu=port.mtu,
        master=port.master if born else None,
        index=port.index,
    )


def _limit(port: Port) -> Request:
    rate = int((port.rate or 0) * 1_000_000 / 8)
    queue = max(BURST, int(rate * QUEUE_SECONDS))
    return limit_rate(port.index, rate=rate, burst=BURST, queue=queue, smallest=SMALLEST)


def settle(net_fd: int, settings: Mapping[str, tuple[str, ...]]) -> None:
    """Write settings below /proc/sys/net of a network namespace."""
    with entered(net_fd):
        for setting, values in settings.items():
            _set(SYSCTL / setting, values)


def _set(path: Path, values: tuple[str, ...]) -> None:
    """Write the first value that the kernel takes; a setting that does not exist stays so."""
    for value in values:
        try:
            path.write_text(value, encoding="ascii")
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise


def _check_name(name: str) -> None:
    if len(name.encode()) > NAME_LENGTH:
        raise LabError(
            _(
                "The interface name {name} is longer than {most} characters: "
                "give the node a shorter name, or the interface one of its own (intfName1=…).",
                name=name,
                most=NAME_LENGTH,
            )
        )

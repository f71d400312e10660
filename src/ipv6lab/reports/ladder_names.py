"""Whose packets these are: from addresses to the names of the lab's nodes.

Neighbour Discovery and whatever comes from a link-local address never passes a router, so the
frame's own sender said it, whatever address it claims. For everything else the Internet address
tells, and where nobody is known to have it, the frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple

from ipv6lab.reports.ladder_glance import Glance, Header
from ipv6lab.reports.say import Translate
from ipv6lab.words.message import Message, _

GROUPS = {
    "ff02::1": _("to all nodes"),
    "ff02::2": _("to all routers"),
    "ff02::5": _("to all OSPF routers"),
    "ff02::6": _("to the OSPF designated routers"),
    "ff02::9": _("to all RIP routers"),
    "ff02::16": _("to all multicast routers"),
    "ff02::fb": _("to all mDNS hosts"),
    "ff02::1:2": _("to all DHCPv6 servers and relays"),
    "ff05::1:3": _("to all DHCPv6 servers"),
    "224.0.0.1": _("to all nodes"),
    "224.0.0.2": _("to all routers"),
    "224.0.0.5": _("to all OSPF routers"),
    "224.0.0.22": _("to all multicast routers"),
    "255.255.255.255": _("to everybody on the link"),
}
MOST_ADDRESSES = 4  # lifelines of addresses that are no node's; more of them share one
MOST_FIRST = 5  # lifelines that are there before anybody has spoken
UNSPECIFIED = ("::", "0.0.0.0")


class Party(NamedTuple):
    """Who speaks or is spoken to: a node, an address that is no node's, one of many such (others),
    or all on the link."""

    name: str
    kind: str  # node, address, others, all


ALL = Party("*", "all")
OTHERS = Party("?", "others")


class Speakers(NamedTuple):
    """Who said it to whom; `via` hands it on, `claimed` is whose address the speaker uses."""

    source: Party
    target: Party
    via: str = ""
    claimed: str = ""


def label(party: Party, tr: Translate) -> str:
    """What stands at the head of its lifeline."""
    if party.kind == "all":
        return tr(_("all"))
    return tr(_("others")) if party.kind == "others" else party.name


Ask = Callable[[], Mapping[str, Any]]


class Names:
    """Who has which address: ``network`` as described by the agent, ``addresses`` as they are now.

    `ask`, if given, tells the addresses anew when one turns up that nobody is known to have.
    """

    def __init__(
        self,
        network: Mapping[str, Any],
        addresses: Mapping[str, Any] | None = None,
        ask: Ask | None = None,
    ) -> None:
        self._nodes = dict(network.get("nodes") or {})
        self._macs: dict[str, str] = {}
        self._owners: dict[str, set[str]] = {}
        self._places: dict[str, int] = {}
        self._links = _neighbours(self._nodes)
        self._ask = ask
        self._asked: set[str] = set()
        self._strangers: set[str] = set()
        for name, node in self._nodes.items():
            for interface in (node.get("interfaces") or {}).values():
                if interface.get("mac"):
                    self._macs.setdefault(interface["mac"], name)
        self.know(addresses or {})

    def know(self, addresses: Mapping[str, Any]) -> None:
        """Take the nodes' addresses as they are now; those of before stay known."""
        for name, interfaces in addresses.items():
            for interface in interfaces.values():
                if interface["mac"] and interface["mac"] != "00:00:00:00:00:00":
                    self._macs.setdefault(interface["mac"], name)
                for address in interface["addresses"]:
                    plain = str(address).partition("/")[0]
                    if not plain.startswith("127.") and plain != "::1":
                        self._owners.setdefault(plain, set()).add(name)

    def begin_at(self, place: str) -> None:
        """Lifelines stand in the order of their distance from here: a node's name or a link's.

        A node with several links stands in the middle, with what is behind half of them before it.
        """
        ends = [place] if place in self._nodes else sorted(self._links.get(place, ()))
        self._places = dict.fromkeys(ends, 0)
        waiting = deque(ends)
        while waiting:
            name = waiting.popleft()
            node = self._nodes.get(name) or {}
            interfaces = list((node.get("interfaces") or {}).values())
            for index, interface in enumerate(interfaces):
                before = name == place and index < len(interfaces) // 2
                for other in sorted(self._links.get(interface.get("link"), ())):
                    if other not in self._places:
                        here = self._places[name]
                        self._places[other] = here - 1 if before or here < 0 else here + 1
                        waiting.append(other)

    def first(self) -> list[Party]:
        """Lifelines that will be needed: the nodes on the links of this place, unless many."""
        near = [Party(name, "node") for name, place in self._places.items() if abs(place) <= 1]
        return [*near, ALL] if len(near) <= MOST_FIRST else []

    def place(self, party: Party) -> int:
        """The order of a lifeline among the others; the least is the leftmost."""
        if party.kind == "all":
            return 1_000_000
        if party.kind != "node":
            return 999_998 + (party.kind == "others")
        return self._places.get(party.name, 1000)

    def speakers(self, glance: Glance) -> Speakers:
        """Who said this to whom."""
        header = glance.last
        if header is None:
            said_by, said_to = (self._by_mac(mac) for mac in glance.outer_macs)
            return Speakers(said_by, said_to)
        source_mac, target_mac = glance.macs or ("", "")
        sender = self._macs.get(source_mac)
        receiver = self._macs.get(target_mac)
        local = _never_routed(glance, header)
        claimed = ""
        if sender and local:
            said_by = Party(sender, "node")
            owners = self._owners.get(header.source, set())
            if owners and sender not in owners and not header.source.startswith("fe80:"):
                claimed = ", ".join(sorted(owners))
            elif header.source not in UNSPECIFIED:
                self._owners.setdefault(header.source, set()).add(sender)
        else:
            said_by = self._by_address(header.source, sender)
        said_to = self._target(header.destination, receiver, local)
        hands_on = receiver or ""
        if said_to.kind == "all" or said_to.name == hands_on or local:
            hands_on = ""
        return Speakers(said_by, said_to, hands_on, claimed)

    def ends(self, header: Header, glance: Glance) -> tuple[Party, Party]:
        """The two ends of a tunnel."""
        source, target = (self._macs.get(mac) for mac in glance.outer_macs)
        return (
            self._by_address(header.source, source),
            self._by_address(header.destination, target),
        )

    def goes_beyond(self, glance: Glance, node: str) -> bool:
        """Whether a router hands this on that is not for `node`: not what stays on its link."""
        if not glance.headers:
            return False
        outer = glance.headers[0]
        if is_group(outer.destination) or outer.destination.startswith("fe80:"):
            return False
        if _never_routed(glance, outer):
            return False
        return node not in self._known_owners(outer.destination)

    def node_of(self, mac: str) -> str:
        """The node with an interface of this address; empty when there is none."""
        return self._macs.get(mac, "")

    def _target(self, address: str, receiver: str | None, local: bool) -> Party:
        if is_group(address):
            return ALL
        if receiver and (local or address.startswith("fe80:")):
            return Party(receiver, "node")
        return self._by_address(address, receiver)

    def _by_address(self, address: str, by_frame: str | None) -> Party:
        owners = self._known_owners(address)
        if by_frame in owners:
            return Party(str(by_frame), "node")
        if len(owners) == 1:
            return Party(next(iter(owners)), "node")
        # A host does not hand on what is not for it; a router's frame says nothing of who spoke.
        if by_frame and self._nodes.get(by_frame, {}).get("kind") == "host":
            return Party(by_frame, "node")
        return self._stranger(address)

    def _stranger(self, address: str) -> Party:
        if address not in self._strangers:
            if len(self._strangers) >= MOST_ADDRESSES:
                return OTHERS
            self._strangers.add(address)
        return Party(address, "address")

    def _known_owners(self, address: str) -> set[str]:
        owners = self._owners.get(address)
        if owners is None and self._ask is not None and address not in self._asked:
            self._asked.add(address)
            self.know(self._ask())
            owners = self._owners.get(address)
        return owners or set()

    def _by_mac(self, mac: str) -> Party:
        if mac and int(mac[:2], 16) & 1:
            return ALL
        node = self._macs.get(mac)
        return Party(node, "node") if node else self._stranger(mac or "?")


def is_group(address: str) -> bool:
    """Whether this is for several: a multicast group, or everybody on the link."""
    return address == "255.255.255.255" or ip_address(address).is_multicast


def group(address: str) -> Message:
    """To whom a packet to this group goes.

    >>> str(group("ff02::2")), str(group("ff02::1:ff00:1")), str(group("ff02::42"))
    ('to all routers', 'to a solicited-node group', 'to ff02::42')
    """
    if address.startswith("ff02::1:ff"):
        return _("to a solicited-node group")
    return GROUPS.get(address) or _("to {group}", group=address)


def _never_routed(glance: Glance, header: Header) -> bool:
    if header.source.startswith("fe80:") or header.source in UNSPECIFIED:
        return True
    return bool(
        glance.protocol == "ICMPv6"
        and header.hop_limit == 255
        and glance.payload
        and 133 <= glance.payload[0] <= 137
    )


def _neighbours(nodes: Mapping[str, Any]) -> dict[Any, set[str]]:
    """The nodes on each link."""
    links: dict[Any, set[str]] = {}
    for name, node in nodes.items():
        for interface in (node.get("interfaces") or {}).values():
            links.setdefault(interface.get("link"), set()).add(name)
    return links

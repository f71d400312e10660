"""464XLAT's half on a host: programs that know IPv4 alone, on a link that carries IPv6 alone.

Their packets become IPv6 on the host itself, behind the prefix of the network's translator
(RFC 6877), from an address that nothing else has. That follows the network: another prefix is taken
at once, without a prefix there is nothing of it, and none beside native IPv4. What the network is
like on another day is ordered of its router, which is no trainee's (`Lab.order`).
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network, ip_address

from ipv6lab.expect import mostly
from ipv6lab.expect.advertisement import heard_on
from ipv6lab.expect.conditions import _, control, each, holds_within, require
from ipv6lab.expect.places import DISCARD, source_to
from ipv6lab.expect.reach import AGAIN, BULK, SOON, eventually
from ipv6lab.network.namespace import entered
from ipv6lab.probes import Capture, Failed, Lab, Node, Packet
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.acts.follow import follow
from ipv6lab.probes.acts.narrow import narrowed
from ipv6lab.probes.asks import flows, mtu
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import link_layer

SMALL = 100  # octets of an IPv4 packet
NARROW = 1400  # octets that a link of the Internet takes
# Seconds in which a host has to follow the network: an advertisement comes every ten, and who asks
# the DNS instead asks as often.
FOLLOWED = 30
RETURNED = 60  # seconds after which a computer that was switched on is through, on a busy machine
USUAL, MOVED, CLOSED, NATIVE = "usual", "moved", "closed", "native"


# Programs


def carries(lab: Lab, node: Node, link: str, target: str, prefix: object) -> None:
    """Programs of a node reach an IPv4 address by ICMP, TCP and UDP, and the link sees IPv6 alone.

    What was sent comes out behind the translator's `prefix`. The `target` has IPv4 alone.
    """
    eventually(lab, lambda: _translated(lab, node, link, target, prefix))


def has_an_address_of_its_own(lab: Lab, node: Node, link: str, target: str, prefix: object) -> None:
    """What a node's 464XLAT sends has one address, of the link's network, and nobody else's.

    Neither the node nor another one uses it for anything besides (RFC 6877 section 6.3): so what
    is translated is told from what is the node's own.
    """
    seen = eventually(lab, lambda: _translated(lab, node, link, target, prefix))
    network = lab.link(link).network
    sources = {one.ip.source for one in seen if one.ip is not None}
    for source in each(sorted(sources, key=str), _("{node} sends nothing.", node=node)):
        values = {"node": node, "address": source, "link": link}
        for other in lab.fabric.nodes:
            held = {one.address for one in lab.node(other).addresses(family=6)}
            if source not in held:
                continue
            require(
                other != node.name,
                _(
                    "What {node}'s 464XLAT sends comes from {address}, which is {node}'s own "
                    "address: nobody can tell the two apart.",
                    **values,
                ),
            )
            raise Failed(
                _(
                    "What {node}'s 464XLAT sends comes from {address}, which is {other}'s.",
                    other=other,
                    **values,
                )
            )
        require(
            source in network,
            _(
                "What {node}'s 464XLAT sends comes from {address}, which is no address of {link}.",
                **values,
            ),
        )
    require(
        len(sources) == 1,
        _("{node}'s 464XLAT sends from {count} addresses at once.", node=node,
          count=len(sources)),
    )  # fmt: skip
    claimed = lab.link(link).claimants(sources)
    for source, who in claimed.items():
        require(
            who == [node.name],
            _(
                "{who} answer for {address}, from which {node}'s 464XLAT sends.",
                who=", ".join(who) or "-",
                node=node,
                address=source,
            ),
        )


def carries_all_sizes(lab: Lab, node: Node, target: str, *, link: str) -> None:
    """IPv4 programs carry as much as the way takes, also where a link of the Internet takes less.

    By TCP and UDP, whose packets may be as large as the sender thinks that the way takes; what is
    too large somewhere, it hears. `link` is one of the Internet's. The check has to be `alone`.
    """
    far, to = lab.node(target), ip_address(str(lab.plan[f"{target}.address4"]))

    def whole() -> None:
        flows.tcp(node, far, to, BULK, within=SOON, full=True, at=to)
        flows.udp(node, far, to, within=SOON, full=True, at=to)

    eventually(lab, whole)
    with narrowed(lab, link, NARROW, [far]):
        eventually(lab, whole)


def _translated(lab: Lab, node: Node, link: str, target: str, prefix: object) -> list[Packet]:
    """The packets on the link that a node's IPv4 programs have sent, as IPv6. Raises Failed."""
    mac, network = node.interface(link).mac, IPv6Network(str(prefix))
    with Capture(lab.fabric, [link], lambda one: one.sent and _from(one, mac)) as capture:
        _gets_out(lab, node, target)
        capture.read()
    native = [
        one for one in capture.packets if mostly.is_ipv4(one, mac) and not mostly.is_dhcp(one)
    ]
    require(
        not native,
        _("{node} sends IPv4 on {link}: {count} frames of it or of ARP.", node=node, link=link,
          count=len(native)),
    )  # fmt: skip
    return each(
        [one for one in capture.packets if _goes_behind(one, network)],
        _(
            "Programs of {node} reach IPv4 addresses, and nothing goes behind {prefix} on {link}.",
            node=node,
            link=link,
            prefix=network,
        ),
    )


def _gets_out(lab: Lab, node: Node, target: str) -> None:
    """Small packets of IPv4 programs arrive; sizes are a matter of their own."""
    to = ip_address(str(lab.plan[f"{target}.address4"]))
    require(
        _offered(node, to),
        _("Programs of {node} know no way to an IPv4 address.", node=node),
    )
    far, values = lab.node(target), {"node": node, "target": target}
    sent = mtu.send(node, far, to, SMALL, at=to)
    require(sent.arrived, _("An IPv4 packet of {node} does not get to {target}.", **values))
    flows.tcp(node, far, to, BULK, within=SOON, at=to)
    require(
        flows.answer(node, far, to, to, SMALL, within=SOON),
        _("What {target} answers {node} by UDP does not arrive there.", **values),
    )


def _offered(node: Vantage, to: object) -> bool:
    """Whether a program that connects to an IPv4 address is not told at once that it cannot."""
    with (
        entered(node.namespace),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
    ):
        try:
            sock.connect((str(to), DISCARD))
        except OSError:
            return False
    return True


def _from(packet: Packet, mac: str) -> bool:
    frame = link_layer(packet.frame)
    return frame is not None and frame.source == mac


def _goes_behind(packet: Packet, prefix: IPv6Network) -> bool:
    data = packet.ip
    return data is not None and data.version == 6 and data.destination in prefix


# Other days


@contextmanager
def _day(lab: Lab, router: str, name: str) -> Iterator[None]:
    """Let the network be another one meanwhile."""
    unit = f"day@{name}.service"
    try:
        lab.order(lab.node(router), unit)
        lab.record.add("day", router, _("{node} made the network another one.", node=router))
        yield
    finally:
        lab.order(lab.node(router), f"day@{USUAL}.service")


@contextmanager
def _plugged_anew(node: Node, link: str) -> Iterator[None]:
    """Let a node ask for IPv4 once more at the end, and give up what it had, whatever happens."""
    network = IPv4Network(str(node.lab.plan[f"{link}.prefix4"]))
    try:
        yield
    finally:
        flap(node, link)
        until = node.lab.record.until(FOLLOWED)
        while time.monotonic() < until and any(
            one.address in network for one in node.addresses(family=4)
        ):
            with node.lab.record.waiting(_("waiting until {node} gives IPv4 up", node=node)):
                time.sleep(AGAIN)


def _followed(lab: Lab, judge: Callable[[], object], within: float = FOLLOWED) -> None:
    """What a host is to do of its own accord soon holds. Raises the last `Failed`."""
    holds_within(lab.record, within, judge, AGAIN)


def follows_the_prefix(lab: Lab, node: Node, link: str, target: str, router: str) -> None:
    """When the translator gets another prefix, programs go on behind that one, and so back again.

    The old prefix is taken back in the advertisements and the DNS. The check has to be `alone`.
    """
    before = _told(lab, link)
    with _day(lab, router, MOVED):
        prefix = _told(lab, link)

        def moved() -> None:
            try:
                _translated(lab, node, link, target, prefix)
            except Failed as failure:
                raise Failed(
                    _(
                        "The translator has another prefix now, {prefix}, and programs of {node} "
                        "do not get through. {why}",
                        prefix=prefix,
                        node=node,
                        why=failure.message,
                    )
                ) from None

        _followed(lab, moved)
    _followed(lab, lambda: _translated(lab, node, link, target, before))


def rests_without_a_prefix(
    lab: Lab, node: Node, link: str, target: str, router: str, *, by: str
) -> None:
    """Where there is no translator programs hear at once that there is no IPv4; nothing is sent.

    The control is the network as it was. The check has to be `alone`.
    """
    prefix = _works(lab, node, link, target, by)
    to = ip_address(str(lab.plan[f"{target}.address4"]))
    with _day(lab, router, CLOSED):

        def told() -> None:
            require(
                not _offered(node, to),
                _(
                    "There is no translator on {link} any more, and programs of {node} are still "
                    "offered a way to IPv4 addresses.",
                    link=link,
                    node=node,
                ),
            )

        _followed(lab, told)
        sent = mtu.send(node, lab.node(target), to, SMALL, within=1, at=to).sent
        require(
            sent is None,
            _("{node} still sends packets to IPv4 addresses on {link}.", node=node, link=link),
        )
    _back(lab, node, link, target, prefix)


def leaves_it_to_native_ipv4(
    lab: Lab, node: Node, link: str, target: str, router: str, *, by: str
) -> None:
    """Where the network gives IPv4 the node takes it, and translates nothing.

    The prefix is advertised as ever. The control is the network as it was. The check has to be
    `alone`.
    """
    prefix = _works(lab, node, link, target, by)
    network = IPv4Network(str(lab.plan[f"{link}.prefix4"]))
    interface = node.interface(link)
    to = ip_address(str(lab.plan[f"{target}.address4"]))
    with _plugged_anew(node, link), _day(lab, router, NATIVE):
        flap(node, link)
        with lab.record.waiting(_("waiting for an address of {node}", node=node)):
            node.wait_address(
                lambda one: one.address in network,
                _("The network gives IPv4 on {link}, and {node} takes none.", node=node, link=link),
                within=FOLLOWED,
            )

        def native() -> None:
            for one in node.addresses(family=4):
                require(
                    one.address in network or one.address.is_loopback,
                    _(
                        "{node} has native IPv4 on {link}, and {address} of 464XLAT beside it.",
                        node=node,
                        link=link,
                        address=one.address,
                    ),
                )
            require(
                _offered(node, to) and source_to(node, to) in network,
                _("{node} has native IPv4 on {link}, and programs do not use it.", node=node,
                  link=link),
            )  # fmt: skip
            with Capture(lab.fabric, [link], lambda one: _from(one, interface.mac)) as capture:
                _gets_out(lab, node, target)
                capture.read()
            require(
                not [one for one in capture.packets if _goes_behind(one, prefix)],
                _(
                    "{node} has native IPv4 on {link}, and IPv4 programs are still translated.",
                    node=node,
                    link=link,
                ),
            )

        _followed(lab, native)
    _back(lab, node, link, target, prefix)


def comes_back(lab: Lab, node: Node, link: str, target: str, prefix: object) -> None:
    """After a node was switched off and on its programs reach IPv4 addresses as before.

    Only for a check that `ruins` the lab.
    """
    lab.reboot(node)
    _followed(lab, lambda: _translated(lab, node, link, target, prefix), RETURNED)


def learns_its_router(lab: Lab, node: Node, link: str, router: str) -> None:
    """A node that passes packets on to its own translator listens to advertisements as before.

    A router does not, unless it is told to: its default route is no longer renewed. Beside the
    default route it may have others for its translator.
    """
    heard = heard_on(lab, link)
    learnt = [
        one
        for one in follow(node, link, heard, lab.film).routes
        if one.gateway in lab.node(router).link_locals(link)
    ]
    require(
        any(one.default for one in learnt),
        _(
            "{node} takes no notice of {router}'s advertisements any more: its way out is not "
            "renewed.",
            node=node,
            router=router,
        ),
    )


def sends_no_ipv4(lab: Lab, node: Node, link: str, target: str, *, by: str) -> None:
    """On the link there is no IPv4 frame of a node and no ARP, but the messages of DHCPv4.

    Neither while its programs send to IPv4 addresses, nor when its cable is put back. The control
    is that they reach the `target`. The check has to be `alone`.
    """
    mac = node.interface(link).mac
    with Capture(lab.fabric, [link], lambda one: one.sent and mostly.is_ipv4(one, mac)) as capture:
        prefix = _works(lab, node, link, target, by)
        flap(node, link)
        _back(lab, node, link, target, prefix)
        capture.read()
    seen = [one for one in capture.packets if not mostly.is_dhcp(one)]
    require(
        not seen,
        _("{node} sends IPv4 on {link}: {count} frames of it or of ARP.", node=node, link=link,
          count=len(seen)),
    )  # fmt: skip


def _works(lab: Lab, node: Node, link: str, target: str, by: str) -> IPv6Network:
    """The control: programs get through, and behind which prefix."""
    prefix = _told(lab, link)
    try:
        eventually(lab, lambda: _translated(lab, node, link, target, prefix))
    except Failed as failure:
        control(False, by=by, message=failure.message)
    reached = _("Programs of {node} do not reach {target}.", node=node, target=target)
    control(True, by=by, message=reached)
    return prefix


def _back(lab: Lab, node: Node, link: str, target: str, prefix: IPv6Network) -> None:
    """Wait until the host has found back what it had before. Raises Failed."""
    _followed(lab, lambda: _translated(lab, node, link, target, prefix))


def _told(lab: Lab, link: str) -> IPv6Network:
    """The translator's prefix that the link's router tells now. Raises Failed."""
    told = [
        prefix.network
        for one in lab.link(link).advertisements()
        for prefix in one.advertisement.nat64_prefixes
        if prefix.lifetime
    ]
    return each(told, _("A host on {link} learns no prefix of a translator.", link=link))[-1]

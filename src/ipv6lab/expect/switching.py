"""Switches that a controller steers: which frames come out where, how often, and who is asked.

Each port of a switch is a link of its own, on which a station of the grader's sends frames that
are told from all others by something random in them. Judged is what comes out: whether flows were
laid by an application, by hand, or by the switch itself is nobody's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import IPv6Address
from itertools import pairwise
from typing import NamedTuple, TypeVar

from ipv6lab.addresses.identifiers import solicited_node
from ipv6lab.expect import reach
from ipv6lab.expect.conditions import _, control, holds_within, require
from ipv6lab.probes import Capture, Failed, Lab, Packet
from ipv6lab.probes.acts.cut import cut_off
from ipv6lab.probes.acts.pull import pulled
from ipv6lab.probes.hosts import stations as frames
from ipv6lab.probes.hosts.crossing import Crossing, Sent, cross, put, watched
from ipv6lab.probes.hosts.stations import UNSPECIFIED, Station, stations
from ipv6lab.words.message import Message
from ipv6lab.words.waits import CONTROLLER_GIVEN_UP, IDLE_TIME_OUT, waits

FOUND, MOVED, MENDED = 2.0, 5.0, 5.0  # seconds that the task gives
SOON = 5.0  # seconds until what was said of a group is in the switches
BACK = 15.0  # seconds until a switch has found its controller again
ONCE = 1.0  # seconds until a flooded frame has come out everywhere
SPOKEN = 3  # exchanges after which two stations know each other
AGAIN = 0.25  # seconds between two of them
UNPLUGGED = 1.5  # seconds that it takes to plug a host in elsewhere
STEP = 1.0  # seconds between two frames of who goes on talking

K = TypeVar("K")
_UNREACHED = _("Not even an ordinary frame gets from {link} to {other}.")


class Switches(NamedTuple):
    """Switches that are one network: each of their ports is a link of its own.

    `router` is the network's, as the plan has it. `hosts` are the links of whoever is plugged in,
    `vacant` those at which there is nobody yet; `cables` lie between the switches. The node
    `controller` is reached by the link `control`.
    """

    network: str
    router: str
    hosts: tuple[str, ...]
    vacant: tuple[str, ...]
    cables: tuple[str, ...]
    control: str
    controller: str

    @property
    def ports(self) -> tuple[str, ...]:
        return (*self.hosts, *self.vacant)


# -- groups


def solicitations_reach_members_alone(lab: Lab, switches: Switches) -> None:
    """What is sent to a solicited-node group gets to each of its listeners, and to nobody else.

    Whoever listens has said so by MLD, of either version; who asks may have no address yet.
    """
    with _stations(lab, switches) as at:
        every = list(at.values())
        for members, says in (
            ([every[0]], Station.joins),
            ([every[-1]], Station.joins_as_of_old),
            ([every[1], every[-1]], Station.is_in),
            ([every[2], every[0]], Station.joins),
        ):
            _listen(lab, switches, every, members, says)


def _listen(
    lab: Lab,
    switches: Switches,
    every: Sequence[Station],
    members: Sequence[Station],
    says: Callable[[Station, IPv6Address], Sent] = Station.joins,
) -> IPv6Address:
    """Let some listen to the group of a new address, and wait until the switches know; that
    address."""
    target = frames.drawn()
    put([says(one, solicited_node(target)) for one in members])
    holds_within(lab.record, SOON, lambda: _get_to(lab, switches, every, members, target))
    return target


def _get_to(
    lab: Lab,
    switches: Switches,
    every: Sequence[Station],
    members: Sequence[Station],
    target: IPv6Address,
) -> None:
    items = {
        (one.link, form): one.sends(frames.solicitation(one, target, source))
        for one in every
        for form, source in (("", one.address), ("::", UNSPECIFIED))
    }
    crossing = _crossed(lab, switches, items, every)
    listening = {one.link for one in members}
    for (link, _form), found in crossing.arrived.items():
        for other in switches.ports:
            values = {"link": link, "other": other}
            require(
                other == link or other in found or other not in listening,
                _(
                    "A Neighbour Solicitation put onto {link} does not come out on {other}, where "
                    "somebody listens to its group.",
                    **values,
                ),
            )
            require(
                other not in found or other in listening,
                _(
                    "A Neighbour Solicitation put onto {link} comes out on {other}, where nobody "
                    "listens to its group.",
                    **values,
                ),
            )


def switched_without_asking(lab: Lab, switches: Switches, *, groups: str) -> None:
    """Solicitations to a group whose listeners are known are switched without the controller.

    Check `groups` says whether they get to the listeners at all.
    """
    with _stations(lab, switches) as at:
        every = list(at.values())
        try:
            target = _listen(lab, switches, every, [every[0], every[-1]])
        except Failed as failed:
            control(False, by=groups, message=failed.message)
            raise
        items = {
            (one.link, number): one.sends(frames.solicitation(one, target))
            for one in every
            for number in range(3)
        }
        asked, _crossing = _watched(lab, switches, items, every)
        require(
            not asked,
            _(
                "A Neighbour Solicitation put onto {link} is told to the controller, though the "
                "listeners to its group are known.",
                link=", ".join(dict.fromkeys(link for link, _number in asked)),
            ),
        )


# -- hosts


def finds_who_is_new(lab: Lab, switches: Switches) -> None:
    """A host that nobody has heard of is found as soon as it has said something, on every port."""
    with _stations(lab, switches) as at:
        for link in switches.ports:
            host = frames.new(at[link].at, link)
            other = at[switches.ports[0] if link != switches.ports[0] else switches.ports[1]]
            put([host.sends(frames.hello(host)), other.sends(frames.hello(other))])
            require(
                _comes_out(lab, other, host, FOUND),
                _(
                    "A new host on {link} has spoken, and what {other} sends to it within "
                    "{seconds} s does not come out there.",
                    link=link,
                    other=other.link,
                    seconds=int(FOUND),
                ),
            )


def follows_who_moves(lab: Lab, switches: Switches) -> None:
    """A host that is plugged in elsewhere is found there, whatever it was that it said first."""
    first, second, third = switches.hosts[1], switches.vacant[0], switches.vacant[-1]
    with _stations(lab, switches) as at:
        peer = at[switches.hosts[0]]
        host = frames.new(at[first].at, first)
        _talk(lab, peer, host)
        for link, says in (
            (second, frames.hello),
            (third, lambda one: frames.datagram(one, peer)),
            (first, lambda one: frames.datagram(one, peer, family=4)),
        ):
            with (
                lab.record.waiting(_("plugging a host in elsewhere")),
                Capture(lab.fabric, [link], lambda packet: False) as capture,
            ):
                capture.listen(lab.record.until(UNPLUGGED))
            host = host.elsewhere(at[link])
            put([host.sends(says(host))])
            for family in (6, 4):
                require(
                    _comes_out(lab, peer, host, MOVED, family),
                    _(
                        "A host has moved to {link}, and what {other} sends to it over "
                        "IPv{family} does not come out there within {seconds} s.",
                        link=link,
                        other=peer.link,
                        family=family,
                        seconds=int(MOVED),
                    ),
                )
            _talk(lab, peer, host)


@waits(IDLE_TIME_OUT)
def forgets_who_is_silent(lab: Lab, switches: Switches) -> None:
    """Who has said nothing for a while is looked for everywhere again, and until then is not."""
    with _stations(lab, switches) as at:
        every = list(at.values())
        peer = every[0]
        hosts = {one.link: frames.new(one.at, one.link) for one in (every[1], every[-1])}
        for host in hosts.values():
            _talk(lab, peer, host)
        items = {link: peer.sends(frames.datagram(peer, host)) for link, host in hosts.items()}
        for link, found in _crossed(lab, switches, items, every).arrived.items():
            require(
                found == [link],
                _(
                    "Hosts on {link} and {other} have just spoken, and what one sends to the other "
                    "comes out on: {links}",
                    link=peer.link,
                    other=link,
                    links=", ".join(found) or "—",
                ),
            )
        macs = {host.mac for host in hosts.values()}
        with (
            lab.record.waiting(_("waiting until a silent host is forgotten")),
            Capture(lab.fabric, hosts, lambda packet: packet.source_mac in macs) as capture,
        ):
            capture.listen(lab.record.until(IDLE_TIME_OUT.seconds))
        items = {link: peer.sends(frames.datagram(peer, host)) for link, host in hosts.items()}
        crossing = _crossed(lab, switches, items, every)
        for link, found in crossing.arrived.items():
            for other in switches.ports:
                require(
                    other in found or other == peer.link,
                    _(
                        "A host on {link} has said nothing for {seconds} s, and is not forgotten: "
                        "a frame to it does not come out on {other}.",
                        link=link,
                        seconds=int(IDLE_TIME_OUT.seconds),
                        other=other,
                    ),
                )


def hosts_reach_each_other(lab: Lab, switches: Switches, *names: str, family: int = 6) -> None:
    """The machines of the plan, and their router, reach each other over one family."""
    router = lab.node(switches.router)
    address = lab.plan[f"{switches.network}.router{'4' if family == 4 else ''}"]
    for one, other in pairwise(names):
        reach.both_ways(lab, one, other, family=family)
    for one in names:
        reach.reaches(lab, lab.node(one), router, address)


def floods_what_is_for_everybody(lab: Lab, switches: Switches) -> None:
    """What is for all, for a group of which nobody has said anything, or for a host that nobody
    has heard of comes out on every port."""
    with _stations(lab, switches) as at:
        every = list(at.values())
        items = _for_everybody(every)
        crossing = _crossed(lab, switches, items, every)
        for (link, kind), found in crossing.arrived.items():
            for other in switches.ports:
                require(
                    other in found or other == link,
                    _(
                        "What is put onto {link} does not come out on {other}: {kind}",
                        link=link,
                        other=other,
                        kind=kind,
                    ),
                )


def _for_everybody(stations: Iterable[Station]) -> dict[tuple[str, str], Sent]:
    """What each of them sends to all, by its link and what it is."""
    return {
        (one.link, kind): one.sends(frame)
        for one in stations
        for kind, frame in frames.for_everybody(one).items()
    }


# -- what must not be


def nothing_goes_round(lab: Lab, switches: Switches, *, passes: str) -> None:
    """Nothing comes out twice, nor where it came from; and no cable carries it again and again.

    Check `passes` says whether such frames come out at all.
    """
    with _stations(lab, switches) as at:
        every = list(at.values())
        items = _for_everybody(every)
        crossing = _crossed(lab, switches, items, every, (*switches.ports, *switches.cables))
        for (link, kind), copies in crossing.copies.items():
            for other, count in copies.items():
                # Once each way over each cable is no loop, however little it is good for.
                most = 2 * len(switches.cables) if other in switches.cables else int(other != link)
                require(
                    count <= most,
                    _(
                        "What is put onto {link} comes out on {other} {count} times: {kind}",
                        link=link,
                        other=other,
                        count=count,
                        kind=kind,
                    ),
                )
        for link, other in [(one, each) for one in switches.ports for each in switches.ports]:
            known = (link, other) not in crossing.unreached
            control(known, by=passes, message=_shut(link, other))


def known_hosts_are_sent_to_alone(lab: Lab, switches: Switches, *, passes: str) -> None:
    """Between hosts that know each other nothing comes out on a third port, of no protocol.

    Neighbour Discovery from one to another is among it. Check `passes` says whether it arrives.
    """
    with _stations(lab, switches) as at:
        every = list(at.values())
        pairs = [(every[0], every[1]), (every[1], every[-1]), (every[-1], every[0])]
        for one, other in pairs:
            _talk(lab, one, other)
        items: dict[tuple[str, str, str], Sent] = {}
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                for kind, frame in frames.between(one, other).items():
                    items[one.link, other.link, kind] = one.sends(frame)
        crossing = _crossed(lab, switches, items, every)
        for (link, to, kind), found in crossing.arrived.items():
            control(to in found, by=passes, message=_shut(link, to))
            require(
                found == [to],
                _(
                    "Between hosts on {link} and {to}, which know each other, this comes out on "
                    "{others} as well: {kind}",
                    link=link,
                    to=to,
                    others=", ".join(one for one in found if one != to),
                    kind=kind,
                ),
            )


def controller_sees_no_known_pair(lab: Lab, switches: Switches, *, passes: str) -> None:
    """Of what two hosts send each other that know each other, nothing is told to the controller."""
    with _stations(lab, switches) as at:
        every = list(at.values())
        one, other = every[0], every[-1]
        _talk(lab, one, other)
        items = {
            (a.link, b.link, kind): a.sends(frame)
            for a, b in ((one, other), (other, one))
            for kind, frame in frames.between(a, b).items()
        }
        asked, crossing = _watched(lab, switches, items, every)
        for (link, to, _kind), found in crossing.arrived.items():
            control(to in found, by=passes, message=_shut(link, to))
        for link, to, kind in asked:
            raise Failed(
                _(
                    "Between hosts on {link} and {to}, which know each other, this is told to the "
                    "controller: {kind}",
                    link=link,
                    to=to,
                    kind=kind,
                )
            )


# -- failures


def a_cable_may_break(lab: Lab, switches: Switches) -> None:
    """With whichever cable pulled out, hosts at different switches go on reaching each other."""
    with _stations(lab, switches) as at:
        every = list(at.values())
        _talk(lab, every[0], every[-1])
        for cable in switches.cables:
            with pulled(lab, cable):
                holds_within(
                    lab.record, MENDED, partial(_reach_without, lab, switches, every, cable)
                )
            holds_within(lab.record, MENDED, lambda: _reach_without(lab, switches, every))


def _reach_without(lab: Lab, switches: Switches, every: Sequence[Station], cable: str = "") -> None:
    one, other = every[0], every[-1]
    items = {
        (a.link, b.link): a.sends(frames.datagram(a, b)) for a, b in ((one, other), (other, one))
    }
    crossing = _crossed(lab, switches, items, every)
    missing = crossing.unreached + [
        (link, to) for (link, to), found in crossing.arrived.items() if to not in found
    ]
    for link, to in missing:
        if not cable:
            raise Failed(
                _(
                    "All cables are plugged in again, and after {seconds} s nothing gets from "
                    "{link} to {to}.",
                    seconds=int(MENDED),
                    link=link,
                    to=to,
                )
            )
        raise Failed(
            _(
                "With {cable} pulled out, after {seconds} s nothing gets from {link} to {to}.",
                cable=cable,
                seconds=int(MENDED),
                link=link,
                to=to,
            )
        )


@waits(CONTROLLER_GIVEN_UP)
def goes_on_without_its_controller(lab: Lab, switches: Switches) -> None:
    """When the controller cannot be reached, who talks goes on, and nothing is flooded that was
    not: for as long as a switch takes to give its controller up, and a while."""
    # Switches that become their own would make a loop, in which nothing could be seen any more.
    with pulled(lab, switches.cables[-1]), _stations(lab, switches) as at:
        every = list(at.values())
        one, other = every[0], every[-1]
        target = _listen(lab, switches, every, [other])
        _talk(lab, one, other)
        over = lab.record.until(CONTROLLER_GIVEN_UP.seconds)
        there = partial(_get_to, lab, switches, every, [other], target)
        back = partial(holds_within, lab.record, BACK, there)
        try:
            with (
                lab.record.waiting(_("looking what the switches do without their controller")),
                cut_off(lab.node(switches.controller)),
            ):
                while time.monotonic() < over:
                    _still_switched(lab, switches, one, other, target)
        except Failed:
            with suppress(Failed):  # what follows is judged with the controller
                back()
            raise
        back()


def _still_switched(
    lab: Lab, switches: Switches, one: Station, other: Station, target: IPv6Address
) -> None:
    """One step of it, STEP seconds long."""
    sent = {
        frames.datagram(one, other): (one, other),
        frames.datagram(other, one, family=4): (other, one),
        frames.solicitation(one, target): (one, other),
    }
    seen: set[tuple[bytes, str]] = set()

    def note(packet: Packet) -> bool:
        if packet.frame in sent and packet.sent and packet.link != sent[packet.frame][0].link:
            seen.add((packet.frame, packet.link))
            return True
        return False

    with Capture(lab.fabric, switches.ports, note) as capture:
        put([at.sends(frame) for frame, (at, _to) in sent.items()])
        capture.listen(lab.record.until(STEP))
    for frame, (at, to) in sent.items():
        found = [link for each, link in seen if each == frame]
        values = {"link": at.link, "to": to.link}
        require(
            to.link in found,
            _("Without the controller, what hosts on {link} and {to} send no longer arrives.",
              **values),
        )  # fmt: skip
        require(
            found == [to.link],
            _(
                "Without the controller, what is sent from {link} to {to} comes out on {others} "
                "as well.",
                **values,
                others=", ".join(sorted(set(found) - {to.link})),
            ),
        )


# -- how it is tried


@contextmanager
def _stations(lab: Lab, switches: Switches) -> Iterator[Mapping[str, Station]]:
    """A station at each port, by its link, once the switches pass anything on, or should."""
    with stations(lab, switches.ports) as found:
        until = lab.record.until(reach.STARTING)
        while time.monotonic() < until:
            if not _crossed(lab, switches, {}, found.values()).unreached:
                break
        yield found


def _crossed(
    lab: Lab,
    switches: Switches,
    items: Mapping[K, Sent],
    every: Iterable[Station],
    links: Collection[str] = (),
) -> Crossing[K]:
    """Which of the items come out where; each station has said something to everybody before."""
    controls = [one.sends(frames.hello(one)) for one in every]
    return cross(lab, items, controls, links or switches.ports, ONCE)


def _watched(
    lab: Lab, switches: Switches, items: Mapping[K, Sent], every: Iterable[Station]
) -> tuple[list[K], Crossing[K]]:
    """Which of the items are told to the controller, and where they come out."""
    controls = [one.sends(frames.hello(one)) for one in every]
    return watched(lab, items, controls, switches.ports, switches.control, ONCE)


def _comes_out(lab: Lab, one: Station, other: Station, within: float, family: int = 6) -> bool:
    """Whether what a station sends to another, again and again, comes out there in time."""
    sent: set[bytes] = set()
    until = lab.record.until(within)
    with Capture(lab.fabric, [other.link], lambda packet: packet.frame in sent) as capture:
        while time.monotonic() < until:
            sent.add(frame := frames.datagram(one, other, family))
            put([one.sends(frame)])
            if capture.wait(min(until, time.monotonic() + AGAIN)):
                return True
    return False


def _talk(lab: Lab, one: Station, other: Station) -> None:
    """Two stations say to all that they are there, and then speak to each other a few times."""
    put([one.sends(frames.hello(one)), other.sends(frames.hello(other))])
    for _exchange in range(SPOKEN):
        for a, b in ((one, other), (other, one)):
            for family in (6, 4):
                _comes_out(lab, a, b, ONCE, family)


def _shut(link: str, other: str) -> Message:
    return _(_UNREACHED.text, link=link, other=other)

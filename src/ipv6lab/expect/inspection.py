"""Whose an address is, on a switch that looks at Neighbour Discovery (RFC 6620, RFC 4861).

An address belongs to the port at which it was first heard of: looked for by who wants it, asked
from, or told. Hosts of the grader's own, at each port, say so and wait until the switch knows; what
others then say in their names has to die, and what they say themselves has to pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

from ipv6lab.expect.conditions import _, control, fail, holds_within, require, unwanted
from ipv6lab.expect.guard import BEHIND_HEADERS, Ports
from ipv6lab.probes import Blocked, Capture, Failed, Lab
from ipv6lab.probes.acts.pull import pulled
from ipv6lab.probes.hosts import claims
from ipv6lab.probes.hosts import stations as frames
from ipv6lab.probes.hosts.claims import Claim
from ipv6lab.probes.hosts.crossing import Crossing, Sent, cross, put
from ipv6lab.probes.hosts.stations import Station, stations
from ipv6lab.wire.rogue import IN_FRAGMENTS, PLAIN, Form
from ipv6lab.words.message import Message
from ipv6lab.words.waits import IDLE_TIME_OUT, waits

__all__ = [
    "addresses_move",
    "claims_die",
    "claims_die_in_disguise",
    "keeps_what_is_silent",
    "neighbours_live",
]

SOON = 8.0  # seconds until what was heard of an address is in the switch, however busy
MOVED = 5.0  # seconds until who was plugged in elsewhere is let in there
AGAIN = 0.5  # seconds until it says so once more
MORE = 6  # addresses of one host

Way = Callable[[Station], Claim]
Items = dict[tuple[str, str, str], Sent]  # by whose the address is, where it is put, and words

WAYS: tuple[Way, ...] = (claims.looks, claims.asks, claims.tells)
SHUT = _("Not even an ordinary frame gets from {link} to {other}.")
_STOLEN = _(
    "What claims an address of {owner}'s host, put onto {link}, comes out on {other}: {claim}"
)
_SILENT = _(
    "A host on {owner} has been silent for a while, and what claims its address, put onto {link}, "
    "comes out on {other}: {claim}"
)
_OWN = _("What a host on {link} says of its own address does not get to {other}: {claim}")


class Place(NamedTuple):
    """A port: the grader's station there, and the addresses that it has spoken of."""

    station: Station
    hosts: tuple[Station, ...]


# -- what must not get in


def claims_die(lab: Lab, ports: Ports, *, own: str, passes: str) -> None:
    """What claims an address that belongs to another port's host gets from no host's port out.

    However that host was heard of first, and whoever it is: a guest, the router, the server. The
    controls: check `own` says whether what hosts say of themselves passes, `passes` all else.
    """
    with places(lab, ports) as at:
        holds_within(lab.record, SOON, partial(_die, lab, ports, at, [PLAIN], _STOLEN, own, passes))
        # The router has its address whoever was the first to claim it.
        wanted = _claimed_before(at, ports.access[0], ports.router_link)
        holds_within(lab.record, SOON, partial(_heard, lab, ports, at, wanted))
        only = {**at, wanted.link: at[wanted.link]._replace(hosts=(wanted,))}
        holds_within(
            lab.record, SOON, partial(_die, lab, ports, only, [PLAIN], _STOLEN, own, passes)
        )


def claims_die_in_disguise(lab: Lab, ports: Ports, *, own: str, passes: str) -> None:
    """Behind extension headers, in fragments, and with an option twice, they die as well."""
    forms = [*BEHIND_HEADERS, *IN_FRAGMENTS]
    with places(lab, ports) as at:
        holds_within(lab.record, SOON, partial(_die, lab, ports, at, forms, _STOLEN, own, passes))


@waits(IDLE_TIME_OUT)
def keeps_what_is_silent(lab: Lab, ports: Ports, *, own: str, passes: str) -> None:
    """Who has said nothing for a while has not lost its address to others."""
    with places(lab, ports) as at:
        with (
            lab.record.waiting(_("waiting whether a silent host loses its address")),
            Capture(lab.fabric, ports.links, lambda packet: False) as capture,
        ):
            capture.listen(lab.record.until(IDLE_TIME_OUT.seconds))
        _die(lab, ports, at, [PLAIN], _SILENT, own, passes)


def known(lab: Lab, ports: Ports, at: Mapping[str, Place]) -> None:
    """Wait until the switch knows whose the addresses are: until claims to them die."""
    holds_within(lab.record, SOON, partial(_die, lab, ports, at, [PLAIN], _STOLEN, "", ""))


def _die(
    lab: Lab,
    ports: Ports,
    at: Mapping[str, Place],
    forms: Collection[Form],
    say: Message,
    own: str,
    passes: str,
) -> None:
    items: Items = {}
    for owner, place in at.items():
        for link in ports.access:
            if link != owner:
                peer = next(
                    each.station for each in at.values() if each.station.link not in (owner, link)
                )
                items |= false(at[link].station, place, peer, forms)
    crossing = crossed(lab, ports, items, at)
    for link, other in crossing.unreached:
        control(False, by=passes, message=_(SHUT.text, link=link, other=other))
    for (owner, link, claim), found in crossing.arrived.items():
        require(
            not found,
            _(say.text, owner=owner, link=link, other=", ".join(found), claim=claim),
        )
    missing = _unheard(lab, ports, at)
    control(not missing, by=own, message=_own(*missing[0]) if missing else _OWN)


def false(thief: Station, place: Place, peer: Station, forms: Collection[Form] = (PLAIN,)) -> Items:
    """What a thief says in the names of a port's hosts, in each of the forms.

    Plain: from its own MAC address and from theirs. Else to all, and with an option twice.
    """
    found: Items = {}
    for host in place.hosts:
        said = claims.false(thief, host, peer)
        if list(forms) == [PLAIN]:
            for mac in (thief.mac, host.mac):
                for claim in said:
                    words = claim.words + ("" if mac == thief.mac else f", ether saddr {mac}")
                    found[host.link, thief.link, words] = claim.sent(thief, mac=mac)
            continue
        for claim in (claims.tells(thief, host.address, to=to, times=2) for to in (None, peer)):
            found[host.link, thief.link, claim.words] = claim.sent(thief)
        for form in forms:
            for claim in claims.false(thief, host, peer, to_all=True):
                words = f"{claim.words} {form.options}"
                found[host.link, thief.link, words] = claim.sent(thief, form)
    return found


# -- what has to get through


def neighbours_live(lab: Lab, ports: Ports) -> None:
    """What hosts say of their own addresses passes, however many they have.

    Whoever looks whether an address is taken is heard by who has it, and takes nothing by it. What
    is said from the router's and the server's port passes, whoever has claimed the address before.
    """
    with places(lab, ports, MORE) as at:
        holds_within(lab.record, SOON, partial(_own_pass, lab, ports, at))
        holds_within(lab.record, SOON, partial(_questions_pass, lab, ports, at))
        holds_within(lab.record, SOON, partial(_own_pass, lab, ports, at))
        for link in (ports.router_link, ports.server_link):
            wanted = _claimed_before(at, ports.access[0], link)
            holds_within(lab.record, SOON, partial(_heard, lab, ports, at, wanted))


def addresses_move(lab: Lab, ports: Ports) -> None:
    """Who is unplugged and plugged in elsewhere takes its addresses along."""
    old, new = ports.access[-1], ports.access[0]
    with stations(lab, [one for one in ports.links if one != old]) as found:
        with stations(lab, [old]) as before:
            hosts = tuple(frames.new(before[old].at, old) for _way in WAYS)
            at = {link: Place(one, ()) for link, one in {**found, **before}.items()}
            crossed(lab, ports, {}, at)
            _speak_up(hosts)
            with suppress(Failed, Blocked):  # where addresses are nobody's, this is no fault
                known(lab, ports, {**at, old: Place(before[old], hosts)})
        other = found[ports.router_link]
        with pulled(lab, old):
            for host, way in zip(hosts, WAYS, strict=True):
                require(
                    _let_in(lab, host.elsewhere(found[new]), other, way),
                    _(
                        "A host was unplugged from {old} and is now at {link}: what it says of its "
                        "address does not get to {other} within {seconds} s.",
                        old=old,
                        link=new,
                        other=other.link,
                        seconds=int(MOVED),
                    ),
                )


def _own_pass(lab: Lab, ports: Ports, at: Mapping[str, Place]) -> None:
    for link, other, claim in unwanted(_unheard(lab, ports, at)):
        fail(_own(link, other, claim))


def _questions_pass(lab: Lab, ports: Ports, at: Mapping[str, Place]) -> None:
    items: Items = {}
    for owner, place in at.items():
        for link in ports.access:
            if link != owner:
                claim = claims.look(place.hosts[0].address)
                items[owner, link, claim.words] = claim.sent(at[link].station)
    for (owner, link, claim_words), found in crossed(lab, ports, items, at).arrived.items():
        require(
            owner in found,
            _(
                "Who looks from {link} whether an address is taken is not heard on {owner}, where "
                "it is: {claim}",
                link=link,
                owner=owner,
                claim=claim_words,
            ),
        )


def _claimed_before(at: Mapping[str, Place], thief: str, link: str) -> Station:
    """An address of somebody trusted on a link that a thief has claimed before him."""
    wanted, by = frames.new(at[link].station.at, link), at[thief].station
    put(way(wanted._replace(mac=by.mac)).sent(by) for way in WAYS)
    return wanted


def _heard(lab: Lab, ports: Ports, at: Mapping[str, Place], wanted: Station) -> None:
    _own_pass(lab, ports, {**_silent(at), wanted.link: Place(at[wanted.link].station, (wanted,))})


def _silent(at: Mapping[str, Place]) -> dict[str, Place]:
    return {link: Place(place.station, ()) for link, place in at.items()}


def _unheard(lab: Lab, ports: Ports, at: Mapping[str, Place]) -> list[tuple[str, str, str]]:
    """What hosts say of their own addresses and where it does not come out: on which link it was
    put, on which other it is missing, and what it is."""
    items: Items = {}
    for link, place in at.items():
        peer = next(each.station for each in at.values() if each.station.link != link)
        for host in place.hosts:
            for claim in own(host, peer):
                to = peer.link if claim.to == peer.mac else ""
                items[link, to, claim.words] = claim.sent(host)
    missing = []
    for (link, to, words), found in crossed(lab, ports, items, at).arrived.items():
        wanted = [to] if to else [one for one in ports.links if one != link]
        missing += [(link, other, words) for other in wanted if other not in found]
    return missing


def own(host: Station, peer: Station) -> list[Claim]:
    """What a host says of its own address, to all and to a peer."""
    said = [claims.tells(host, to=peer), claims.asks(host, of=peer), claims.asks_routers(host)]
    return [*(way(host) for way in WAYS), *said]


def _own(link: str, other: str, claim: str) -> Message:
    return _(_OWN.text, link=link, other=other, claim=claim)


def _let_in(lab: Lab, host: Station, other: Station, first: Way) -> bool:
    """Whether all that it says, at first in one way alone, comes out there in time."""
    until = lab.record.until(MOVED)
    put([first(host).sent(host)])
    sent: set[bytes] = set()
    with Capture(lab.fabric, [other.link], lambda packet: packet.frame in sent) as capture:
        while time.monotonic() < until:
            said = [claim.sent(host) for claim in own(host, other)]
            sent |= {frame for one in said for frame in one.frames}
            wanted = {frame for one in said for frame in one.frames}
            put(said)
            again = min(until, time.monotonic() + AGAIN)
            while wanted and (packet := capture.wait(again)):
                wanted.discard(packet.frame)
            if not wanted:
                return True
    return False


# -- how it is tried


@contextmanager
def places(lab: Lab, ports: Ports, count: int = len(WAYS)) -> Iterator[Mapping[str, Place]]:
    """A station at each port, with so many addresses that it has spoken of, each in another way."""
    with stations(lab, ports.links) as found:
        at = {
            link: Place(one, (one, *(frames.new(one.at, link) for _one in range(1, count))))
            for link, one in found.items()
        }
        crossed(lab, ports, {}, at)  # until the switch passes anything on
        for place in at.values():
            _speak_up(place.hosts)
        yield at


def _speak_up(hosts: Sequence[Station]) -> None:
    """Each in another way, and of all hosts the first in one of its own again."""
    put(WAYS[at % len(WAYS)](host).sent(host) for at, host in enumerate(hosts))


def crossed(
    lab: Lab, ports: Ports, items: Items, at: Mapping[str, Place]
) -> Crossing[tuple[str, str, str]]:
    """What the switch let through of these messages, once it has seen each station speak."""
    every: Iterable[Station] = [place.station for place in at.values()]
    return cross(lab, items, [one.sends(frames.hello(one)) for one in every], ports.links)

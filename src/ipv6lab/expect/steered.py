"""A switch that guards and is steered: what its controller is asked, and what is without it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from ipv6lab.expect import guard
from ipv6lab.expect.conditions import _, control, fail, holds_within, require, unwanted
from ipv6lab.expect.guard import Ports
from ipv6lab.expect.inspection import (
    SHUT,
    SOON,
    Items,
    Place,
    crossed,
    false,
    known,
    own,
    places,
)
from ipv6lab.probes import Capture, Failed, Lab, Packet
from ipv6lab.probes.acts.cut import cut_off
from ipv6lab.probes.hosts import stations as frames
from ipv6lab.probes.hosts.crossing import put, watched
from ipv6lab.probes.hosts.stations import Station, stations
from ipv6lab.words.waits import CONTROLLER_GIVEN_UP, SWITCHED_ON, waits

__all__ = ["controller_is_not_asked", "guards_after_reboots", "guards_without_its_controller"]

BACK = 30.0  # seconds until a controller, or a switch, is there again and the guard with it
STEP = 1.0  # seconds between two tries while the controller is away
SPOKEN = 3  # exchanges after which two hosts know each other


def controller_is_not_asked(lab: Lab, ports: Ports, *, passes: str) -> None:
    """Nothing of what dies is told to the controller, and nothing that known hosts say.

    Check `passes` says whether what known hosts say arrives.
    """
    with places(lab, ports) as at:
        for _exchange in range(SPOKEN):
            for one, other in _pairs(ports, at):
                _speak(lab, ports, one, other)
        holds_within(lab.record, SOON, partial(_nothing_told, lab, ports, at, passes))


def _nothing_told(lab: Lab, ports: Ports, at: Mapping[str, Place], passes: str) -> None:
    items: Items = {}
    for thief, peer in _pairs(ports, at):
        for command, sent in guard.attacks(thief, peer.mac).items():
            items["", thief.link, command] = sent
        for owner, place in at.items():
            if owner not in (thief.link, peer.link):
                items |= false(thief, place, peer)
        for kind, frame in frames.between(thief, peer).items():
            items[peer.link, thief.link, f"{kind} to {peer.mac}"] = thief.sends(frame)
    known = dict(items)
    for link, place in at.items():
        for host in place.hosts:
            for claim in own(
                host, at[ports.links[0] if link != ports.links[0] else ports.links[1]].station
            ):
                known[link, link, claim.words] = claim.sent(host)
    hellos = [each.station.sends(frames.hello(each.station)) for each in at.values()]
    told, crossing = watched(lab, known, hellos, ports.links, ports.control)
    for link, other in crossing.unreached:
        control(False, by=passes, message=_(SHUT.text, link=link, other=other))
    control(True, by=passes, message=SHUT)
    for _owner, link, what in unwanted(told):
        fail(_("What is put onto {link} is told to the controller: {what}", link=link, what=what))


@waits(CONTROLLER_GIVEN_UP)
def guards_without_its_controller(lab: Lab, ports: Ports) -> None:
    """When the controller cannot be reached, what has to die dies, and who talks goes on."""
    with places(lab, ports) as at:
        pairs = _pairs(ports, at)
        for _exchange in range(SPOKEN):
            for one, other in pairs:
                _speak(lab, ports, one, other)
        known(lab, ports, at)
        over = lab.record.until(CONTROLLER_GIVEN_UP.seconds)
        try:
            with (
                lab.record.waiting(_("looking what the switch does without its controller")),
                cut_off(lab.node(ports.controller)),
            ):
                while time.monotonic() < over:
                    _still_guarded(lab, ports, at, pairs)
        finally:
            with suppress(Failed):  # what follows is judged with the controller
                holds_within(lab.record, BACK, partial(_guards_again, lab, ports))


def _still_guarded(
    lab: Lab,
    ports: Ports,
    at: Mapping[str, Place],
    pairs: list[tuple[Station, Station]],
) -> None:
    """One step of it, STEP seconds long."""
    dies: dict[bytes, tuple[str, str]] = {}
    lives: dict[bytes, tuple[str, str]] = {}
    sent = []
    for thief, peer in pairs:
        for command, one in guard.attacks(thief, peer.mac).items():
            dies[one.frames[0]] = (thief.link, command)
            sent.append(one)
        for owner, place in at.items():
            if owner not in (thief.link, peer.link):
                for (_owner, link, words), one in false(thief, place, peer).items():
                    dies[one.frames[0]] = (link, words)
                    sent.append(one)
        for frame in (frames.datagram(thief, peer), frames.advertisement(thief, peer)):
            lives[frame] = (thief.link, peer.link)
            sent.append(thief.sends(frame))
    out: set[tuple[bytes, str]] = set()

    def note(packet: Packet) -> bool:
        origin = dies.get(packet.frame) or lives.get(packet.frame)
        if origin and packet.sent and packet.link != origin[0]:
            out.add((packet.frame, packet.link))
        return False

    with Capture(lab.fabric, ports.links, note) as capture:
        put(sent)
        capture.listen(lab.record.until(STEP))
    for frame, (link, what) in dies.items():
        found = [other for one, other in out if one == frame]
        require(
            not found,
            _(
                "Without the controller, what is put onto {link} comes out on {other}: {what}",
                link=link,
                other=", ".join(found),
                what=what,
            ),
        )
    for frame, (link, other) in lives.items():
        require(
            (frame, other) in out,
            _(
                "Without the controller, what a host on {link} sends to one on {other} no longer "
                "arrives.",
                link=link,
                other=other,
            ),
        )


@waits(SWITCHED_ON)
def guards_after_reboots(lab: Lab, ports: Ports, switch: str) -> None:
    """Switched off and on without its controller, the switch lets in nothing that has to die; and
    once the controller was switched off and on too, it guards as before."""
    with stations(lab, ports.links) as found, cut_off(lab.node(ports.controller)):
        lab.reboot(lab.node(switch))
        over = lab.record.until(SWITCHED_ON.seconds)
        while time.monotonic() < over:
            _let_in_nothing(lab, ports, found)
    lab.reboot(lab.node(ports.controller))
    holds_within(lab.record, BACK, partial(_guards_again, lab, ports))


def _let_in_nothing(lab: Lab, ports: Ports, found: Mapping[str, Station]) -> None:
    sent = {
        one.frames[0]: (link, command, one)
        for link in ports.access
        for command, one in guard.attacks(found[link], found[ports.router_link].mac).items()
    }
    out: set[tuple[bytes, str]] = set()

    def note(packet: Packet) -> bool:
        if packet.sent and packet.frame in sent and packet.link != sent[packet.frame][0]:
            out.add((packet.frame, packet.link))
        return False

    with Capture(lab.fabric, ports.links, note) as capture:
        put(one for _link, _command, one in sent.values())
        capture.listen(lab.record.until(STEP))
    for frame, other in unwanted(sorted(out)):
        fail(
            _(
                "The switch was switched on, its controller is not there, and what is put onto "
                "{link} comes out on {other}: {command}",
                link=sent[frame][0],
                other=other,
                command=sent[frame][1],
            )
        )


def _guards_again(lab: Lab, ports: Ports) -> None:
    """Hosts speak of their addresses once more, and then it is as it was."""
    with places(lab, ports) as at:
        holds_within(lab.record, SOON, partial(_guards, lab, ports, at))


def _guards(lab: Lab, ports: Ports, at: Mapping[str, Place]) -> None:
    peer = at[ports.router_link].station
    items: Items = {}
    for link in ports.access:
        thief = at[link].station
        for command, one in guard.attacks(thief, peer.mac).items():
            items["", link, command] = one
        for owner, place in at.items():
            if owner != link:
                items |= false(thief, place, peer)
    crossing = crossed(lab, ports, items, at)
    for link, other in unwanted(crossing.unreached):
        fail(_("After a reboot nothing gets from {link} to {other}.", link=link, other=other))
    for (_owner, link, what), found in crossing.arrived.items():
        require(
            not found,
            _(
                "After a reboot, what is put onto {link} comes out on {other}: {command}",
                link=link,
                other=", ".join(found),
                command=what,
            ),
        )


def _pairs(ports: Ports, at: Mapping[str, Place]) -> list[tuple[Station, Station]]:
    """Hosts that talk to each other: two guests, and a guest and the router."""
    one, other, router = (at[link].station for link in (*ports.access[:2], ports.router_link))
    return [(one, other), (other, one), (one, router)]


def _speak(lab: Lab, ports: Ports, one: Station, other: Station) -> None:
    """Two hosts send each other something, by either family, and wait until it has come out."""
    sent = {frames.datagram(a, b): b.link for a, b in ((one, other), (other, one))}
    with Capture(lab.fabric, ports.links, lambda packet: packet.frame in sent) as capture:
        put(a.sends(frame) for a, frame in zip((one, other), sent, strict=True))
        capture.listen(lab.record.until(0.2))

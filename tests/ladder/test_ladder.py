"""Frames become steps: who, to whom, what."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.reports.ladder import Ladder, Step
from ipv6lab.reports.ladder_names import Names
from tests.ladder.frames import ADDRESSES, FRAMES, NETWORK, octets


def ladder(most: int = 1000) -> Ladder:
    names = Names(NETWORK, ADDRESSES)
    names.begin_at("pc")
    return Ladder(names, most)


def steps(*frames: bytes) -> list[Step]:
    made = ladder()
    done = []
    for number, frame in enumerate(frames):
        done += made.add(100 + number / 1000, frame)
    return done + made.rest()


def told(step: Step) -> str:
    details = ", ".join(str(detail) for detail in step.all_details)
    return f"{step.source.name} > {step.target.name} {step.title}: {details}".rstrip(": ")


# What a trainer would say of each frame.
EXPECTED = {
    "rs": "pc > * Router Solicitation: to all routers",
    "ra": "gw > * Router Advertisement: to all nodes, default router for 1800 s, "
    "more by DHCPv6 (O), prefix 2001:db8:1::/64 (L A)",
    "rogue ra": "rogue > * Router Advertisement: to all nodes, hosts discard it, "
    "no default router, more by DHCPv6 (O), prefix 2001:db8:1::/64 (L A), "
    "with 2001:db8:1::1, an address of gw",
    "dad": "pc > * Neighbor Solicitation: to a solicited-node group, "
    "does anybody have 2001:db8:1::a? (DAD)",
    "ns": "pc > * Neighbor Solicitation: to a solicited-node group, who has 2001:db8:1::1?",
    "na": "gw > pc Neighbor Advertisement: 2001:db8:1::1 is at 02:00:00:00:00:02, flags R S O",
    "redirect": "gw > pc Redirect: 2001:db8:2::80 is reached by fe80::4",
    "solicit": "pc > * DHCPv6 Solicit: to all DHCPv6 servers and relays, wants an address",
    "advertise": "gw > pc DHCPv6 Advertise: address 2001:db8:1::1000",
    "request": "pc > * DHCPv6 Request: to all DHCPv6 servers and relays, address 2001:db8:1::1000",
    "reply": "gw > pc DHCPv6 Reply: address 2001:db8:1::1000",
    "relay": "gw > srv DHCPv6 Relay-forward: for fe80::a, on the link of 2001:db8:1::1, "
    "holds DHCPv6 Solicit, wants an address",
    "dhcp": "pc > * DHCP Discover: to everybody on the link",
    "query": "pc > srv DNS Query: AAAA www.example., by way of gw",
    "answer": "srv > pc DNS Response: AAAA www.example., AAAA 2001:db8:2::80",
    "referral": "srv > pc DNS Response: AAAA www.example., ask ns1.example.",
    "nxdomain": "srv > pc DNS Response: AAAA www.example., NXDOMAIN",
    "arp": "pc > * ARP Request: who has 198.51.100.1?",
    "echo": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, by way of gw",
    "unreachable": "gw > pc Destination Unreachable: forbidden by a filter, "
    "about 2001:db8:1::a → 2001:db8:2::80",
    "too big": "gw > pc Packet Too Big: MTU 1280, about 2001:db8:1::a → 2001:db8:2::80",
    "needed": "gw > pc Fragmentation Needed: MTU 1400, about 198.51.100.2 → 192.0.2.80 53",
    "syn": "pc > srv TCP SYN: opens port 80 (http), by way of gw",
    "syn ack": "srv > pc TCP SYN, ACK: port 80 accepts",
    "get": "pc > srv GET /x HTTP/1.1: www.example, 38 octets, by way of gw",
    "ok": "srv > pc HTTP/1.1 200 OK: 19 octets",
    "rst": "srv > pc TCP RST: refused or broken off, 81 → 40001",
    "6in4": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, in 6in4 198.51.100.2 → 192.0.2.80",
    "gre": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, in GRE 198.51.100.2 → 192.0.2.80",
    "ip6tnl": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, "
    "in 6in6 2001:db8:1::a → 2001:db8:2::80",
    "vxlan": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, "
    "in VXLAN 42 2001:db8:1::a → 2001:db8:2::80",
    "6in4 in gre": "pc > srv Echo Request: id 0x0007, seq 1, 0 octets, "
    "in GRE 198.51.100.2 → 192.0.2.1, in 6in4 198.51.100.2 → 192.0.2.80",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_frame_says(name: str) -> None:
    (step,) = steps(octets(name))
    assert told(step) == EXPECTED[name]


def test_every_frame_of_the_network_is_told() -> None:
    # An acknowledgement alone says nothing.
    assert set(EXPECTED) == set(FRAMES) - {"ack"}


def test_tunnels_have_two_ends() -> None:
    (step,) = steps(octets("6in4 in gre"))
    ends = [(tunnel.name, tunnel.source.name, tunnel.target.name) for tunnel in step.tunnels]
    assert ends == [("GRE", "pc", "gw"), ("6in4", "pc", "srv")]


def test_a_connection_is_a_handshake_and_what_is_said() -> None:
    said = [step.title for step in steps(*map(octets, ("syn", "syn ack", "ack", "get", "ack")))]
    assert said == ["TCP SYN", "TCP SYN, ACK", "TCP ACK", "GET /x HTTP/1.1"]


def test_segments_of_an_answer_are_one_step() -> None:
    head = FRAMES["ok"].copy()
    head["TCP"].remove_payload()
    more = []
    for number in range(5):
        head["TCP"].seq += 100
        more.append(bytes(head / bytes([number])))
    (step,) = steps(octets("ok"), *more)
    assert (step.title, step.count) == ("HTTP/1.1 200 OK", 6)
    assert "in 6 segments" in told(step)


def test_a_packet_that_is_handed_on_is_one_step() -> None:
    first = FRAMES["echo"].copy()
    again = first.copy()
    again.src, again.dst = "02:00:00:00:00:12", "02:00:00:00:00:03"
    again["IPv6"].hlim -= 1
    (step,) = steps(bytes(first), bytes(again))
    assert (step.source.name, step.target.name, step.via) == ("pc", "srv", ["gw"])
    # The same again with the same hop limit is said again.
    assert len(steps(bytes(first), bytes(first))) == 2


def test_many_strangers_share_a_lifeline() -> None:
    frame = FRAMES["echo"].copy()
    sent = []
    for number in range(20):
        frame["IPv6"].dst = f"2001:db8:ffff::{number:x}"
        sent.append(bytes(frame))
    made = steps(*sent)
    assert len({step.target for step in made}) == 5
    assert "to 2001:db8:ffff::13" in told(made[-1])


def test_an_address_of_now_is_asked_for_once() -> None:
    asked = []

    def ask() -> dict[str, object]:
        asked.append(1)
        return {"srv": {"eth0": {"mac": "", "addresses": ["2001:db8:2::99/64"]}}}

    names = Names(NETWORK, ADDRESSES, ask)
    frame = FRAMES["echo"].copy()
    made = Ladder(names)
    frame["IPv6"].dst = "2001:db8:2::99"
    made.add(1, bytes(frame))
    made.add(1, bytes(frame))
    assert [step.target.name for step in made.rest()] == ["srv", "srv"]
    assert len(asked) == 1


@given(st.binary(max_size=200))
def test_any_octets_are_a_step(data: bytes) -> None:
    made = ladder()
    made.add(1, data)
    assert len(made.rest()) <= 1


@given(st.sampled_from(sorted(FRAMES)), st.data())
def test_broken_frames_are_told_too(name: str, data: st.DataObject) -> None:
    frame = bytearray(octets(name))
    for _change in range(3):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))
    made = ladder()
    made.add(1, bytes(frame[:cut]))
    for step in made.rest():
        assert told(step).isprintable()


def test_ten_thousand_packets_take_a_moment() -> None:
    query = FRAMES["query"].copy()
    sent = []
    for number in range(10_000):
        query["DNS"].id = number
        query["UDP"].sport = 1024 + number
        if number % 100 == 0:
            sent.append(bytes(query))
    made = ladder()
    begun = time.process_time()
    done = []
    for number in range(10_000):
        frame = bytearray(sent[number % 100])
        frame[54:56] = number.to_bytes(2, "big")
        done += made.add(number / 100, bytes(frame))
    done += made.rest()
    assert time.process_time() - begun < 3
    assert (len(done), made.missed, made.frames) == (1000, 9000, 10_000)

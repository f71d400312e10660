"""A packet that came to a node and was not seen to leave ends there, where a capture can tell."""

from __future__ import annotations

from typing import Any

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import ICMPv6EchoReply, IPv6

from ipv6lab.reports.ladder import Ladder, Step
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.ladder_page import html, route
from ipv6lab.reports.ladder_terminal import TerminalLadder
from ipv6lab.reports.ladder_whole import seen_whole
from tests.ladder.frames import ADDRESSES, FRAMES, NETWORK, SERVER

UP = "02:00:00:00:00:12"  # the router's other interface


def behind(name: str) -> Any:
    """A frame as the router hands it on to the server."""
    frame = FRAMES[name].copy()
    frame.src, frame.dst = UP, SERVER
    frame["IPv6"].hlim -= 1
    return frame


def captured(*frames: Any, quiet: float = 9.0, whole: str = "gw") -> list[Step]:
    """The steps of what a capture at the router saw, a millisecond apart, or at a time told."""
    names = Names(NETWORK, ADDRESSES)
    names.begin_at("gw")
    made = Ladder(names, whole=whole)
    done, time = [], 100.0
    for frame in frames:
        if isinstance(frame, float):
            time += frame
            continue
        time += 0.001
        done += made.add(time, bytes(frame))
    return done + made.rest(quiet)


def ways(*frames: Any, **more: Any) -> list[str]:
    return [route(step, str) for step in captured(*frames, **more)]


def test_what_does_not_leave_ends_there() -> None:
    (step,) = captured(FRAMES["echo"])
    assert route(step, str) == "pc → gw ✘ srv"
    assert str(step.all_details[-1]) == "not seen to leave gw"
    assert "by way of" not in " ".join(map(str, step.all_details))
    # What is said of it, and by the router itself, changes nothing.
    assert ways(FRAMES["echo"], FRAMES["unreachable"]) == ["pc → gw ✘ srv", "gw → pc"]
    # One packet is handed on, the next one is not.
    assert ways(FRAMES["echo"], behind("echo"), FRAMES["query"]) == ["pc → srv", "pc → gw ✘ srv"]


def test_what_leaves_goes_on() -> None:
    (step,) = captured(FRAMES["echo"], behind("echo"))
    assert (route(step, str), step.via) == ("pc → srv", ["gw"])
    assert ways(FRAMES["get"], behind("get")) == ["pc → srv"]
    # Late, because somebody had to be looked for.
    assert ways(FRAMES["echo"], 1.2, behind("echo"))[0] == "pc → srv"


def test_segments_of_one_answer_are_handed_on_as_they_come() -> None:
    first, second = FRAMES["get"].copy(), FRAMES["get"].copy()
    second["TCP"].remove_payload()
    second["TCP"].seq += 100
    more, onward = second / b"more", (second / b"more").copy()
    onward.src, onward.dst = UP, SERVER
    onward["IPv6"].hlim -= 1
    (step,) = captured(first, behind("get"), more, onward)
    assert (step.count, step.ends_at) == (2, None)
    (step,) = captured(first, more)
    assert route(step, str) == "pc → gw ✘ srv"


@pytest.mark.parametrize("quiet", [0.0, 0.1])
def test_at_the_end_of_a_capture_nobody_knows(quiet: float) -> None:
    assert ways(FRAMES["echo"], quiet=quiet) == ["pc → srv"]


def test_a_capture_of_less_proves_nothing() -> None:
    assert ways(FRAMES["echo"], whole="") == ["pc → srv"]
    assert ways(FRAMES["echo"], whole="srv") == ["pc → srv"]


def test_what_leaves_in_another_form_may_be_it() -> None:
    tunnelled = behind("echo")
    tunnelled = type(tunnelled)(src=UP, dst=SERVER) / IP(
        src="192.0.2.1", dst="192.0.2.80", proto=41
    )
    tunnelled = tunnelled / bytes(behind("echo")["IPv6"])
    translated = behind("query")
    translated["IPv6"].src = "2001:db8:2::1"
    assert ways(FRAMES["echo"], tunnelled)[0] == "pc → srv"
    assert ways(FRAMES["query"], translated)[0] == "pc → srv"


def test_what_is_for_the_node_or_for_its_link_ends_nowhere_else() -> None:
    own = FRAMES["echo"].copy()
    own["IPv6"].dst = "2001:db8:2::1"
    assert ways(own) == ["pc → gw"]
    for name in ("rs", "ra", "ns", "na", "dad", "solicit", "arp", "6in4 in gre"):
        assert all(step.ends_at is None for step in captured(FRAMES[name])), name


def test_both_ways_are_drawn_and_told() -> None:
    reply = FRAMES["echo"].copy()
    reply = type(reply)(src=SERVER, dst=UP) / IPv6(src="2001:db8:2::80", dst="2001:db8:1::a")
    steps = captured(FRAMES["echo"], behind("echo"), reply / ICMPv6EchoReply(id=7, seq=1))
    names = Names(NETWORK, ADDRESSES)
    names.begin_at("gw")
    drawn = [line.rstrip() for line in TerminalLadder(names, 88, str, "en").lines(steps)]
    assert any("✘◀" in line and "Echo Reply" in line for line in drawn), drawn
    narrow = " ".join(TerminalLadder(names, 30, str, "en").lines(steps))
    assert "srv → gw ✘ pc" in " ".join(narrow.split())
    page = html(steps, names, "gw", "", 3, str, "en")
    assert page.count('class="ended"') == page.count('class="missed"') == 1
    assert "<b>srv → gw ✘ pc</b>" in page
    assert "not seen to leave gw" in page


@pytest.mark.parametrize(
    ("filter", "known"),
    [
        ("", True),
        ("icmp6", True),
        ("icmp6 and not (ip6[40] == 128 or ip6[40] >= 0x85)", True),
        ("icmp6[icmp6type] != icmp6-echo", True),
        ("ip6 and (tcp or udp)", True),
        ("port 80", False),  # a translator may change it
        ("host 2001:db8::1", False),
        ("src net 2001:db8::/32", False),
        ("ip6[7] == 63", False),  # the hop limit
        ("ether src 02:00:00:00:00:12", False),
        ("outbound", False),
    ],
)
def test_a_filter_that_may_hide_what_leaves(filter: str, known: bool) -> None:
    assert seen_whole("gw", NETWORK, ADDRESSES, filter) == ("gw" if known else "")


def test_a_tunnel_that_was_not_captured_may_hide_what_leaves() -> None:
    idle = {"gw": {**ADDRESSES["gw"], "lo": {}, "sit0": {}}}
    tunnel = {"gw": {**ADDRESSES["gw"], "hq-br": {}}}
    assert seen_whole("gw", NETWORK, idle, "icmp6") == "gw"
    assert seen_whole("gw", NETWORK, tunnel, "icmp6") == ""
    assert seen_whole("gw", NETWORK, tunnel, "") == "gw"
    for less in ("gw:lan", "lan", "nobody"):
        assert seen_whole(less, NETWORK, idle, "") == ""


def test_many_datagrams_alike_prove_nothing_of_each_other() -> None:
    frame = FRAMES["echo"].copy()
    frame["IPv6"].remove_payload()
    alike = frame / UDP(sport=5000, dport=5001) / b"same"
    onward = alike.copy()
    onward.src, onward.dst = UP, SERVER
    onward["IPv6"].hlim -= 1
    assert ways(alike, alike, onward, onward) == ["pc → srv"] * 3

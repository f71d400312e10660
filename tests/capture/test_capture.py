"""Captures of a running lab: by the agent's operation, and by the command."""

from __future__ import annotations

import io
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.packet import Packet
from scapy.utils import rdpcap

from ipv6lab.reports.pcap import Reader
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from tests.capture.support import Started, ping
from tests.sandbox.support import processes, run


def captured(lab: Lab, act: Any, **request: Any) -> tuple[list[Packet], dict[str, Any]]:
    """What is captured while `act` runs; it begins when the file's head is there."""
    channel = lab.open("capture", **request)
    data = b""
    for kind, part in channel:
        if kind == "O":
            if not data:
                act()
                if not request.get("count") and not request.get("seconds"):
                    channel.signal(signal.SIGINT)
            data += part
        if kind == "X":
            return list(rdpcap(io.BytesIO(data))), part
    raise AssertionError("a channel ends with an answer")


def echoes(packets: list[Packet]) -> int:
    return sum(1 for packet in packets if ICMPv6EchoRequest in packet)


@pytest.mark.parametrize("place", [("a", "eth0"), ("a", None), ("b", None), ("lan", None)])
def test_a_ping_is_seen_once_wherever_it_passes(lab: Lab, place: tuple[str, str | None]) -> None:
    before = time.time()
    ping(lab)
    packets, answer = captured(
        lab, lambda: ping(lab, 3), node=place[0], interface=place[1], filter="icmp6"
    )
    assert echoes(packets) == 3
    assert answer["frames"] == len(packets)
    assert answer["lost"] == 0
    times = [float(packet.time) for packet in packets]
    assert times == sorted(times)
    assert before < times[0] < time.time()


def test_it_ends_by_itself(lab: Lab) -> None:
    packets, answer = captured(lab, lambda: ping(lab, 5), node="a", count=3)
    assert (len(packets), answer["frames"]) == (3, 3)
    begun = time.monotonic()
    captured(lab, lambda: None, node="a", seconds=0.5)
    assert 0.4 < time.monotonic() - begun < 5


def test_a_filter_is_tcpdumps(lab: Lab) -> None:
    ping(lab)
    wanted = "icmp6 and ip6[40] == 128 and ip6 dst ff02::1"
    packets, _answer = captured(lab, lambda: ping(lab, 2), node="a", count=2, filter=wanted)
    assert all(packet[IPv6].dst == "ff02::1" for packet in packets)


JOIN = """
import socket, struct, time
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
    group = socket.inet_pton(socket.AF_INET6, "ff02::1234")
    sock.setsockopt(41, 20, group + struct.pack("@I", socket.if_nametoindex("eth0")))
    time.sleep(1)
"""


def test_icmp6_is_seen_behind_extension_headers(lab: Lab) -> None:
    """MLD has a Hop-by-Hop header before it, where libpcap's own icmp6 does not look."""
    packets, _answer = captured(
        lab, lambda: run(lab, "a", "python3", "-c", JOIN), node="lan", filter="icmp6"
    )
    reports = [packet for packet in packets if packet[IPv6].dst == "ff02::16"]
    assert reports
    assert all(packet[IPv6].nh == 0 for packet in reports)


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({"node": "a", "filter": "icmp6 and"}, r"filter icmp6 and: .*syntax error"),
        ({"node": "a", "filter": "--version"}, "syntax error"),
        ({"node": "a", "filter": "-w /tmp/x"}, "syntax error|filter"),
        ({"node": "a", "interface": "eth7"}, "a has no interface eth7; it has lo, eth0"),
        ({"node": "c"}, "no node or link c here; the nodes are a, b, the links lan"),
        ({"node": "lan", "interface": "eth0"}, "is a link"),
    ],
)
def test_what_is_wrong_is_one_sentence(lab: Lab, request_: dict[str, Any], complaint: str) -> None:
    with pytest.raises(LabError, match=complaint) as refused:
        lab.request("capture", **request_)
    assert "\n" not in str(refused.value)


def test_loopback_and_tunnels_have_their_form(lab: Lab) -> None:
    packets, _answer = captured(
        lab,
        lambda: run(lab, "a", "ping", "-c", "1", "::1"),
        node="a",
        interface="lo",
        filter="icmp6",
        count=2,
    )
    assert echoes(packets) == 1
    made = "ip link add t type ip6tnl mode any local fe80::1 remote fe80::2; ip link set t up"
    if run(lab, "a", "sh", "-c", made).status:
        pytest.skip("this machine's kernel has no ip6tnl")
    send = "ip addr add 2001:db8::1/64 dev t nodad; ping -c 1 -W 1 2001:db8::2"
    packets, _answer = captured(
        lab, lambda: run(lab, "a", "sh", "-c", send), node="a", interface="t", filter="icmp6"
    )
    assert echoes(packets) == 1


def test_a_cancelled_capture_leaves_no_process(lab: Lab) -> None:
    before = len(processes())
    channel = lab.open("capture", node="a")
    assert next(iter(channel))[0] == "O"
    assert len(processes()) == before + 1
    channel.cancel()
    with pytest.raises(LabError, match="cancelled"):
        list(channel)
    lab.request("addresses")  # what ended before this is collected
    until = time.monotonic() + 5
    while len(processes()) > before and time.monotonic() < until:
        lab.request("describe")
    assert len(processes()) == before


def test_a_capture_that_nobody_reads_holds_up_nobody(lab: Lab) -> None:
    channel = lab.open("capture", node="a")
    assert run(lab, "a", "ping", "-f", "-c", "3000", "-s", "1400", "::1").status == 0
    ping(lab)
    channel.signal(signal.SIGINT)
    reader = Reader()
    frames = 0
    for kind, part in channel:
        if kind == "O":
            frames += sum(1 for _record in reader.feed(part))
        elif kind == "X":
            assert part["frames"] == frames


def test_addresses_of_now(lab: Lab) -> None:
    run(lab, "b", "ip", "address", "add", "2001:db8::b/64", "dev", "eth0", "nodad")
    nodes = lab.request("addresses")["nodes"]
    assert "2001:db8::b/64" in nodes["b"]["eth0"]["addresses"]
    assert nodes["a"]["eth0"]["mac"].count(":") == 5


# -- the command


def test_a_line_for_each_packet(kept: Lab, started: Started) -> None:
    program = started("capture", "a", "icmp6", "--count", "2", "and", "ip6", "dst", "ff02::1")
    assert program.line(error=True) == "Listening on a; Ctrl-C ends it.\n"
    ping(kept, 3)
    status, out, err = program.wait()
    lines = out.decode().splitlines()
    assert (status, len(lines), err) == (0, 2, "Packets: 2.\n")
    assert all("→ ff02::1 ICMPv6" in line for line in lines)


def test_a_file_is_whole_after_ctrl_c(kept: Lab, started: Started, tmp_path: Path) -> None:
    file = tmp_path / "x.pcap"
    program = started("capture", "lan", "-w", str(file))
    program.line(error=True)
    ping(kept, 3)
    status, out, err = program.interrupt()
    packets = rdpcap(str(file))
    assert (status, out) == (0, b"")
    assert err == f"Packets written to {file}: {len(packets)}.\n"
    assert echoes(packets) >= 3


def test_a_pipe_gets_each_packet_at_once(kept: Lab, started: Started) -> None:
    program = started("capture", "a", "-w", "-", "icmp6")
    program.line(error=True)
    out = program.process.stdout
    assert out is not None
    reader = Reader()
    assert list(reader.feed(out.read(24))) == []
    ping(kept)
    while not list(reader.feed(out.read1(65536))):  # type: ignore[attr-defined]
        pass
    out.close()  # whoever read it has gone
    ping(kept, 2)
    assert program.process.wait(timeout=30) == 141


def test_the_ladder_as_it_grows(kept: Lab, started: Started, tmp_path: Path) -> None:
    page, file = tmp_path / "l.html", tmp_path / "l.pcap"
    words = ("capture", "lan", "icmp6", "--ladder", "--html", str(page), "-w", str(file))
    program = started(*words)
    program.line(error=True)
    ping(kept)
    seen = [program.line() for _line in range(5)]
    while "Echo Reply" not in seen[-1]:
        seen.append(program.line())
    assert seen[1].split() == ["a", "b", "all"]
    status, out, err = program.interrupt()
    assert status == 0, err
    told = "".join(seen) + out.decode()
    assert "Echo Request" in told
    assert all(len(line) <= 100 for line in told.splitlines())
    assert f"The page is {page}.\n" in err
    assert "Echo Reply" in page.read_text(encoding="utf-8")
    assert len(rdpcap(str(file))) >= 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("lan2",), "did you mean lan?"),
        (("a", "--count", "0"), "--count takes a number above 0"),
        (("a", "icmp6", "or"), "tcpdump does not understand"),
        (("a", "-w", "/nosuch/x.pcap"), "/nosuch/x.pcap cannot be written"),
        (("a", "--html", "/nosuch/x.html"), "/nosuch/x.html cannot be written"),
        (("a", "--html", "/dev/full", "--seconds", "1"), "/dev/full cannot be written: no space"),
        (("a", "-w", "-", "--ladder"), "exclude each other"),
    ],
)
def test_the_command_refuses(
    kept: Lab, started: Started, words: tuple[str, ...], complaint: str
) -> None:
    status, out, err = started("capture", *words).wait()
    assert (status, out) == (2, b"")
    assert complaint in err
    assert [line for line in err.splitlines() if not line.startswith("Listening")] == [
        err.splitlines()[-1]
    ]

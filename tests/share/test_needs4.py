"""What still needs IPv4: from a capture of a lab whose truth is known, and from made packets."""

from __future__ import annotations

import json
import struct
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab import cli
from ipv6lab.share import needs4
from ipv6lab.share.needs4 import Needs, Reading
from ipv6lab.wire import dns_messages as dns
from ipv6lab.wire.headers import ETH_P_IP, ETH_P_IPV6, TCP, UDP, ethernet, ipv6

PILOT = Path(__file__).parent / "captures/pilot.pcap"
PC, PC6 = "198.51.100.7", "2001:db8:1::7"
SERVER, SERVER6 = "203.0.113.80", "3fff::80"
RESOLVER6 = "2001:db8:1::53"
CARD, ROUTER = "02:00:00:00:00:07", "02:00:00:00:00:01"
A, AAAA = dns.A, dns.AAAA
NAME = "www.example.net"


class Wire:
    """Frames between a PC and its router, in the order of time."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, bytes]] = []
        self.port = 40000

    def send(self, time: float, source: str, to: str, protocol: int, data: bytes) -> None:
        own = source in (PC, PC6)
        hops = 64 if own else 57
        macs = (CARD, ROUTER) if own else (ROUTER, CARD)
        one, other = ip_address(source), ip_address(to)
        if isinstance(one, IPv6Address) and isinstance(other, IPv6Address):
            frame = ethernet(*macs, ETH_P_IPV6, ipv6(one, other, protocol, data, hops))
        else:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 0, 0, hops, protocol, 0)
            frame = ethernet(*macs, ETH_P_IP, head + one.packed + other.packed + data)
        self.frames.append((time, frame))

    def asked(
        self, time: float, kind: int, *answers: str, answered: bool = True, name: str = NAME
    ) -> None:
        """A question to the DNS and, a hundredth of a second later, its answer."""
        labels = b"".join(bytes([len(one)]) + one.encode() for one in name.split(".")) + b"\0"
        self.port += 1
        for reply in (False, True)[: 1 + answered]:
            flags, count = (0x8180, len(answers)) if reply else (0x0100, 0)
            text = struct.pack("!HHHHHH", 1, flags, 1, count, 0, 0) + labels
            text += struct.pack("!HH", kind, 1)
            for one in answers if reply else ():
                value = ip_address(one).packed
                text += struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(value)) + value
            ends = (53, self.port) if reply else (self.port, 53)
            data = struct.pack("!HHHH", *ends, 8 + len(text), 0) + text
            way = (RESOLVER6, PC6) if reply else (PC6, RESOLVER6)
            self.send(time + 0.01 * reply, *way, UDP, data)

    def connects(
        self,
        time: float,
        source: str,
        to: str,
        *,
        after: float | None = 0.02,
        reset: bool = False,
        says: bytes = b"x",
        port: int = 443,
    ) -> None:
        """A connection, answered after so many seconds, and what it says then."""
        self.port += 1
        there, back = (self.port, port), (port, self.port)

        def segment(ends: tuple[int, int], flags: int, data: bytes = b"") -> bytes:
            return struct.pack("!HHIIBBHHH", *ends, 1, 1, 0x50, flags, 1000, 0, 0) + data

        self.send(time, source, to, TCP, segment(there, 0x02))
        if after is not None:
            self.send(time + after, to, source, TCP, segment(back, 0x14 if reset else 0x12))
            if says and not reset:
                self.send(time + after + 0.001, source, to, TCP, segment(there, 0x18, says))

    def read(self, *prefixes: str) -> Needs:
        reading = Reading(prefixes=[IPv6Network(one) for one in prefixes])
        for time, frame in sorted(self.frames, key=lambda one: one[0]):
            reading.add(time, frame)
        return reading.done()


@pytest.fixture
def wire() -> Wire:
    return Wire()


def only(needs: Needs) -> needs4.Use:
    assert len(needs.uses) == 1, needs.uses
    return needs.uses[0]


def test_a_name_without_aaaa(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA)
    wire.connects(2, PC, SERVER)
    found = only(wire.read())
    assert (found.host, found.name, found.cause) == (PC, NAME, needs4.NO_AAAA)
    assert (found.address, found.program) == (IPv4Address(SERVER), "HTTPS")


def test_a_literal(wire: Wire) -> None:
    wire.connects(1, PC, SERVER)
    wire.asked(2, A, SERVER)  # somebody asks later: that was not for this one
    found = only(wire.read())
    assert (found.name, found.cause) == ("", needs4.LITERAL)


def test_a_literal_that_a_name_was_asked_for_before(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA)
    wire.connects(2, PC, SERVER, says=b"GET / HTTP/1.1\r\nHost: 203.0.113.80\r\n\r\n", port=80)
    assert only(wire.read()).cause == needs4.LITERAL


@pytest.mark.parametrize(
    ("after", "reset", "cause"),
    [(None, False, needs4.DEAD), (0.01, True, needs4.REFUSED), (0.4, False, needs4.EYEBALLS)],
)
def test_an_aaaa_that_was_tried(wire: Wire, after: float, reset: bool, cause: str) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, SERVER6)
    wire.connects(2, PC6, SERVER6, after=after, reset=reset, says=b"")
    wire.connects(2.25, PC, SERVER)
    found = only(wire.read())
    assert found.cause == cause
    assert found.milliseconds == (400 if cause == needs4.EYEBALLS else None)


def test_ipv6_that_was_not_tried(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, SERVER6)
    wire.connects(2, PC, SERVER)
    assert only(wire.read()).cause == needs4.NOT_TRIED


def test_a_program_that_asks_for_ipv4_alone(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, SERVER6)  # a browser's questions, and then an old program's
    wire.connects(1.1, PC6, SERVER6)
    wire.asked(9, A, SERVER)
    wire.connects(9.1, PC, SERVER)
    assert only(wire.read()).cause == needs4.NOT_ASKED


def test_a_name_server_that_is_silent_about_aaaa(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, answered=False)
    wire.connects(6, PC, SERVER)
    assert only(wire.read()).cause == needs4.DNS_SILENT


def test_a_name_from_before_the_capture(wire: Wire) -> None:
    wire.connects(1, PC, SERVER, says=b"GET / HTTP/1.1\r\nHost: www.example.net\r\n\r\n", port=80)
    found = only(wire.read())
    assert (found.name, found.cause) == (NAME, needs4.UNKNOWN)


def test_a_race_that_ipv4_lost_is_no_use_of_it(wire: Wire) -> None:
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, SERVER6)
    wire.connects(2, PC6, SERVER6)
    wire.connects(2.25, PC, SERVER, says=b"")
    needs = wire.read()
    assert (needs.uses, needs.tries) == ([], 1)


def test_behind_a_translator(wire: Wire) -> None:
    behind = str(IPv6Address("2001:db8:64::203.0.113.80"))
    wire.asked(1, A, SERVER)
    wire.asked(1, AAAA, behind)
    wire.connects(2, PC6, behind)
    assert wire.read().uses == []
    found = only(wire.read("2001:db8:64::/96"))
    assert (found.way, found.cause) == (needs4.TRANSLATED, needs4.NO_AAAA)
    assert found.address == IPv4Address(SERVER)


def test_the_prefix_is_learnt_from_the_dns(wire: Wire) -> None:
    wire.asked(1, AAAA, "2001:db8:64::192.0.0.170", name="ipv4only.arpa")
    wire.connects(2, PC6, "2001:db8:64::203.0.113.80")
    assert only(wire.read()).cause == needs4.LITERAL


def test_a_lab_s_capture_has_what_was_done_there(capsys: pytest.CaptureFixture[str]) -> None:
    """n6pc2 has 464XLAT, n6pc1 native IPv4; curl by number, by name, with -4, to dead IPv6."""
    assert cli.main(["needs4", "--json", str(PILOT)]) == 0
    told = json.loads(capsys.readouterr().out)
    one, other = "198.18.60.189", "2001:db8:100:660:6:aff:fe33:4946"
    assert told["hosts"] == [one, other]
    assert told["translators"] == ["2001:db8:100:f64::/96"]
    domain = "example.net"
    assert {
        (use["host"], use["name"], use["cause"], use["way"], use["connections"])
        for use in told["uses"]
        if use["protocol"] == "TCP"
    } == {
        (other, None, "literal", "translated", 2),
        (other, f"v4only.{domain}", "no-aaaa", "translated", 1),
        (other, f"one.web-ext.{domain}", "not-asked", "translated", 1),
        (other, f"two.web-ext.{domain}", "dead", "translated", 1),
        (other, f"three.web-ext.{domain}", "refused", "translated", 1),
        (one, None, "literal", "native", 1),
        (one, f"web-ext.{domain}", "not-asked", "native", 1),
    }


@pytest.mark.parametrize("language", ["en", "vi"])
def test_both_tables_are_told(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["needs4", "--lang", language, str(PILOT)]) == 0
    told = capsys.readouterr().out
    assert "two.web-ext.example.net" in told
    assert "464XLAT" in told
    assert ("What to do" in told) == (language == "en")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no capture file"),
        (b"hello, this is a text\n" * 9, "is no capture file"),
        (b"\x0a\x0d\x0d\x0a" + bytes(40), "pcapng"),
        (struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1), "has no packets"),
        (
            struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 113)
            + struct.pack("=IIII", 1, 0, 4, 4)
            + bytes(4),
            "type 113",
        ),
    ],
)
def test_bad_files_are_explained(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.pcap"
    file.write_bytes(content)
    assert cli.main(["needs4", "--lang", "en", str(file)]) != 0
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") <= 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["no-such.pcap"], "no capture file"),
        ([str(PILOT), "--nat64", "2001:db8::/95"], "length of 32"),
        ([str(PILOT), "--nat64", "hello"], "no IPv6 prefix"),
        ([str(PILOT), "--seconds", "-1"], "above 0"),
    ],
)
def test_bad_words_are_explained(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["needs4", "--lang", "en", *words]) != 0
    assert reason in capsys.readouterr().err


@given(st.binary(max_size=300))
def test_anything_is_read(data: bytes) -> None:
    dns.decode(data)
    reading = Reading()
    reading.add(1, bytes(12) + b"\x08\x00" + data)
    reading.add(2, bytes(12) + b"\x86\xdd" + data)
    reading.done()


def test_a_name_that_points_at_itself_is_none() -> None:
    assert dns.decode(struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1") is None

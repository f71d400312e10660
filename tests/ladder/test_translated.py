"""Which packet became which, and what is said of their fields."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.course import languages
from ipv6lab.reports.ladder import Ladder
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.translated import Pair, Pairs
from ipv6lab.reports.translated_fields import RULE, SAME, STATE, Row, odd, rows
from ipv6lab.reports.translated_page import section, text
from ipv6lab.wire.siit import TO_FOUR, TO_SIX, packet, prefixes
from ipv6lab.words.message import Message
from tests.ladder import translating
from tests.ladder.frames import ADDRESSES, NETWORK
from tests.ladder.translating import behind, ether, four, piece6, six, with_sum

VECTORS = json.loads((Path(__file__).parents[1] / "addresses/vectors.json").read_text("utf-8"))
PREFIXES = [ip_network(one["prefix"]) for one in VECTORS["rfc6052"]]
HOST, POOL = IPv6Address("2001:db8:1::a"), IPv4Address("203.0.113.133")
SITE = IPv4Address("192.0.2.33")


@dataclass
class Sent:
    """A packet in both forms, as a translator without a flaw makes the second."""

    first: list[bytes]
    second: list[bytes]
    to_four: bool


def exchange(
    kind: int,
    upper: bytes,
    prefix: IPv6Network,
    to_four: bool,
    hops: int = 64,
    tos: int = 0,
    port: int | None = None,
    label: int = 0x12345,
) -> Sent:
    """A whole packet from host to site, or back; `kind` is its protocol in IPv6.

    A stateful translator takes `port` for the client's own, or for its identifier.
    """
    site = behind(prefix, SITE)
    ends6 = (HOST, site) if to_four else (site, HOST)
    ends4 = (POOL, SITE) if to_four else (SITE, POOL)
    kind4, upper4 = translating.upper_to_four(upper, kind)
    if port is not None:
        at = 4 if kind == 58 else 0 if to_four else 2
        upper4 = upper4[:at] + struct.pack("!H", port) + upper4[at + 2 :]
    packed = [(one[0].packed, one[1].packed) for one in (ends6, ends4)]
    upper6 = with_sum(6, *packed[0], kind, upper)
    upper4 = with_sum(4, *packed[1], kind4, upper4)
    hops6, hops4 = (hops, hops - 1) if to_four else (hops - 1, hops)
    flags = 0x4000 if not to_four or len(upper4) + 20 > 1260 else 0
    in6 = six(*ends6, kind, upper6, hops6, tos, label if to_four else 0)
    in4 = four(*ends4, kind4, upper4, hops4, tos, 7, flags)
    return Sent([in6], [in4], True) if to_four else Sent([in4], [in6], False)


def paired(*sent: Sent, known: tuple[IPv6Network, ...] = ()) -> Pairs:
    pairs = Pairs(known)
    at = 0
    for one in sent:
        for octets in (*one.first, *one.second):
            pairs.add(100 + at / 1000, ether(octets))
            at += 1
    return pairs


def the_pair(sent: Sent) -> Pair:
    (pair,) = paired(sent).pairs
    assert pair.to_four == sent.to_four
    return pair


def found(pair: Pair, name: str) -> Row:
    (row,) = (row for row in rows(pair) if name in row.names and not row.quoted)
    return row


def echo(asks: bool, number: int, sequence: int, data: bytes) -> bytes:
    return struct.pack("!BBHHH", 128 if asks else 129, 0, 0, number, sequence) + data


def udp(source: int, target: int, data: bytes) -> bytes:
    return struct.pack("!HHHH", source, target, 8 + len(data), 0) + data


def tcp(source: int, target: int, sequence: int, flags: int, data: bytes) -> bytes:
    return struct.pack("!HHIIBBHHH", source, target, sequence, 9, 0x50, flags, 512, 0, 0) + data


PORTS = st.integers(1, 0xFFFF)
DATA = st.binary(max_size=1400)
UPPERS = st.one_of(
    st.tuples(st.just(58), st.builds(echo, st.booleans(), PORTS, PORTS, DATA)),
    st.tuples(st.just(17), st.builds(udp, PORTS, PORTS, DATA)),
    st.tuples(
        st.just(6),
        st.builds(tcp, PORTS, PORTS, st.integers(0, 2**32 - 1), st.integers(0, 63), DATA),
    ),
)


@pytest.mark.parametrize("vector", VECTORS["rfc6052"], ids=lambda one: one["prefix"])
def test_addresses_of_rfc_6052_are_each_others(vector: dict[str, str]) -> None:
    told = prefixes(ip_address(vector["v6"]), ip_address(vector["v4"]))
    assert ip_network(vector["prefix"]) in told
    assert prefixes(ip_address(vector["v6"]), IPv4Address("192.0.2.34")) == ()


@given(
    UPPERS,
    st.sampled_from(PREFIXES),
    st.booleans(),
    st.integers(2, 255),
    st.integers(0, 255),
    st.none() | PORTS,
)
def test_what_is_translated_right_differs_nowhere(
    upper: tuple[int, bytes],
    prefix: IPv6Network,
    to_four: bool,
    hops: int,
    tos: int,
    port: int | None,
) -> None:
    pair = the_pair(exchange(*upper, prefix, to_four, hops, tos, port))
    assert odd(pair) == []
    assert found(pair, "Hop Limit").how == RULE
    site = found(pair, "Destination" if to_four else "Source")
    host = found(pair, "Source" if to_four else "Destination")
    assert (site.how, host.how) == (RULE, STATE)
    if upper[0] != 58:
        client = found(pair, "Source Port" if to_four else "Destination Port")
        own = struct.unpack_from("!HH", upper[1])[0 if to_four else 1]
        assert client.how == (SAME if port in (None, own) else STATE)


@given(st.lists(UPPERS, min_size=2, max_size=6, unique_by=lambda one: one[1][4:]), st.data())
def test_packets_find_their_own_form_in_whatever_order(
    uppers: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    """Not the next in time is it, but what says the same."""
    prefix = PREFIXES[5]
    sent = [exchange(*upper, prefix, True) for upper in uppers]
    frames = [(number, one) for number, each in enumerate(sent) for one in each.first]
    frames += data.draw(
        st.permutations([(number, one) for number, each in enumerate(sent) for one in each.second])
    )
    pairs = Pairs()
    for at, (_number, octets) in enumerate(frames):
        pairs.add(float(at) / 1000, ether(octets))
    assert len(pairs.pairs) == len(sent)
    for pair in pairs.pairs:
        numbers = {frames[one][0] for one in (*pair.six.frames, *pair.four.frames)}
        same_words = {uppers[one][1][8:] for one in numbers}
        assert len(numbers) == 1 or len(same_words) == 1
    assert pairs.alone() == []


@dataclass(frozen=True)
class Fault:
    """What a translator does wrong to an echo request on its way to IPv4, and where one sees it."""

    field: str
    spoil: Callable[[bytearray], None]
    sums: bool = True  # the IPv4 header's checksum is made right again


def _set(at: int, *values: int) -> Callable[[bytearray], None]:
    def spoil(data: bytearray) -> None:
        data[at : at + len(values)] = bytes(values)

    return spoil


FAULTS = {
    "ttl not lowered": Fault("Hop Limit", _set(8, 64)),
    "ttl raised": Fault("Hop Limit", _set(8, 200)),
    "header checksum": Fault("Header Checksum", _set(10, 0x12, 0x34), sums=False),
    "traffic class": Fault("Traffic Class", _set(1, 0xFC)),
    "icmp checksum": Fault("Checksum", _set(22, 0x12, 0x34)),
    "df off on a large one": Fault("Don't Fragment", _set(6, 0, 0)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_translated_wrong_is_told_in_its_field_alone(name: str) -> None:
    fault = FAULTS[name]
    sent = exchange(58, echo(True, 7, 1, bytes(1300)), PREFIXES[6], True)
    spoilt = bytearray(sent.second[0])
    fault.spoil(spoilt)
    if fault.sums:
        spoilt[10:12] = b"\0\0"
        spoilt[10:12] = struct.pack("!H", translating.summed(bytes(spoilt[:20])))
    pair = the_pair(Sent(sent.first, [bytes(spoilt)], True))
    (row,) = odd(pair)
    assert fault.field in row.names


def test_another_answer_is_no_partner() -> None:
    """Alike in all but one thing that translation keeps: address, port, text, kind."""
    right = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    others = [
        exchange(17, udp(4000, 54, b"question"), PREFIXES[5], True),
        exchange(17, udp(4000, 53, b"questions"), PREFIXES[5], True),
        Sent([], [four(POOL, IPv4Address("192.0.2.34"), 17, right.second[0][20:])], True),
        Sent([], [four(POOL, SITE, 17, right.second[0][20:28] + b"questioN")], True),
    ]
    pairs = Pairs()
    pairs.add(1.0, ether(right.first[0]))
    for other in others:
        pairs.add(1.0, ether(other.second[0]))
    assert pairs.pairs == []
    pairs.add(9.0, ether(right.second[0]))  # late, and after all the others
    (pair,) = pairs.pairs
    assert pair.six.frames == [0]
    assert pair.four.frames == [5]


# -- pieces


@pytest.mark.parametrize("whole_in_four", [False, True])
@pytest.mark.parametrize("size", [1480, 3000])
def test_pieces_are_paired_as_the_packet_that_they_are(size: int, whole_in_four: bool) -> None:
    site = behind(PREFIXES[5], SITE)
    upper = udp(4000, 9, bytes(one % 251 for one in range(size)))
    upper6 = with_sum(6, site.packed, HOST.packed, 17, upper)
    upper4 = with_sum(4, SITE.packed, POOL.packed, 17, upper)
    step = 1232
    in6 = [
        six(site, HOST, 44, piece6(7, at, at + step < len(upper6), 17, upper6[at : at + step]), 63)
        for at in range(0, len(upper6), step)
    ]
    cut = len(upper4) if whole_in_four else 1480
    in4 = [
        four(
            *(SITE, POOL, 17, upper4[at : at + cut]),
            flags=at // 8 | (0x2000 if at + cut < len(upper4) else 0),
            number=7,
        )
        for at in range(0, len(upper4), cut)
    ]
    pair = the_pair(Sent(in4, in6[::-1], False))
    assert odd(pair) == []
    assert found(pair, "Fragment Identification").values == ("0x00000007", "0x0007")
    assert found(pair, "Fragment Header").how == RULE


def test_a_piece_with_another_number_is_told() -> None:
    site = behind(PREFIXES[5], SITE)
    upper = udp(4000, 9, bytes(2000))
    upper6 = with_sum(6, HOST.packed, site.packed, 17, upper)
    upper4 = with_sum(4, POOL.packed, SITE.packed, 17, upper)
    in6 = [
        six(HOST, site, 44, piece6(0x10007, 0, True, 17, upper6[:1000])),
        six(HOST, site, 44, piece6(0x10007, 1000, False, 17, upper6[1000:])),
    ]
    for number, first, names in (
        (7, 1000, set()),
        (8, 1000, {"Identification"}),
        (8, 1008, set()),  # put together and cut anew, it has a number of its own
    ):
        in4 = [
            four(POOL, SITE, 17, upper4[:first], 63, number=number, flags=0x2000),
            four(POOL, SITE, 17, upper4[first:], 63, number=number, flags=first // 8),
        ]
        pair = the_pair(Sent(in6, in4, True))
        assert {row.names[1] for row in odd(pair)} == names


def test_icmp_in_pieces_is_not_translated_and_says_so() -> None:
    upper = with_sum(4, POOL.packed, SITE.packed, 1, b"\x08\0\0\0\0\x07\0\x01" + bytes(1992))
    pairs = Pairs()
    pairs.add(1, ether(four(POOL, SITE, 1, upper[:1000], flags=0x2000)))
    pairs.add(1, ether(four(POOL, SITE, 1, upper[1000:], flags=125)))
    sent = exchange(17, udp(1, 2, b"x"), PREFIXES[5], True)
    for one in (*sent.first, *sent.second):
        pairs.add(1, ether(one))
    (told,) = [line for line in text(pairs, str, "en") if "is not translated" in line]
    assert told.startswith("Packet 1, IPv4 203.0.113.133 → 192.0.2.33, Echo Request")


# -- errors


def error6(kind: tuple[int, int], word: int, quoted: bytes, source: IPv6Address) -> bytes:
    message = struct.pack("!BBHI", *kind, 0, word) + quoted
    return six(source, HOST, 58, with_sum(6, source.packed, HOST.packed, 58, message), 63)


def error4(kind: tuple[int, int], word: int, quoted: bytes, source: IPv4Address) -> bytes:
    message = struct.pack("!BBHI", *kind, 0, word) + quoted
    return four(source, POOL, 1, with_sum(4, source.packed, POOL.packed, 1, message), flags=0)


ROUTER = IPv4Address("198.51.100.1")
WORDS = {(3, 4): (1400, 1420), (12, 0): (8 << 24, 7), (12, 2): (8 << 24, 7), (3, 2): (0, 6)}


@pytest.mark.parametrize("kind", TO_SIX)
def test_an_error_is_paired_with_the_packet_that_it_quotes(kind: tuple[int, int]) -> None:
    prefix = PREFIXES[5]
    about = exchange(17, udp(4000, 53, b"question"), prefix, True, port=61000, label=0)
    word4, word6 = WORDS.get(kind, (0, 0))
    in4 = error4(kind, word4, about.second[0], ROUTER)
    in6 = error6(TO_SIX[kind], word6, about.first[0], behind(prefix, ROUTER))
    pair = the_pair(Sent([in4], [in6], False))
    assert odd(pair) == []
    quoted = {row.names[0]: row.how for row in rows(pair) if row.quoted}
    assert quoted["Source"] == STATE
    assert quoted["Destination"] == RULE
    assert (quoted["Source Port"], quoted["Destination Port"]) == (STATE, SAME)
    # Of two errors alike the one about another connection is no partner.
    other = exchange(17, udp(4000, 54, b"question"), prefix, True, port=61000, label=0)
    assert not paired(Sent([in4], [error6(TO_SIX[kind], word6, other.first[0], HOST)], False)).pairs


@pytest.mark.parametrize("kind", TO_FOUR)
def test_an_error_of_an_ipv6_host_is_paired_too(kind: tuple[int, int]) -> None:
    """The site asked, the host answers with an error: RFC 7915 section 5.2."""
    prefix = PREFIXES[5]
    site = behind(prefix, SITE)
    about = exchange(17, udp(53, 4000, b"answer"), prefix, False)
    word6, word4 = {(2, 0): (1400, 1380), (4, 0): (7, 8 << 24), (4, 1): (6, 0)}.get(kind, (0, 0))
    message6 = struct.pack("!BBHI", *kind, 0, word6) + about.second[0]
    message4 = struct.pack("!BBHI", *TO_FOUR[kind], 0, word4) + about.first[0]
    in6 = six(HOST, site, 58, with_sum(6, HOST.packed, site.packed, 58, message6))
    in4 = four(POOL, SITE, 1, with_sum(4, POOL.packed, SITE.packed, 1, message4), 63, flags=0)
    pair = the_pair(Sent([in6], [in4], True))
    assert odd(pair) == []


@pytest.mark.parametrize(
    ("kind", "word", "field"),
    [((2, 0), 1400, "MTU"), ((1, 3), 0, "Type, Code"), ((1, 0), 0, "Type, Code")],
)
def test_an_error_that_says_something_else_is_told(
    kind: tuple[int, int], word: int, field: str
) -> None:
    prefix = PREFIXES[5]
    about = exchange(17, udp(4000, 53, b"question"), prefix, True, label=0)
    of4 = (3, 4) if kind[0] == 2 else (3, 3)
    in4 = error4(of4, 1400 if kind[0] == 2 else 0, about.second[0], ROUTER)
    # A translator that lowers an MTU lowers it below 1,420, and not by less than 20 octets.
    told = 1430 if kind[0] == 2 else word
    in6 = error6(kind, told, about.first[0], behind(prefix, ROUTER))
    pair = the_pair(Sent([in4], [in6], False))
    assert {row.names[0] for row in odd(pair)} == {field}


# -- who has no partner, and how it is shown


def test_a_packet_without_another_form_says_so_where_its_prefix_is_known() -> None:
    sent = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    pairs = Pairs([PREFIXES[5]])
    pairs.add(1, ether(sent.first[0]))
    assert [one.frames for one in pairs.alone()] == [[0]]
    assert Pairs().alone() == []
    unknown = Pairs()
    unknown.add(1, ether(sent.first[0]))
    assert unknown.alone() == []
    pairs.add(2, ether(sent.second[0]))
    assert pairs.alone() == []


def test_a_prefix_is_learnt_from_who_tells_it() -> None:
    sent = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    prefix = ip_network("2001:db8:122:344::/96")
    option = bytes.fromhex("26020708") + prefix.network_address.packed[:12]
    source, group = IPv6Address("fe80::1"), IPv6Address("ff02::1")
    message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + option
    told = with_sum(6, source.packed, group.packed, 58, message)
    pairs = Pairs()
    pairs.add(1, ether(six(source, group, 58, told, 255)))
    pairs.add(1, ether(sent.first[0]))
    assert [one.frames for one in pairs.alone()] == [[1]]


def test_a_copy_on_the_next_link_is_the_same_packet() -> None:
    sent = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    further = bytearray(sent.second[0])
    further[8] -= 1
    pairs = paired(Sent(sent.first, [*sent.second, bytes(further)], True))
    assert len(pairs.pairs) == 1
    assert pairs.of([2]) is pairs.pairs[0]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_both_forms_are_told_and_drawn_in_both_languages(lang: str) -> None:
    sent = exchange(58, echo(True, 7, 1, b"<script>"), PREFIXES[5], True)
    lone = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    pairs = paired(sent, Sent(lone.first, [], True))
    tr = vietnamese if lang == "vi" else str
    told = "\n".join(text(pairs, tr, lang))
    drawn = section(pairs, "here", tr, lang)
    for words in (told, drawn):
        for value in ("2001:db8:122:344::c000:221", "192.0.2.33", "203.0.113.133", "Hop Limit"):
            assert value in words, value
    assert drawn.count("<svg") == 1
    assert 'role="img"' in drawn
    assert (" became " in told) == (lang == "en")


def vietnamese(message: Message | str) -> str:
    if isinstance(message, str):
        return languages.translate_text(message, "vi")
    return languages.translate(message, "vi")


def test_a_ladder_says_what_became_of_a_packet() -> None:
    names = Names(NETWORK, ADDRESSES)
    names.begin_at("gw")
    ladder = Ladder(names, known=[PREFIXES[5]])
    sent = exchange(58, echo(True, 7, 1, b"x"), PREFIXES[5], True)
    lone = exchange(17, udp(4000, 53, b"question"), PREFIXES[5], True)
    steps: list[Any] = []
    for at, octets in enumerate((*sent.first, *sent.second, *lone.first)):
        steps += ladder.add(100 + at / 1000, ether(octets))
    steps += ladder.rest()
    told = [[str(one) for one in step.all_details] for step in steps]
    assert "becomes IPv4 203.0.113.133 → 192.0.2.33" in told[0]
    assert any(one.startswith("was IPv6 2001:db8:1::a → ") for one in told[1])
    assert "its other form is not seen here" in told[2]


@given(st.binary(max_size=120), st.sampled_from([4, 6]))
def test_any_octets_are_taken(data: bytes, version: int) -> None:
    pairs = Pairs()
    sent = exchange(58, echo(True, 7, 1, b"x"), PREFIXES[5], True)
    for octets in (data, sent.first[0][: len(data)] + data, bytes([version << 4 | 5]) + data):
        pairs.add(1, ether(octets) if octets else b"")
    assert packet(data) is None or packet(data).version in (4, 6)  # type: ignore[union-attr]
    text(pairs, str, "en")

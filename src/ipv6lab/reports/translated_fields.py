"""Two forms of one packet, field by field: what translation kept, made, and left out (RFC 7915)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Network
from typing import NamedTuple

from ipv6lab.addresses.text import written
from ipv6lab.reports.translated import Pair, Whole
from ipv6lab.wire.headers import FRAGMENT, ICMP, TCP, UDP
from ipv6lab.wire.siit import (
    ECHO,
    LEAST_MTU,
    LEFT,
    MTU_DIFFERENCE,
    NEXT_HEADER_AT,
    NONE,
    POINTERS_TO_FOUR,
    POINTERS_TO_SIX,
    TO_FOUR,
    TO_SIX,
    WRONG,
    Packet,
    prefixes,
    upper_checksum,
)
from ipv6lab.words.message import Message, _

# How the two values of a field go together.
SAME, RULE, STATE, ONLY, ODD = "same", "rule", "state", "only", "odd"
SIGNS = {SAME: "=", RULE: "⇄", STATE: "≈", ONLY: "–", ODD: "✘"}
MEANINGS = {
    SAME: _("the same"),
    RULE: _("as RFC 7915 and RFC 6052 have it"),
    STATE: _("as the translator remembers or is told"),
    ONLY: _("in one of the two alone"),
    ODD: _("not as RFC 7915 has it"),
}
NOTHING = "–"
ATOMIC_LIMIT = 1260  # octets of an IPv4 packet up to which it may be cut on its way (section 5.1)
_FLAGS = "FSRPAUEC"
_MSS = 2


class Row(NamedTuple):
    """A field: its name and value in IPv6, in IPv4, and how the two go together (`SIGNS`).

    `quoted`: it is in the packet that an ICMP error quotes.
    """

    names: tuple[str, str]
    values: tuple[str, str]
    how: str
    why: Message | str = ""
    quoted: bool = False


def rows(pair: Pair) -> list[Row]:
    """Every field of both headers and of the upper layer."""
    six, four, to_four = pair.six.told, pair.four.told, pair.to_four
    found = [
        *_header(six, four, to_four),
        *_fragments(pair.six, pair.four, to_four),
        *_last(six, four, to_four),
        *_upper(six, four, to_four),
    ]
    quoted6, quoted4 = six.quoted, four.quoted
    if quoted6 and quoted4:
        inner = [*_header(quoted6, quoted4, to_four), *_quoted(quoted6, quoted4)]
        found += [row._replace(quoted=True) for row in inner]
    return found


def odd(pair: Pair) -> list[Row]:
    """The fields that are not as RFC 7915 has them."""
    return [row for row in rows(pair) if row.how == ODD]


# -- the Internet header


def _header(six: Packet, four: Packet, to_four: bool) -> Iterator[Row]:
    yield Row(("Version", "Version"), ("6", "4"), RULE)
    yield _address("Source", six, four)
    yield _address("Destination", six, four)
    yield _traffic_class(six, four, to_four)
    label = f"0x{six.flow_label:05x}"
    if to_four:
        yield Row(("Flow Label", NOTHING), (label, NOTHING), ONLY, _("left out"))
    else:
        how = ODD if six.flow_label else RULE
        yield Row(("Flow Label", NOTHING), (label, NOTHING), how, _("begins as 0"))
    yield _protocol(six, four)
    if six.passed or four.options:
        told = " ".join(str(one) for one in six.passed) or NOTHING
        options = str(four.options) if four.options else NOTHING
        second = four.options if to_four else six.passed
        how = ODD if second else ONLY
        yield Row(("Extension Headers", "Options"), (told, options), how, _("left out"))


def _address(name: str, six: Packet, four: Packet) -> Row:
    ends = {"Source": (six.source, four.source), "Destination": (six.destination, four.destination)}
    one, other = ends[name]
    values = (written(one), str(other))
    found = prefixes(one, other)
    if found:
        why = _("behind {prefix} (RFC 6052)", prefix=written(_likeliest(found)))
        return Row((name, name), values, RULE, why)
    return Row((name, name), values, STATE, _("in the translator's table"))


def _likeliest(found: Iterable[IPv6Network]) -> IPv6Network:
    return next(iter(found))


def _traffic_class(six: Packet, four: Packet, to_four: bool) -> Row:
    names = ("Traffic Class", "Type of Service")
    values = (f"0x{six.traffic_class:02x}", f"0x{four.traffic_class:02x}")
    second = four.traffic_class if to_four else six.traffic_class
    if six.traffic_class == four.traffic_class:
        return Row(names, values, SAME)
    if not second:
        return Row(names, values, STATE, _("a translator may be told to clear it"))
    return Row(names, values, ODD, _("is to stay the same"))


def _protocol(six: Packet, four: Packet) -> Row:
    names = ("Next Header", "Protocol")
    first = [*six.passed, *([FRAGMENT] if six.identification is not None else []), six.protocol]
    values = (" ".join(str(one) for one in first), str(four.protocol))
    if six.icmp and four.icmp:
        return Row(names, values, RULE, "ICMPv6 ⇄ ICMP")
    return Row(names, values, SAME if six.protocol == four.protocol else ODD)


def _last(six: Packet, four: Packet, to_four: bool) -> Iterator[Row]:
    """What a translator, being a router, does to a packet."""
    less = six.hop_limit - four.hop_limit if to_four else four.hop_limit - six.hop_limit
    why: Message = (
        _("less by {hops}: the translator is a hop", hops=less)
        if less > 0
        else _("the translator is a hop, and has to take one off")
    )
    values = (str(six.hop_limit), str(four.hop_limit))
    yield Row(("Hop Limit", "Time to Live"), values, RULE if less > 0 else ODD, why)
    number = f"0x{four.header_checksum or 0:04x}"
    names = (NOTHING, "Header Checksum")
    if not four.header_right:
        yield Row(names, (NOTHING, number), ODD, _("does not fit its packet"))
    else:
        why = _("worked out anew") if to_four else _("left out")
        yield Row(names, (NOTHING, number), ONLY, why)


# -- sizes and pieces


def _fragments(six: Whole, four: Whole, to_four: bool) -> Iterator[Row]:
    lengths = (
        " + ".join(str(one.whole - 40) for one in six.pieces),
        " + ".join(str(one.whole) for one in four.pieces),
    )
    same = six.told.length == four.told.length
    why: Message | str = ""
    if not _same_places(six, four):
        why = _("cut in another way")
    elif same:
        why = _("IPv4 counts its header, IPv6 does not")
    elif six.told.error:
        same, why = True, _("the quoted packet has another size")
    yield Row(("Payload Length", "Total Length"), lengths, RULE if same else ODD, why)
    yield _identification(six, four, to_four)
    header = six.told.identification is not None
    if header or any(one.fragment for one in four.pieces):
        values = [
            " + ".join(f"{one.offset}{' M' if one.more else ''}" for one in _ordered(whole))
            for whole in (six, four)
        ]
        names = ("Fragment Offset, M", "Fragment Offset, MF")
        kept = _same_places(six, four)
        why = "" if kept else _("cut in another way")
        shown = (values[0] if header else NOTHING, values[1])
        yield Row(names, shown, SAME if kept else RULE, why)
    yield _dont_fragment(six, four, to_four)


def _ordered(whole: Whole) -> list[Packet]:
    return sorted(whole.pieces, key=lambda one: one.offset)


def _same_places(six: Whole, four: Whole) -> bool:
    """Whether both are cut at the same octets."""
    return [one.offset for one in _ordered(six)] == [one.offset for one in _ordered(four)]


def _identification(six: Whole, four: Whole, to_four: bool) -> Row:
    number6, number4 = six.told.identification, four.told.identification or 0
    names = ("Fragment Identification", "Identification")
    values = (NOTHING if number6 is None else f"0x{number6:08x}", f"0x{number4:04x}")
    if number6 is None:
        why = _("IPv6 has one in pieces alone")
        return Row(names, values, ONLY, why)
    if number6 & 0xFFFF == number4 and (to_four or number6 == number4):
        return Row(names, values, RULE, _("IPv4 has the lower half"))
    if not _same_places(six, four):
        return Row(names, values, STATE, _("cut in another way"))
    return Row(names, values, ODD, _("the lower 16 bits are to be the same"))


def _dont_fragment(six: Whole, four: Whole, to_four: bool) -> Row:
    names = ("Fragment Header", "Don't Fragment")
    header = six.told.identification is not None
    flag = four.told.dont
    values = (_there(header), "DF" if flag else NOTHING)
    pieces = any(one.fragment for one in (*six.pieces, *four.pieces))
    if header and flag:
        return Row(names, values, ODD, _("what has a Fragment header may be cut, DF forbids it"))
    if pieces:
        cut = not to_four and not flag
        if header or cut:
            return Row(names, values, RULE, _("pieces, and may be cut further"))
        return Row(names, values, ODD, _("pieces need a Fragment header"))
    if header:
        return Row(
            names, values, STATE, _("says that it may be cut (RFC 6145; not since RFC 7915)")
        )
    if not to_four:
        why = _("IPv6 is never cut on its way") if flag else _("small enough to be cut nowhere")
        return Row(names, values, RULE if flag or four.told.whole <= LEAST_MTU else ODD, why)
    if flag == (four.told.whole > ATOMIC_LIMIT):
        return Row(names, values, RULE, _("set above 1,260 octets"))
    if flag:
        return Row(names, values, STATE, _("set on small packets too (RFC 6145)"))
    return Row(names, values, ODD, _("has to be set above 1,260 octets"))


def _there(present: bool) -> str:
    return str(FRAGMENT) if present else NOTHING


# -- the upper layer


def _upper(six: Packet, four: Packet, to_four: bool) -> Iterator[Row]:
    if six.error and four.error:
        yield from _error(six, four, to_four)
        yield _checksum(six, four, to_four)
        return
    if six.echo and four.echo:
        yield from _echo(six, four)
    elif six.protocol == four.protocol == TCP and min(len(six.payload), len(four.payload)) >= 20:
        yield from _ports(six, four)
        yield from _tcp(six, four)
    elif six.protocol == four.protocol == UDP and min(len(six.payload), len(four.payload)) >= 8:
        yield from _ports(six, four)
    yield _checksum(six, four, to_four)
    data = [_data(one) for one in (six, four)]
    counts = (str(len(data[0])), str(len(data[1])))
    yield Row(("Octets of data", "Octets of data"), counts, SAME if data[0] == data[1] else ODD)


def _data(told: Packet) -> bytes:
    payload = told.payload
    if told.protocol == TCP and len(payload) >= 20:
        return payload[(payload[12] >> 4) * 4 :]
    return payload[8:] if told.echo or told.protocol == UDP else payload


def _ports(six: Packet, four: Packet) -> Iterator[Row]:
    for at, name in enumerate(("Source Port", "Destination Port")):
        ports = [(one.ports or (0, 0))[at] for one in (six, four)]
        yield _kept_or_mapped(name, ports[0], ports[1])


def _kept_or_mapped(name: str, one: int, other: int) -> Row:
    if one == other:
        return Row((name, name), (str(one), str(other)), SAME)
    why = _("in the translator's table (RFC 6146)")
    return Row((name, name), (str(one), str(other)), STATE, why)


def _tcp(six: Packet, four: Packet) -> Iterator[Row]:
    for name, at in (("Sequence Number", 4), ("Acknowledgment Number", 8)):
        numbers = [str(int.from_bytes(one.payload[at : at + 4], "big")) for one in (six, four)]
        yield _equal(name, numbers)
    flags = [
        " ".join(flag for bit, flag in enumerate(_FLAGS) if one.payload[13] >> bit & 1) or NOTHING
        for one in (six, four)
    ]
    yield _equal("Flags", flags)
    yield _equal("Window", [str(int.from_bytes(one.payload[14:16], "big")) for one in (six, four)])
    sizes = [_mss(one.payload) for one in (six, four)]
    if sizes[0] is not None or sizes[1] is not None:
        values = (str(sizes[0] or NOTHING), str(sizes[1] or NOTHING))
        same = sizes[0] == sizes[1]
        why = "" if same else _("a router on the way lowers it (MSS clamping)")
        yield Row(("MSS", "MSS"), values, SAME if same else STATE, why)


def _equal(name: str, values: list[str]) -> Row:
    return Row((name, name), (values[0], values[1]), SAME if values[0] == values[1] else ODD)


def _mss(payload: bytes) -> int | None:
    options = payload[20 : (payload[12] >> 4) * 4]
    while options and options[0]:
        size = 1 if options[0] == 1 else options[1] if len(options) > 1 else 0
        if options[0] == _MSS and len(options) >= 4:
            return int.from_bytes(options[2:4], "big")
        if size < 1:
            return None
        options = options[size:]
    return None


def _echo(six: Packet, four: Packet) -> Iterator[Row]:
    kinds = (six.payload[0], four.payload[0])
    yield Row(
        ("Type", "Type"),
        (str(kinds[0]), str(kinds[1])),
        RULE if ECHO.get(kinds[1]) == kinds[0] else ODD,
    )
    numbers = [int.from_bytes(one.payload[4:6], "big") for one in (six, four)]
    yield _kept_or_mapped("Identifier", numbers[0], numbers[1])
    yield _equal("Sequence", [str(int.from_bytes(one.payload[6:8], "big")) for one in (six, four)])


def _checksum(six: Packet, four: Packet, to_four: bool) -> Row:
    """The checksum of the upper layer: another one, since it covers the addresses."""
    at = {TCP: 16, UDP: 6}.get(six.protocol, 2 if six.icmp else None)
    if at is None:
        return Row(
            ("Checksum", "Checksum"), (NOTHING, NOTHING), SAME, _("the protocol's own affair")
        )
    numbers = tuple(f"0x{one.payload[at : at + 2].hex()}" for one in (six, four))
    states = [upper_checksum(one) for one in (six, four)]
    names, values = ("Checksum", "Checksum"), (numbers[0], numbers[1])
    second = states[1] if to_four else states[0]
    if second == WRONG and LEFT not in states:
        return Row(names, values, ODD, _("does not fit its packet"))
    if states[0] == WRONG or states[1] == WRONG:
        return Row(names, values, ODD, _("did not fit its packet before"))
    if LEFT in states:
        return Row(names, values, RULE, _("not worked out yet where it was seen: the card's work"))
    if states[1] == NONE:
        return Row(names, values, RULE, _("UDP may do without one in IPv4 alone"))
    if six.icmp:
        return Row(names, values, RULE, _("ICMPv6 covers the addresses too"))
    return Row(names, values, RULE, _("covers the addresses"))


# -- ICMP errors


def _error(six: Packet, four: Packet, to_four: bool) -> Iterator[Row]:
    kind6, kind4 = (six.payload[0], six.payload[1]), (four.payload[0], four.payload[1])
    expected = TO_FOUR.get(kind6) == kind4 if to_four else TO_SIX.get(kind4) == kind6
    values = (f"{kind6[0]}, {kind6[1]}", f"{kind4[0]}, {kind4[1]}")
    why = "" if expected else _("RFC 7915 has another one, or drops it")
    yield Row(("Type, Code", "Type, Code"), values, RULE if expected else ODD, why)
    if kind6[0] == 2 and kind4 == (3, 4):
        yield _mtu(six, four, to_four)
    elif kind6 == (4, 0) and kind4[0] == 12:
        pointer6, pointer4 = int.from_bytes(six.payload[4:8], "big"), four.payload[4]
        right = (
            POINTERS_TO_FOUR.get(pointer6) == pointer4
            if to_four
            else POINTERS_TO_SIX.get(pointer4) == pointer6
        )
        values = (str(pointer6), str(pointer4))
        why = _("at the field that means the same") if right else _("at another field")
        yield Row(("Pointer", "Pointer"), values, RULE if right else ODD, why)
    elif kind6 == (4, 1) and not to_four:
        pointer6 = int.from_bytes(six.payload[4:8], "big")
        how = RULE if pointer6 == NEXT_HEADER_AT else ODD
        yield Row(("Pointer", NOTHING), (str(pointer6), NOTHING), how, _("at Next Header"))


def _mtu(six: Packet, four: Packet, to_four: bool) -> Row:
    mtu6, mtu4 = int.from_bytes(six.payload[4:8], "big"), int.from_bytes(four.payload[6:8], "big")
    values, names = (str(mtu6), str(mtu4)), ("MTU", "Next-Hop MTU")
    if mtu6 == mtu4 + MTU_DIFFERENCE:
        return Row(names, values, RULE, _("20 octets between the two headers"))
    if to_four:
        fits = mtu4 < mtu6 - MTU_DIFFERENCE
        why = _("the translator's own links take less") if fits else _("20 octets too much")
        return Row(names, values, RULE if fits else ODD, why)
    if mtu6 == LEAST_MTU and mtu4 + MTU_DIFFERENCE < LEAST_MTU:
        return Row(names, values, RULE, _("IPv6 has no smaller one"))
    if mtu4 == 0:
        return Row(names, values, RULE, _("an old router tells none; the translator guesses"))
    fits = LEAST_MTU <= mtu6 < mtu4 + MTU_DIFFERENCE
    why = _("the translator's own links take less") if fits else _("not 20 octets more")
    return Row(names, values, RULE if fits else ODD, why)


def _quoted(six: Packet, four: Packet) -> Iterator[Row]:
    """Of the upper layer in an error there is at least what tells the connection."""
    if six.ports and four.ports:
        yield from _ports(six, four)
    elif six.echo and four.echo:
        yield from _echo(six, four)
    size = min(len(six.payload), len(four.payload))
    counts = (str(len(six.payload)), str(len(four.payload)))
    blank = {TCP: (0, 1, 2, 3, 16, 17), UDP: (0, 1, 2, 3, 6, 7)}.get(
        six.protocol, (0, 2, 3, 4, 5) if six.icmp or four.protocol == ICMP else ()
    )
    same = all(six.payload[at] == four.payload[at] for at in range(size) if at not in blank)
    yield Row(
        ("Octets quoted", "Octets quoted"),
        counts,
        ODD if not same else SAME if counts[0] == counts[1] else RULE,
        "" if counts[0] == counts[1] else _("an error has to fit in, so it may quote less"),
    )


def name(told: Packet) -> str:
    """What a packet is, by its protocol's own names."""
    ports = told.ports
    if told.echo:
        return "Echo Request" if told.payload[0] in (8, 128) else "Echo Reply"
    if told.error:
        return _ERRORS[told.version].get(told.payload[0], "ICMP")
    if ports:
        kind = "TCP" if told.protocol == TCP else "UDP"
        if kind == "TCP" and len(told.payload) >= 14 and told.payload[13] & 2:
            kind += " SYN" + (", ACK" if told.payload[13] & 16 else "")
        return f"{kind} {ports[0]} → {ports[1]}"
    return f"protocol {told.protocol}"


_ERRORS = {
    6: {
        1: "Destination Unreachable",
        2: "Packet Too Big",
        3: "Time Exceeded",
        4: "Parameter Problem",
    },
    4: {3: "Destination Unreachable", 11: "Time Exceeded", 12: "Parameter Problem"},
}

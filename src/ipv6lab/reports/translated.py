"""Which IPv4 packet is which IPv6 packet, on the two sides of a translator (RFC 7915, RFC 6146).

Packets are paired by what translation preserves: what the upper layer says, an address that is the
other by RFC 6052, and the port that goes with that address. Time decides only between several that
are alike. Pieces of a packet are put together first, since a translator may cut in another way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address, IPv6Network

from ipv6lab.addresses.embedding import discovered
from ipv6lab.wire import dns_messages, nd
from ipv6lab.wire.headers import (
    ETH_P_IP,
    ETH_P_IPV6,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    datagram,
    link_layer,
)
from ipv6lab.wire.siit import ECHO, TO_SIX, Packet, packet, prefixes

WELL_KNOWN = IPv6Network("64:ff9b::/96")
LONGEST = 10.0  # seconds that a translator may take, and a fragment wait for the others
MOST_ALONE = 10_000  # packets without a partner that are kept
MOST_PIECES = 64  # fragments of one packet


@dataclass(slots=True, eq=False)
class Whole:
    """A packet as it passed: `told` put together, `pieces` as they were, `frames` their numbers."""

    time: float
    told: Packet
    pieces: list[Packet]
    frames: list[int]

    @property
    def version(self) -> int:
        return self.told.version


@dataclass(slots=True, eq=False)
class Pair:
    """Two forms of one packet; `six` came first if `to_four`."""

    six: Whole
    four: Whole
    to_four: bool
    source: IPv6Network | None  # the prefix behind which the IPv6 source is the IPv4 one
    destination: IPv6Network | None

    @property
    def first(self) -> Whole:
        return self.six if self.to_four else self.four

    @property
    def second(self) -> Whole:
        return self.four if self.to_four else self.six


@dataclass(slots=True)
class _Pieces:
    time: float
    frames: list[int] = field(default_factory=list)
    pieces: list[Packet] = field(default_factory=list)


class Pairs:
    """Takes frames in the order in which they came, numbered from 0 on.

    `known` are translators' prefixes; those that an advertisement or a DNS64 tells meanwhile, and
    those of pairs, are added.
    """

    def __init__(self, known: Iterable[IPv6Network] = ()) -> None:
        self.pairs: list[Pair] = []
        self._known = {WELL_KNOWN, *known}
        self._frames = 0
        self._of: dict[int, Pair] = {}
        self._single: dict[int, Whole] = {}
        self._waiting: dict[Hashable, deque[Whole]] = {}  # by what they say
        self._order: deque[tuple[Hashable, Whole]] = deque()
        self._pieces: dict[Hashable, _Pieces] = {}
        self._copies: dict[Hashable, tuple[int, Whole]] = {}  # the last hop limit of each
        self._alone: deque[Whole] = deque(maxlen=MOST_ALONE)

    def add(self, time: float, octets: bytes) -> None:
        """Take an Ethernet frame."""
        number = self._frames
        self._frames += 1
        self._forget(time - LONGEST)
        frame = link_layer(octets)
        if frame is None or frame.kind not in (ETH_P_IP, ETH_P_IPV6):
            return
        told = packet(frame.payload)
        if told is None:
            return
        if told.version == 6:
            self._learn(told, octets)
        if not _is_translated(told):
            return
        whole = self._whole(time, number, told)
        if whole is None:
            return
        key = _says(whole.told)
        waiting = self._waiting.setdefault(key, deque())
        pair = self._match(whole, waiting)
        if pair is None:
            waiting.append(whole)
            self._order.append((key, whole))
            return
        other = pair.first
        waiting.remove(other)
        for one in (*pair.six.frames, *pair.four.frames):
            self._of[one] = pair
            self._single.pop(one, None)
        self._known |= {one for one in (pair.source, pair.destination) if one is not None}
        self.pairs.append(pair)

    def of(self, frames: Iterable[int]) -> Pair | None:
        """The pair to which one of these frames belongs."""
        return next((self._of[one] for one in frames if one in self._of), None)

    def is_alone(self, frames: Iterable[int]) -> bool:
        """Whether these frames are a packet behind a translator's prefix without another form."""
        found = [self._single[one] for one in frames if one in self._single]
        return any(self._is_behind(one) for one in found)

    def alone(self) -> list[Whole]:
        """Packets without another form here, in order: behind a translator's prefix, or IPv4.

        IPv4 is among them only where something is translated at all.
        """
        left = [*self._alone, *(whole for _key, whole in self._order)]
        unpaired = [one for one in left if one.frames[0] not in self._of]
        behind = [one for one in unpaired if one.version == 6 and self._is_behind(one)]
        if self.pairs or behind:
            behind += [one for one in unpaired if one.version == 4]
        return sorted(behind, key=lambda one: one.frames[0])

    def _is_behind(self, whole: Whole) -> bool:
        ends = (whole.told.source, whole.told.destination)
        return any(end in one for one in self._known for end in ends)

    def _learn(self, told: Packet, octets: bytes) -> None:
        """Take translators' prefixes out of advertisements (RFC 8781) and answers (RFC 7050)."""
        if told.protocol == ICMPV6 and told.payload[:1] == b"\x86":
            read = datagram(octets)
            message = nd.decode(read) if read else None
            if isinstance(message, nd.RouterAdvertisement):
                self._known |= {one.network for one in message.nat64_prefixes}
        elif told.protocol == UDP and told.ports and told.ports[0] == 53:
            self._known |= set(_told_by_dns(told.payload[8:]))

    def _whole(self, time: float, number: int, told: Packet) -> Whole | None:
        """The packet, when all its pieces are there; None for what was seen before."""
        same = (
            *(told.version, told.source, told.destination, told.protocol),
            *(told.identification, told.offset, told.more, told.payload),
        )
        before = self._copies.get(same)
        if before is not None and told.hop_limit < before[0]:
            self._copies[same] = told.hop_limit, before[1]  # the same further on
            before[1].frames.append(number)
            if pair := self.of(before[1].frames):
                self._of[number] = pair
            elif before[1].frames[0] in self._single:
                self._single[number] = before[1]
            return None
        if not told.fragment:
            whole = Whole(time, told, [told], [number])
        else:
            key = (told.version, told.source, told.destination, told.protocol, told.identification)
            held = self._pieces.setdefault(key, _Pieces(time))
            held.frames.append(number)
            held.pieces.append(told)
            joined = _joined(held.pieces)
            if joined is None:
                if len(held.pieces) >= MOST_PIECES:
                    del self._pieces[key]
                return None
            del self._pieces[key]
            whole = Whole(time, joined, held.pieces, held.frames)
        self._copies[same] = told.hop_limit, whole
        self._single |= dict.fromkeys(whole.frames, whole)
        return whole

    def _match(self, whole: Whole, waiting: Iterable[Whole]) -> Pair | None:
        best: tuple[tuple[int, int], Pair] | None = None
        for other in waiting:
            if other.version == whole.version:
                continue
            six, four = (other, whole) if other.version == 6 else (whole, other)
            ends = _ends(six.told, four.told)
            if ends is None:
                continue
            pair = Pair(six, four, other is six, *self._chosen(ends))
            known = sum(one in self._known for one in (pair.source, pair.destination))
            worth = (known, _alike(six.told, four.told))
            if best is None or worth > best[0]:
                best = worth, pair
        return best[1] if best else None

    def _chosen(self, ends: Iterable[tuple[IPv6Network, ...]]) -> Iterator[IPv6Network | None]:
        for found in ends:
            known = [one for one in found if one in self._known]
            yield next(iter([*known, *found]), None)

    def _forget(self, before: float) -> None:
        while self._order and self._order[0][1].time < before:
            key, whole = self._order.popleft()
            waiting = self._waiting.get(key)
            if waiting is not None and whole in waiting:
                waiting.remove(whole)
                self._alone.append(whole)
            if waiting is not None and not waiting:
                del self._waiting[key]
        if len(self._copies) > MOST_ALONE:
            self._copies = {k: v for k, v in self._copies.items() if v[1].time >= before}
        if len(self._pieces) > MOST_PIECES:
            self._pieces = {k: v for k, v in self._pieces.items() if v.time >= before}


def _is_translated(told: Packet) -> bool:
    """Whether a translator would take it: no groups, no neighbours, no messages of one link."""
    for end in (told.source, told.destination):
        if end.is_multicast or end.is_unspecified or end.is_link_local:
            return False
    if str(told.destination) == "255.255.255.255":
        return False
    return told.offset > 0 or not told.icmp or told.echo or told.error


def _joined(pieces: list[Packet]) -> Packet | None:
    """The packet of which these are the pieces, if they are all there."""
    ordered = sorted(pieces, key=lambda one: one.offset)
    payload = b""
    for one in ordered:
        if one.offset > len(payload):
            return None
        payload = payload[: one.offset] + one.payload
    if ordered[-1].more:
        return None
    return replace(ordered[0], payload=payload, length=len(payload), more=False)


def _says(told: Packet) -> Hashable:
    """What a translator leaves as it is, even one that changes ports: the same in both forms."""
    payload = told.payload
    if told.error:
        quoted = told.quoted
        return "error", _error_kind(told), _kernel(quoted) if quoted else payload[8:]
    if told.echo:
        asks = payload[0] in (8, ECHO[8])
        return "echo", asks, payload[6:]
    if told.protocol == TCP and len(payload) >= 20:
        return TCP, payload[4:12], payload[13], payload[(payload[12] >> 4) * 4 :]
    if told.protocol == UDP and len(payload) >= 8:
        return UDP, payload[8:]
    return told.protocol, payload


def _error_kind(told: Packet) -> int:
    """An error's type in IPv6."""
    kind, code = told.payload[:2]
    if told.version == 6:
        return kind
    return TO_SIX.get((kind, code), {3: (1, 0), 11: (3, 0), 12: (4, 0)}[kind])[0]


def _kernel(quoted: Packet) -> Hashable:
    """What is the same of a quoted packet in both forms; of more there may be more or less."""
    payload = quoted.payload
    kind = ICMP if quoted.protocol == ICMPV6 else quoted.protocol
    if kind == TCP:
        return kind, payload[4:8]
    if kind == UDP:
        return kind, payload[4:6]
    return kind, payload[6:8] if kind == ICMP else payload[:8]


def _ends(
    six: Packet, four: Packet
) -> tuple[tuple[IPv6Network, ...], tuple[IPv6Network, ...]] | None:
    """By which prefixes source and destination are each other's; None where neither is, or where
    the port at that end is another."""
    source = prefixes(six.source, four.source)
    destination = prefixes(six.destination, four.destination)
    if not source and not destination:
        return None
    if six.ports and four.ports:
        for end, found in enumerate((source, destination)):
            if found and six.ports[end] != four.ports[end]:
                return None
    quoted6, quoted4 = six.quoted, four.quoted
    if quoted6 and quoted4:
        return None if _ends(quoted6, quoted4) is None else (source, destination)
    return source, destination


def _alike(six: Packet, four: Packet) -> int:
    """How much is the same of what may be another by the state of a translator."""
    if six.ports and four.ports:
        return sum(one == other for one, other in zip(six.ports, four.ports, strict=True))
    quoted6, quoted4 = six.quoted, four.quoted
    if quoted6 and quoted4:
        return _alike(quoted6, quoted4)
    return int(six.echo and four.echo and six.payload[4:6] == four.payload[4:6])


def _told_by_dns(message: bytes) -> Iterator[IPv6Network]:
    """The prefixes that an answer for ipv4only.arpa tells (RFC 7050)."""
    answer = dns_messages.decode(message)
    if answer is None or answer.name != "ipv4only.arpa":
        return
    for address in answer.addresses:
        prefix = discovered(address) if isinstance(address, IPv6Address) else None
        if prefix is not None:
            yield prefix

"""What a check keeps while it runs: evidence, the time that protocols took, what it waits for."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ipv6lab.addresses.text import written
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.words.message import Message

PACKETS = 8  # of one piece of evidence: enough to show it, few enough to read
OCTETS = 2048  # of one packet
LONG = 3600.0  # seconds until the deadline of a record that no check has set
PIECES = 40  # of one check


class Record:
    """Evidence of one check and its deadline (`time.monotonic` seconds).

    `say` is told what the check is doing whenever that changes, `ask` what it wants done by
    whoever holds the lab.
    """

    def __init__(
        self,
        deadline: float | None = None,
        say: Callable[[Message], None] = lambda doing: None,
        ask: Callable[[dict[str, Any]], None] = lambda wish: None,
    ) -> None:
        self.deadline = time.monotonic() + LONG if deadline is None else deadline
        self.evidence: list[dict[str, Any]] = []
        self.protocol_seconds = 0.0
        self._say = say
        self.ask = ask
        self._waiting = False

    def say(self, doing: Message) -> None:
        """Tell what the check is doing now."""
        self._say(doing)

    def left(self) -> float:
        """Seconds until the deadline, 0 when it is over."""
        return max(0.0, self.deadline - time.monotonic())

    def until(self, seconds: float) -> float:
        """The moment that many seconds from now, or the check's deadline if that is earlier."""
        return min(time.monotonic() + seconds, self.deadline)

    @contextmanager
    def waiting(self, doing: Message) -> Iterator[None]:
        """Tell what is waited for, and account the time as the protocol's: it sets the pace."""
        self._say(doing)
        if self._waiting:
            yield
            return
        self._waiting = True
        start = time.monotonic()
        try:
            yield
        finally:
            self.protocol_seconds += time.monotonic() - start
            self._waiting = False

    def add(
        self,
        probe: str,
        where: str,
        text: Message,
        facts: Mapping[str, Any] | None = None,
        packets: Iterable[Packet] = (),
    ) -> None:
        """Keep a piece of evidence: which probe, at which place, what it saw."""
        if len(self.evidence) >= PIECES:
            return
        self.evidence.append(
            {
                "probe": probe,
                "where": where,
                "text": text.to_json(),
                "facts": {name: _plain(value) for name, value in (facts or {}).items()},
                "packets": [_packet(one) for one in list(packets)[:PACKETS]],
            }
        )


def _packet(packet: Packet) -> dict[str, Any]:
    frame = base64.b64encode(packet.frame[:OCTETS]).decode("ascii")
    return {"time": packet.time, "link": packet.link, "frame": frame}


def _plain(value: Any) -> Any:
    """A value as JSON has it; addresses and the like as their text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return written(value)

"""A capture that goes on while other cells run."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

from ipv6lab.notebook.session import Session
from ipv6lab.reports.pcap import Reader, Record, as_ethernet
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


class Capture:
    """Packets of a node, one of its interfaces, or a link, from now until `stop`.

    `place` is written as ``pc1``, ``pc1:eth0`` or ``staff``, `wanted` in tcpdump's language. It has
    begun when this returns. Raises LabError when there is no such place, or no such filter.
    """

    def __init__(
        self,
        session: Session,
        place: str,
        wanted: str = "",
        seconds: float | None = None,
        count: int | None = None,
    ) -> None:
        self.session, self.place, self.wanted = session, place, wanted
        self.records: list[Record] = []
        self.lost = 0
        self._heard = self._stopped = time.monotonic()  # the last frame; the end
        self.ended = threading.Event()
        self._failure: Exception | None = None
        self._reader: Reader = Reader()
        self._begun = threading.Event()
        node, _sign, interface = place.partition(":")
        self._channel = session.lab.open(
            "capture",
            node=node,
            interface=interface or None,
            filter=wanted,
            count=count,
            seconds=seconds,
        )
        threading.Thread(target=self._take, name="ipv6lab capture", daemon=True).start()
        self._begun.wait()
        if self.ended.is_set():
            self._raise()

    def stop(self) -> list[Record]:
        """End it; the frames, Ethernet headers and all, in the order in which they came."""
        if not self.ended.is_set():
            self._stopped = time.monotonic()
            self._channel.signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> list[Record]:
        """Wait until it ends by itself; the frames."""
        self.ended.wait()
        self._raise()
        return self.records

    @property
    def quiet(self) -> float:
        """For how many seconds at least it went on after its last frame."""
        return max(0.0, self._stopped - self._heard)

    def save(self, file: str) -> None:
        """Write what was captured as a capture file (pcap) for Wireshark. Raises LabError."""
        from ipv6lab.reports.evidence import Frame, pcap

        frames = [Frame(record.time, self.place, record.octets) for record in self.records]
        try:
            Path(file).write_bytes(pcap(frames))
        except (OSError, ValueError) as error:  # ValueError: a NUL in its name
            reason = getattr(error, "strerror", None) or str(error)
            raise LabError(
                _("{file} cannot be written: {reason}.", file=file, reason=reason)
            ) from None

    def _take(self) -> None:
        try:
            for kind, data in self._channel:
                if kind == "O":
                    for record in self._reader.feed(data):
                        octets = as_ethernet(record.octets, self._reader.link)
                        self.records.append(Record(record.time, octets))
                    self._heard = time.monotonic()
                    self._begun.set()
                elif kind == "X":
                    self.lost = int(data["lost"])
        except Exception as error:  # raised where somebody waits for it
            self._failure = error
        self.ended.set()
        self._begun.set()

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

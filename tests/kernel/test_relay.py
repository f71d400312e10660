"""The line to the guest never holds more than it bears, and loses nothing."""

from __future__ import annotations

import os
import threading

from ipv6lab.linux import tty_stream


class Line:
    """Both ends of a relay in this process, and the pipes on their far sides."""

    def __init__(self) -> None:
        guest_in, host_out = os.pipe()
        host_in, guest_out = os.pipe()
        source, self.to_guest = os.pipe()
        self.from_guest, sink = os.pipe()
        guest_source, self.guest_writes = os.pipe()
        self.guest_reads, guest_sink = os.pipe()
        self.wire = guest_in
        self.guest = tty_stream.guest_end((guest_in, guest_out), (guest_source, guest_sink))
        self.host = tty_stream.host_end((host_in, host_out), (source, sink))
        for end in (self.host, self.guest):
            threading.Thread(target=end.run, daemon=True).start()


def read(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += os.read(fd, count - len(data))
    return data


def test_a_mebibyte_each_way_at_once() -> None:
    line = Line()
    sent = os.urandom(1 << 20)
    back = os.urandom(1 << 20)

    def write(fd: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    got: dict[str, bytes] = {}
    jobs = [
        threading.Thread(target=write, args=(line.to_guest, sent)),
        threading.Thread(target=write, args=(line.guest_writes, back)),
        threading.Thread(target=lambda: got.update(there=read(line.guest_reads, len(sent)))),
        threading.Thread(target=lambda: got.update(here=read(line.from_guest, len(back)))),
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert got == {"there": sent, "here": back}


def test_a_guest_that_reads_nothing_gets_no_more_than_its_window() -> None:
    guest_in, host_out = os.pipe()
    host_in, guest_out = os.pipe()
    source, to_guest = os.pipe()
    _here, sink = os.pipe()
    host = tty_stream.host_end((host_in, host_out), (source, sink))
    threading.Thread(target=host.run, daemon=True).start()
    os.write(to_guest, bytes(60_000))
    os.write(guest_out, (0x8000 | tty_stream.TO_GUEST).to_bytes(2, "big"))
    first = read(guest_in, tty_stream.TO_GUEST)
    # Another credit, of which exactly so much follows: nothing else was under way.
    os.write(guest_out, (0x8000 | 100).to_bytes(2, "big"))
    assert len(first) == tty_stream.TO_GUEST
    assert len(os.read(guest_in, 65536)) == 100

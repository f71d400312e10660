"""Packet sockets (packet(7)): frames with the kernel's time stamps and with their VLAN tags."""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

ETH_P_ALL = 3
ETH_P_8021Q = 0x8100
SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
PACKET_LOOPBACK = 5
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35  # include/uapi/asm-generic/socket.h, SO_TIMESTAMPNS_OLD
TP_STATUS_VLAN_VALID = 0x10
AUXDATA = struct.Struct("=IIIHHHH")
TIMESPEC = struct.Struct("@ll")

BUFFER = 8 << 20  # octets that may wait for us in the kernel
FRAME = 65_600  # octets; a veth pair carries frames that nobody has cut yet


def enlarge_buffer(sock: socket.socket, size: int) -> None:
    """Let so many octets wait on a socket of any kind, or as many as the kernel lets us."""
    for option in (SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, size)
            break
        except PermissionError:
            continue  # only the machine's root may exceed net.core.rmem_max


def make_ready(sock: socket.socket) -> None:
    """Have a packet socket hold bursts, and tell times and tags."""
    enlarge_buffer(sock, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)


def receive(sock: socket.socket) -> tuple[int, bytes, tuple[Any, ...]]:
    """The next frame: when it passed (ns since the epoch), its octets, its address (packet(7)).

    Raises what recvmsg does, among it OSError once for each interface that goes down.
    """
    frame, ancillary, _flags, origin = sock.recvmsg(FRAME, 128)
    when = time.time_ns()
    for level, what, data in ancillary:
        if (level, what) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = TIMESPEC.unpack_from(data)
            when = seconds * 1_000_000_000 + nanoseconds
        elif (level, what) == (SOL_PACKET, PACKET_AUXDATA):
            frame = _with_tag(frame, data)
    return when, frame, origin


def take_lost(sock: socket.socket) -> int:
    """How many packets the kernel dropped since this was last asked."""
    counters = sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
    return int(struct.unpack("=II", counters)[1])


def _with_tag(frame: bytes, data: bytes) -> bytes:
    """The frame with the VLAN tag that the kernel has taken off, if it has."""
    status, _, _, _, _, tag, protocol = AUXDATA.unpack_from(data)
    if not status & TP_STATUS_VLAN_VALID:
        return frame
    return frame[:12] + struct.pack("!HH", protocol or ETH_P_8021Q, tag) + frame[12:]

"""Who is root in a namespace may send netlink messages there; what the kernel says is believed."""

import socket
import struct
import time
from ipaddress import IPv6Address

import pytest

from ipv6lab.network.netlink import Events, Netlink, add_address, receive, set_link, subscribe
from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink.codec import attribute, encode

pytestmark = pytest.mark.isolated

FORGED = IPv6Address("2001:db8:bad::1")
REAL = "2001:db8:100:110::1/64"


def forged_address(sequence=1):
    body = struct.pack("=BBBBi", socket.AF_INET6, 64, 0, 0, 1)
    return encode(n.RTM_NEWADDR, 0, sequence, body + attribute(n.IFA_ADDRESS, FORGED.packed))


def forger():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    sock.bind((0, 0))
    return sock


def test_a_forged_answer_never_reaches_whoever_asked():
    with Netlink() as netlink, forger() as sock:
        port = netlink._socket.getsockname()[0]
        for sequence in range(1, 50):
            with pytest.raises(ConnectionRefusedError):
                sock.sendto(forged_address(sequence), (port, 0))
        assert FORGED not in [one.address for one in netlink.addresses()]


def test_what_another_process_says_on_a_socket_that_takes_anybody_is_passed_over():
    listener = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    with listener, forger() as sock:
        listener.bind((0, 0))
        sock.sendto(forged_address(), (listener.getsockname()[0], 0))
        with pytest.raises(BlockingIOError):
            receive(listener)


def test_a_forged_event_is_none():
    with Events(None, "address") as events, forger() as sock:
        group = 1 << (n.RTNLGRP_IPV6_IFADDR - 1)
        sock.sendto(forged_address(), (0, group))
        with Netlink() as netlink:
            netlink.send([set_link("lo", up=True)])
            netlink.send([add_address(netlink.link("lo").index, REAL, nodad=True)])
        seen = []
        deadline = time.monotonic() + 5
        while str(REAL) not in [str(one.item.with_prefix) for one in seen]:
            event = events.wait(deadline - time.monotonic())
            assert event is not None
            seen.append(event)
        assert FORGED not in [one.item.address for one in seen]


def test_a_subscription_takes_the_kernels_word_alone():
    with subscribe("address") as sock, forger() as liar:
        with pytest.raises(ConnectionRefusedError):
            liar.sendto(forged_address(), (sock.getsockname()[0], 0))
        with pytest.raises(BlockingIOError):
            receive(sock)

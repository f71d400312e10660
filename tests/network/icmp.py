"""Just enough ICMPv6 to ask for an answer and to advertise a prefix."""

import os
import socket
import struct
from ipaddress import IPv6Network

from ipv6lab.network.namespace import entered

ECHO_REQUEST, ECHO_REPLY, ROUTER_ADVERTISEMENT = 128, 129, 134


def raw_socket(namespace):
    with entered(namespace):
        return socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)


def answers(namespace, address, index=0, timeout=2.0):
    """Whether an echo request from this namespace is answered, with the same bytes."""
    nonce = os.urandom(16)
    with raw_socket(namespace) as sock:
        sock.settimeout(timeout)
        sock.sendto(struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, 7, 1) + nonce, (address, 0, 0, index))
        try:
            while True:
                data, _ = sock.recvfrom(2000)
                if data[0] == ECHO_REPLY and data[8:] == nonce:
                    return True
        except TimeoutError:
            return False


def advertise(namespace, index, mac, prefix, lifetime=1800, preference=0):
    """Send one Router Advertisement (RFC 4861 section 4.2) with one prefix to all nodes."""
    network = IPv6Network(prefix)
    flags = (preference & 3) << 3
    message = struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, flags, lifetime, 0, 0)
    message += struct.pack("!BBBBIII", 3, 4, network.prefixlen, 0xC0, 3600, 1800, 0)
    message += network.network_address.packed
    message += b"\x01\x01" + bytes.fromhex(mac.replace(":", ""))  # source link-layer address
    # RDNSS (RFC 8106): the kernel hands it on to user space.
    message += struct.pack("!BBHI", 25, 3, 0, 600) + network[0x53].packed
    with raw_socket(namespace) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        sock.sendto(message, ("ff02::1", 0, 0, index))

"""A host somewhere beyond the router of a node: any address in the world, with a kernel of its own.

An access list judges by the source address, and no lab has hosts at all addresses. This one puts
its packets on the node's own link, where the router would put them. What the node sends back goes
to the router; a copy of it is handed to the host here, as if it had come all the way. The router
has the packet too, and may say that it knows no way there.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self

from ipv6lab.linux import packets as frames
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, add_neighbour, add_route
from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.seen.fabric import FABRIC

PACKET_VNET_HDR = 15  # include/uapi/linux/if_packet.h: checksums and segments are left as they are
VNET_HDR = 10  # octets of its header before each frame
TYPES = {4: b"\x08\x00", 6: b"\x86\xdd"}
DESTINATION = {4: slice(30, 34), 6: slice(38, 54)}  # in an Ethernet frame

Address = IPv4Address | IPv6Address


class Beyond(FreshHost):
    """A host at `source` which reaches one node on one link; a context manager.

    ::

        with Beyond(lab.node("ns1"), "dmz", "2a02:db8::7", [lab.plan.ns1.address]) as stranger:
            names.transfer(stranger, lab.plan.ns1.address, "example.net")

    `source` is one address, `addresses` are the node's of the same family. It says nothing about
    the way between: what a firewall there would do is not seen.
    """

    def __init__(
        self, node: Node, link: str, source: object, addresses: object, name: str = "stranger"
    ) -> None:
        super().__init__(node.lab, link, name, autoconfigure=False)
        self._given = address = ip_address(str(source))
        wanted = addresses if isinstance(addresses, list | tuple | set) else [addresses]
        everything = "::/0" if address.version == 6 else "0.0.0.0/0"
        mac = node.interface(self.link).mac
        self.take(f"{address}/{address.max_prefixlen}")
        with Netlink(self.namespace) as netlink:
            netlink.send(
                [
                    add_route(everything, index=self.index),
                    *(add_neighbour(self.index, str(one), mac) for one in wanted),
                ]
            )
        self._copier = _Copier(node, self.link, self.port, self.mac, address)

    def __enter__(self) -> Self:
        self._copier.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        self._copier.__exit__()
        super().__exit__(*details)


class _Copier:
    """Hands what a node sends to an address to another port of the same link, until it ends."""

    def __init__(self, node: Node, link: str, port: str, mac: str, address: Address) -> None:
        fabric = node.lab.fabric
        [near] = [name for name, one in fabric.ports(link).items() if one.node == node.name]
        self._mac = bytes.fromhex(mac.replace(":", ""))
        self._place = DESTINATION[address.version]
        self._type, self._address = TYPES[address.version], address.packed
        with entered(fabric.namespace(FABRIC)):
            self._from, self._to = _socket(near, frames.ETH_P_ALL), _socket(port, 0)
        self._stop, self._stopped = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Copier:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        os.write(self._stopped, b".")
        self._thread.join()
        for descriptor in (self._stop, self._stopped):
            os.close(descriptor)
        self._from.close()
        self._to.close()

    def _run(self) -> None:
        while self._stop not in select.select([self._from.fileno(), self._stop], [], [])[0]:
            data, origin = self._from.recvfrom(VNET_HDR + frames.FRAME)
            frame = memoryview(data)[VNET_HDR:]
            ours = frame[12:14] == self._type and frame[self._place] == self._address
            if ours and origin[2] != frames.PACKET_OUTGOING:
                with suppress(OSError):  # the host has just gone
                    self._to.send(data[:VNET_HDR] + self._mac + frame[6:].tobytes())


def _socket(interface: str, kind: int) -> socket.socket:
    sock = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(kind)
    )
    sock.setsockopt(frames.SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.bind((interface, kind))
    return sock

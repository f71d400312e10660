"""What a node's stub resolver would ask, and what it would be told.

The node's ``/etc/resolv.conf`` is read as data; the question goes out from the node's own network
namespace, and the answer counts only if it crossed the fabric: a server on the node itself, or a
name in its hosts file, answers nobody here.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.outcome import Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.wire.headers import UDP
from ipv6lab.words.message import _

FILE = "/etc/resolv.conf"
HOSTS = "/etc/hosts"
SWITCH = "/etc/nsswitch.conf"
PORT = 53
SERVERS = 3  # that the C library takes (resolv.conf(5), MAXNS)
LOOK = 0.1  # seconds between two looks at a file
AGAIN = 1.0  # seconds until a question is asked once more


@dataclass(frozen=True)
class Settings:
    """The name servers, search list and options of a node, as its C library reads them."""

    servers: tuple[IPv4Address | IPv6Address, ...]
    search: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a server answered: the response code's name, the addresses, and who sent it."""

    code: str
    addresses: tuple[IPv4Address | IPv6Address, ...]
    node: str


def settings(node: Vantage) -> Settings:
    """What a node's ``resolv.conf`` says; nothing where it has none."""
    text = (nodefiles.read(node.lab.fabric.namespace(node.name), FILE) or b"").decode(
        "utf-8", "replace"
    )
    servers: list[IPv4Address | IPv6Address] = []
    search: list[str] = []
    options: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 2 or line[0] in "#;":
            continue
        if words[0] == "nameserver":
            with suppress(ValueError):
                servers.append(ip_address(words[1].partition("%")[0]))
        elif words[0] in ("search", "domain"):  # the last one counts
            search = [word.rstrip(".").lower() for word in words[1:]]
        elif words[0] == "options":
            options += words[1:]
    return Settings(tuple(servers[:SERVERS]), tuple(search), tuple(options))


def hosts(node: Vantage, name: str) -> tuple[IPv4Address | IPv6Address, ...]:
    """The addresses that a node's hosts file has for a name; its programs then ask no server."""
    text = nodefiles.read(node.lab.fabric.namespace(node.name), HOSTS) or b""
    found: list[IPv4Address | IPv6Address] = []
    for line in text.decode("utf-8", "replace").splitlines():
        words = line.partition("#")[0].lower().split()
        if name.lower() in (word.rstrip(".") for word in words[1:]):
            with suppress(ValueError):
                found.append(ip_address(words[0].partition("%")[0]))
    return tuple(found)


def asks_servers(node: Vantage) -> bool:
    """Whether programs on a node ask name servers at all (nsswitch.conf(5)); they do by default."""
    text = nodefiles.read(node.lab.fabric.namespace(node.name), SWITCH) or b""
    for line in text.decode("utf-8", "replace").splitlines():
        database, colon, sources = line.partition("#")[0].partition(":")
        if colon and database.strip() == "hosts":
            return bool({"dns", "resolve"} & set(sources.split()))
    return True


def wait_settings(node: Vantage, wanted: Callable[[Settings], bool]) -> Settings:
    """The settings once they are `wanted`; those of the check's deadline when they never are."""
    record = node.lab.record
    with record.waiting(_("waiting for {node} to learn a DNS server", node=node.name)):
        while not wanted(found := settings(node)) and record.left():
            # A file of another mount namespace tells nobody of its changes that cannot enter it.
            time.sleep(min(LOOK, record.left()))
    record.add(
        "resolver",
        node.name,
        _("The DNS servers that {node} knows.", node=node.name),
        {"servers": found.servers, "search": found.search},
    )
    return found


def listens(node: Vantage, port: int) -> bool:
    """Whether a program on the node takes UDP over IPv6 at a port (proc_net_udp)."""
    with entered(node.namespace):
        lines = Path("/proc/thread-self/net/udp6").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") for line in lines)


def ask(node: Vantage, server: object, name: str, kind: str = "AAAA", within: float = 3) -> Answer:
    """Ask a server for a name's addresses from a node, over UDP, until it answers.

    Raises Failed, which names where the question got lost, or who refused it.
    """
    import dns.exception
    import dns.message

    address = ip_address(str(server))
    query = dns.message.make_query(name, kind)
    query.id = secrets.randbits(16)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    values: dict[str, str | int | float] = {
        "node": node.name,
        "server": str(address),
        "name": name,
    }
    with entered(node.namespace):
        sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    record = node.lab.record
    doing = _("waiting for {server} to answer {node}", **values)
    with sock, Capture(node.lab.fabric, (), _of(query.id)) as capture, record.waiting(doing):
        until = record.until(within)
        reply: Any = None
        try:
            sock.connect((str(address), PORT))
            while reply is None and time.monotonic() < until:
                sock.send(query.to_wire())
                again = min(until, time.monotonic() + AGAIN)
                while reply is None and (left := again - time.monotonic()) > 0:
                    if select.select([sock], [], [], left)[0]:
                        with suppress(dns.exception.DNSException):
                            reply = dns.message.from_wire(sock.recv(65535))
                            reply = reply if query.is_response(reply) else None
        except OSError as error:
            capture.read()
            raise Failed(_lost(capture.packets, values, error)) from None
        capture.read()
        packets = capture.packets
    record.add(
        "dns",
        node.name,
        _("{node} asks {server} for {name}.", **values),
        {"answer": str(reply) if reply else None},
        packets,
    )
    if reply is None:
        raise Failed(_lost(packets, values, None))
    sender = next((one.node for one in packets if one.sent and not _asks(one)), node.name)
    import dns.rcode
    import dns.rdatatype

    found = tuple(
        ip_address(one.address)
        for rrset in reply.answer
        if rrset.rdtype == dns.rdatatype.from_text(kind)
        for one in rrset
    )
    return Answer(str(dns.rcode.to_text(reply.rcode())), found, sender)


def _of(identity: int) -> Any:
    def wanted(packet: Packet) -> bool:
        data = packet.ip
        if data is None or data.protocol != UDP or data.ports is None or PORT not in data.ports:
            return False
        return data.payload[8:10] == identity.to_bytes(2, "big")

    return wanted


def _asks(packet: Packet) -> bool:
    return packet.ip is not None and packet.ip.ports is not None and packet.ip.ports[1] == PORT


def _lost(
    packets: list[Packet], values: dict[str, str | int | float], error: OSError | None
) -> Any:
    arrived = [one for one in packets if _asks(one) and not one.sent]
    if error is not None and arrived:
        return _(
            "{other} refuses the question of {node} for {name}.", other=arrived[-1].node, **values
        )
    if error is not None:
        reason = os.strerror(error.errno or 0)
        return _("{node} cannot ask {server}: {reason}.", reason=reason, **values)
    if arrived:
        return _(
            "The question of {node} for {name} gets as far as {last} and no answer comes back.",
            last=arrived[-1].node,
            **values,
        )
    return _("The question of {node} for {name} reaches nobody.", **values)

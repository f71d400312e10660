"""Names and connections, asked politely: few to each host, with pauses, none to private places."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from ipv6lab.addresses.text import MAPPED

Address = IPv4Address | IPv6Address

PER_HOST = 10  # connections and questions to one address
PAUSE = 0.3  # seconds between two of them
DNS_WITHIN = 4.0  # seconds
CONNECT_WITHIN = 4.0  # seconds, as internet.nl has it
MOST = 8  # addresses of one name, and servers of one zone

DOCUMENTATION = (IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
COMPATIBLE = IPv6Network("::/96")


class Silent(Exception):
    """No usable answer: `reason` is one word of what was wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Client:
    """Who asks. `resolvers` are name servers; in a lab (`lab`) documentation's addresses count.

    `counts` has how often each address was asked.
    """

    resolvers: list[str]
    lab: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    pause: Callable[[float], None] = time.sleep

    def usable(self, one: Address) -> bool:
        """Whether an address is one at which the public could reach a site."""
        if one.is_loopback or one.is_unspecified or one.is_multicast or one.is_link_local:
            return False
        if isinstance(one, IPv4Address):
            return self.lab or one.is_global
        if one in MAPPED or one in COMPATIBLE or any(one in each for each in TRANSLATED):
            return False
        if self.lab and any(one in each for each in DOCUMENTATION):
            return True
        return one.is_global and not one.is_site_local

    def turn(self, host: Address) -> None:
        """Wait for one's turn at a host. Raises Silent when it has been asked often enough."""
        if not self.usable(host):
            raise Silent("private")
        if self.counts[str(host)] >= PER_HOST:
            raise Silent("limit")
        if self.counts[str(host)]:
            self.pause(PAUSE)
        self.counts[str(host)] += 1

    def connect(self, host: Address, port: int) -> socket.socket:
        """A connection. Raises Silent, with ``time-out``, ``refused`` or ``unreachable``."""
        self.turn(host)
        try:
            return socket.create_connection((str(host), port), CONNECT_WITHIN)
        except TimeoutError:
            raise Silent("time-out") from None
        except ConnectionRefusedError:
            raise Silent("refused") from None
        except OSError:
            raise Silent("unreachable") from None

    def ask(self, server: str, name: str, kind: str, recursion: bool = True) -> Any:
        """A server's answer, over UDP, then TCP if it is cut short. Raises Silent."""
        import dns.exception
        import dns.flags
        import dns.message
        import dns.query

        try:
            query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
            if not recursion:
                query.flags &= ~dns.flags.RD
            return dns.query.udp_with_fallback(query, server, DNS_WITHIN)[0]
        except (dns.exception.Timeout, TimeoutError):
            raise Silent("time-out") from None
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            raise Silent("unreachable") from None

    def records(self, name: str, kind: str) -> list[Any]:
        """The records of a name, behind its aliases too. Raises Silent where nobody answers."""
        import dns.rcode
        import dns.rdatatype

        last = Silent("unreachable")
        for server in self.resolvers[:3]:
            try:
                answer = self.ask(server, name, kind)
            except Silent as silent:
                last = silent
                continue
            if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                last = Silent("refused")
                continue
            wanted = dns.rdatatype.from_text(kind)
            return [one for each in answer.answer if each.rdtype == wanted for one in each]
        raise last

    def addresses(self, name: str, kind: str) -> list[Address]:
        """A name's addresses of one family; an address stands for itself. Raises Silent."""
        try:
            literal = ip_address(name)
            return [literal] if literal.version == (6 if kind == "AAAA" else 4) else []
        except ValueError:
            return sorted({ip_address(one.address) for one in self.records(name, kind)}, key=int)

    def zone(self, name: str) -> tuple[str, list[str]]:
        """The zone in which a name is, and its name servers. Raises Silent."""
        labels = name.rstrip(".").split(".")
        for start in range(min(len(labels), 10)):
            zone = ".".join(labels[start:])
            found = sorted({str(one.target).lower() for one in self.records(zone, "NS")})
            if found:
                return zone, found
        raise Silent("unreachable")

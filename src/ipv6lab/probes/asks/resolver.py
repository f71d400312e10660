"""What leads a node's programs to name servers, or past them: its files, read as data."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import nodefiles
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

FILE = "/etc/resolv.conf"
HOSTS = "/etc/hosts"
SWITCH = "/etc/nsswitch.conf"
SERVERS = 3  # that the C library takes (resolv.conf(5), MAXNS)
LOOK = 0.1  # seconds between two looks at a file


@dataclass(frozen=True)
class Settings:
    """The name servers, search list and options of a node, as its C library reads them."""

    servers: tuple[IPv4Address | IPv6Address, ...]
    search: tuple[str, ...]
    options: tuple[str, ...] = ()


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

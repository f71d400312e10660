"""host-prefix: a prefix for every host (RFC 9663), offered and asked for: a demonstration.

    host-prefix offer lan1        on the router, until it is stopped: advertise, and delegate
    host-prefix ask eth0          on the host: hear that one may ask, ask, and use what is given
    host-prefix ask eth0 --reach ADDRESS        and ping somebody from it

No package of the image does the router's half: advertise that hosts had better ask for a prefix
than build an address (the P flag, RFC 9762), delegate pieces of what the router was delegated
itself, and route each to the host that has it (RFC 8987). Nothing is promised for longer than the
router has it (RFC 9096). What was set up is taken back at the end.
"""

from __future__ import annotations

import argparse
import json
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv6Address, IPv6Network
from types import FrameType
from typing import Any

from ipv6lab.wire import dhcp6, dhcp6pd
from ipv6lab.wire.dhcp6pd import DelegatedPrefix

CLIENT_PORT, SERVER_PORT = 546, 547
EVERYBODY, ROUTERS, SERVERS = "ff02::1", "ff02::2", "ff02::1:2"
SOLICITATION, ADVERTISEMENT = 133, 134
ON_LINK, AUTONOMOUS, PREFER_DELEGATION = 0x80, 0x40, 0x10  # RFC 4861 section 4.6.2, RFC 9762
PREFIX_INFORMATION = 3
OFTEN = 3.0  # seconds between two advertisements (RFC 4861 section 6.2.6)
ROUTER_LIFETIME = 30  # seconds; as the LANs of the exercise have it
PATIENCE = 20  # seconds in which a host looks for a router that offers
AGAIN = 1.0  # seconds until a question is repeated (RFC 8415 section 7.6, SOL_TIMEOUT)
PIECE = 64  # bits of a host's prefix (RFC 9663 section 8)
ICMP6_FILTER = 1
ENDLESS = 0xFFFFFFFF


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, 1 where nobody offers, or 2 after one sentence about what is wrong."""
    chosen = _parser().parse_args(arguments)
    kept = {one: signal.signal(one, _stopped) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        if chosen.command == "offer":
            with Router(chosen.interface, chosen.pool) as router:
                router.serve()
        else:
            return ask(chosen.interface, chosen.seconds, chosen.reach)
    except KeyboardInterrupt:
        return 0
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        if isinstance(error, subprocess.CalledProcessError):
            said = (error.stderr or "ip has failed").strip()
        print(f"host-prefix: {said}", file=sys.stderr)
        return 2
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="host-prefix", description="A prefix for every host: the router's half, and a host's."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    offer = commands.add_parser("offer", help="on a router: advertise, delegate, route")
    offer.add_argument("interface", help="the LAN's, with an address out of its prefix")
    offer.add_argument(
        "--pool",
        type=IPv6Network,
        metavar="PREFIX",
        help="out of which to delegate (what this router refuses as a whole, and its LAN is in)",
    )
    wanted = commands.add_parser("ask", help="on a host: hear, ask, use")
    wanted.add_argument("interface")
    wanted.add_argument("--seconds", type=int, default=PATIENCE, metavar="N", help="20")
    wanted.add_argument("--reach", type=IPv6Address, metavar="ADDRESS", help="to ping from it")
    return parser


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """Once: `timeout` tells a process twice, and what was set up is taken back meanwhile."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


# What goes over the wire


def advertisement(prefixes: Iterable[DelegatedPrefix], lifetime: int = ROUTER_LIFETIME) -> bytes:
    """A Router Advertisement that prefers delegation (P) to addresses, of which it lets one build.

    Without its checksum, which the kernel makes. Hosts that do not know the flag go on as before.
    """
    message = struct.pack("!BBHBBHII", ADVERTISEMENT, 0, 0, 0, 0, lifetime, 0, 0)
    flags = ON_LINK | AUTONOMOUS | PREFER_DELEGATION
    for one in prefixes:
        head = (PREFIX_INFORMATION, 4, one.network.prefixlen, flags, one.valid, one.preferred, 0)
        message += struct.pack("!BBBBIII", *head) + one.network.network_address.packed
    return message


def prefers_delegation(message: bytes) -> bool:
    """Whether a Router Advertisement has a prefix with the P flag. Trusts no length."""
    options = message[16:]
    while len(options) >= 2 and options[1] and len(options) >= 8 * options[1]:
        if options[0] == PREFIX_INFORMATION and options[1] == 4 and options[3] & PREFER_DELEGATION:
            return True
        options = options[8 * options[1] :]
    return False


def answer(
    asked: dhcp6.Message, server: bytes, given: DelegatedPrefix | None
) -> tuple[int, list[bytes]] | None:
    """Kind and options of a server's answer; None where none is due (RFC 8415 section 18.3)."""
    wanted = dhcp6pd.associations(asked)
    kinds = {dhcp6.SOLICIT: dhcp6.ADVERTISE}
    kinds |= dict.fromkeys((dhcp6.REQUEST, dhcp6.RENEW, dhcp6.REBIND, dhcp6.RELEASE), dhcp6.REPLY)
    to_all = asked.kind in (dhcp6.SOLICIT, dhcp6.REBIND)
    if asked.kind not in kinds or asked.client_id is None or not wanted:
        return None
    if asked.server_id is not None if to_all else asked.server_id != server:
        return None
    options = [dhcp6.option(dhcp6.CLIENT_ID, asked.client_id)]
    options.append(dhcp6.option(dhcp6.SERVER_ID, server))
    if asked.kind == dhcp6.RELEASE:
        options.append(dhcp6.option(dhcp6.STATUS_CODE, struct.pack("!H", dhcp6.SUCCESS)))
    elif given is None:
        none_left = dhcp6.option(dhcp6.STATUS_CODE, struct.pack("!H", NO_PREFIX))
        head = struct.pack("!III", wanted[0].iaid, 0, 0)
        options.append(dhcp6.option(dhcp6pd.IA_PD, head + none_left))
    else:
        t1, t2 = given.preferred // 2, given.preferred * 4 // 5
        options.append(dhcp6pd.association(wanted[0].iaid, [given], t1, t2))
    return kinds[asked.kind], options


NO_PREFIX = 6  # NoPrefixAvail


# The router


class Router:
    """The router's half; a context manager that takes back its routes."""

    def __init__(self, interface: str, pool: IPv6Network | None) -> None:
        self._interface = interface
        self._index = _index(interface)
        _wait_link_local(interface)
        self._pool = pool or self._refused()
        self._given: dict[bytes, IPv6Network] = {}  # by DUID
        self._routes: dict[IPv6Network, str] = {}
        self._server = dhcp6.link_layer_duid(_mac(interface))
        self._advertiser = _icmp(interface, SOLICITATION)
        self._socket = _dhcp(interface, SERVER_PORT, self._index)
        _join(self._advertiser, ROUTERS, self._index)

    def __enter__(self) -> Router:
        return self

    def __exit__(self, *_details: object) -> None:
        for network, host in self._routes.items():
            _ip("route", "del", str(network), "via", host, "dev", self._interface)
        self._advertiser.close()
        self._socket.close()

    def serve(self) -> None:
        """Advertise and answer until it is stopped."""
        print(f"{self._interface}: pieces of {self._pool} for hosts that ask", flush=True)
        due = 0.0
        while True:
            if time.monotonic() >= due:
                message = advertisement(self._on_link())
                self._advertiser.sendto(message, (EVERYBODY, 0, 0, self._index))
                due = time.monotonic() + OFTEN
            ready, _w, _x = select.select(
                [self._advertiser, self._socket], [], [], max(0.0, due - time.monotonic())
            )
            if self._advertiser in ready:  # a host asks: not at once again (MIN_DELAY_BETWEEN_RAS)
                self._advertiser.recv(2048)
            if self._socket in ready:
                data, sender = self._socket.recvfrom(4096)
                self._asked(data, sender)

    def _asked(self, data: bytes, sender: Any) -> None:
        asked = dhcp6.read(data)
        if asked is None or asked.client_id is None or asked.kind == dhcp6.REPLY:
            return
        host = str(sender[0]).partition("%")[0]
        network = self._piece(asked.client_id)
        given = DelegatedPrefix(network, *self._lifetimes()) if network else None
        told = answer(asked, self._server, given)
        if told is None:
            return
        kind, options = told
        if kind == dhcp6.REPLY and network is not None:
            if asked.kind == dhcp6.RELEASE:
                self._give_back(asked.client_id)
            elif network not in self._routes:
                _ip("route", "replace", str(network), "via", host, "dev", self._interface)
                self._routes[network] = host
                print(f"{network} to {host}", flush=True)
        self._socket.sendto(dhcp6.write(kind, asked.transaction, options), sender)

    def _give_back(self, client: bytes) -> None:
        network = self._given.pop(client, None)
        if network in self._routes:
            host = self._routes.pop(network)
            _ip("route", "del", str(network), "via", host, "dev", self._interface)
            print(f"{network} is back", flush=True)

    def _piece(self, client: bytes) -> IPv6Network | None:
        """What a host has, or the next that nobody uses."""
        if client not in self._given:
            used = [one for one in _routed() if one.prefixlen > self._pool.prefixlen]
            used += self._given.values()
            for one in self._pool.subnets(new_prefix=max(PIECE, self._pool.prefixlen)):
                if not any(one.overlaps(other) for other in used):
                    self._given[client] = one
                    break
        return self._given.get(client)

    def _on_link(self) -> list[DelegatedPrefix]:
        """The LAN's prefixes, for as long as the router's own addresses there last."""
        found = []
        for one in _addresses(self._interface):
            network = IPv6Network((one["local"], one["prefixlen"]), strict=False)
            valid = min(ENDLESS, one["valid_life_time"])
            preferred = 0 if one.get("deprecated") else min(valid, one["preferred_life_time"])
            if network.prefixlen == PIECE:
                found.append(DelegatedPrefix(network, preferred, valid))
        return found

    def _lifetimes(self) -> tuple[int, int]:
        """Preferred and valid: no longer than the router has its own prefix there."""
        own = [one for one in self._on_link() if one.network.subnet_of(self._pool)]
        return max(((one.preferred, one.valid) for one in own), default=(60, 120))

    def _refused(self) -> IPv6Network:
        """What this router was delegated, as its unreachable route tells. Raises ValueError."""
        whole = _routed("type", "unreachable")
        for one in self._on_link():
            for network in whole:
                if one.network != network and one.network.subnet_of(network):
                    return network
        raise ValueError(
            f"no unreachable route here covers the prefix of {self._interface}, so it is not "
            "clear what was delegated: name it with --pool."
        )


# The host


def ask(interface: str, seconds: int, reach: IPv6Address | None = None) -> int:
    """Hear a router that prefers delegation, ask it, and use what it gives, until it is stopped.

    The exit status where there is nothing to use.
    """
    index, until = _index(interface), time.monotonic() + seconds
    _wait_link_local(interface)
    if not _heard(interface, index, until):
        print(
            f"host-prefix: in {seconds} s nobody on {interface} has offered hosts a prefix.",
            file=sys.stderr,
        )
        return 1
    duid = dhcp6.link_layer_duid(_mac(interface))
    with _dhcp(interface, CLIENT_PORT, index) as sock:
        given: tuple[DelegatedPrefix, ...] = ()
        offer = _exchange(sock, index, dhcp6.SOLICIT, [], duid, until)
        if offer is not None and dhcp6pd.prefixes(offer):
            server = [dhcp6.option(dhcp6.SERVER_ID, offer.server_id or b"")]
            reply = _exchange(sock, index, dhcp6.REQUEST, server, duid, until)
            given = dhcp6pd.prefixes(reply) if reply else ()
        if not given:
            print(f"host-prefix: nobody on {interface} gives a prefix.", file=sys.stderr)
            return 1
        try:
            _use(given[0], reach)
        finally:
            _leave(given[0])
            _exchange(sock, index, dhcp6.RELEASE, server, duid, time.monotonic() + AGAIN, given)
    return 0


def _use(given: DelegatedPrefix, reach: IPv6Address | None) -> None:
    own = given.network[1]
    times = ["valid_lft", _seconds(given.valid), "preferred_lft", _seconds(given.preferred)]
    _ip("address", "replace", f"{own}/128", "dev", "lo", "nodad", *times)
    # What of it this host does not use goes nowhere (RFC 9663 section 6).
    _ip("route", "replace", "unreachable", str(given.network))
    print(f"{given.network} is mine, and I am {own}", flush=True)
    if reach is not None:
        # Until one is answered, for 10 s at most.
        words = ["ping", "-n", "-c", "1", "-w", "10", "-I", str(own), str(reach)]
        subprocess.run(words, check=False)
    while True:
        signal.pause()


def _leave(given: DelegatedPrefix) -> None:
    _ip("route", "del", "unreachable", str(given.network))
    _ip("address", "del", f"{given.network[1]}/128", "dev", "lo")


def _heard(interface: str, index: int, until: float) -> bool:
    with _icmp(interface, ADVERTISEMENT) as sock:
        sock.sendto(struct.pack("!BBHI", SOLICITATION, 0, 0, 0), (ROUTERS, 0, 0, index))
        while (left := until - time.monotonic()) > 0:
            if select.select([sock], [], [], left)[0] and prefers_delegation(sock.recv(2048)):
                return True
    return False


def _exchange(
    sock: socket.socket,
    index: int,
    kind: int,
    options: list[bytes],
    duid: bytes,
    until: float,
    given: Iterable[DelegatedPrefix] = (DelegatedPrefix(IPv6Network(("::", PIECE)), 0, 0),),
) -> dhcp6.Message | None:
    """Ask until it is answered; None when time is over."""
    transaction = int.from_bytes(duid[-2:], "big") << 8 | kind
    started = time.monotonic()
    while time.monotonic() < until:
        elapsed = min(0xFFFF, int(100 * (time.monotonic() - started)))
        message = dhcp6.write(
            kind,
            transaction,
            [
                dhcp6.option(dhcp6.CLIENT_ID, duid),
                *options,
                dhcp6.option(dhcp6.ELAPSED_TIME, struct.pack("!H", elapsed)),
                dhcp6pd.association(1, given),
            ],
        )
        sock.sendto(message, (SERVERS, SERVER_PORT, 0, index))
        again = min(until, time.monotonic() + AGAIN)
        while (left := again - time.monotonic()) > 0:
            if not select.select([sock], [], [], left)[0]:
                break
            told = dhcp6.read(sock.recv(4096))
            if told and told.transaction == transaction and told.client_id == duid:
                return told
    return None


# The kernel


def _icmp(interface: str, kind: int) -> socket.socket:
    """A socket that takes ICMPv6 of one type, and sends as neighbour discovery has to."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    blocked = bytearray(b"\xff" * 32)
    at = kind // 32 * 4
    word = 0xFFFFFFFF & ~(1 << kind % 32)
    blocked[at : at + 4] = struct.pack("=I", word)
    sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, bytes(blocked))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    return sock


def _dhcp(interface: str, port: int, index: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.bind(("::", port))
    if port == SERVER_PORT:
        _join(sock, SERVERS, index)
    return sock


def _join(sock: socket.socket, group: str, index: int) -> None:
    request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)


def _index(interface: str) -> int:
    try:
        return socket.if_nametoindex(interface)
    except OSError:
        raise ValueError(f"There is no interface {interface}.") from None


def _wait_link_local(interface: str) -> None:
    """Wait until Duplicate Address Detection is over: from that address one speaks here."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for one in _told("address", "show", "dev", interface, "scope", "link"):
            if any("local" in each and not each.get("tentative") for each in one["addr_info"]):
                return
        time.sleep(0.1)
    raise ValueError(f"{interface} has no link-local address that may be used.")


def _mac(interface: str) -> str:
    found: str = _told("link", "show", "dev", interface)[0]["address"]
    return found


def _addresses(interface: str) -> list[Mapping[str, Any]]:
    told = _told("address", "show", "dev", interface, "scope", "global")
    return [one for link in told for one in link.get("addr_info", ()) if "local" in one]


def _routed(*which: str) -> list[IPv6Network]:
    """The destinations of this machine's routes that are no single address nor all there is."""
    found = (str(one["dst"]) for one in _told("route", "show", *which))
    return [IPv6Network(one) for one in found if "/" in one]


def _told(*words: str) -> list[Any]:
    done = subprocess.run(["ip", "-6", "-json", *words], capture_output=True, text=True, check=True)
    return [one for one in json.loads(done.stdout or "[]") if one]


def _ip(*words: str) -> None:
    subprocess.run(["ip", "-6", *words], capture_output=True, text=True, check=True)


def _seconds(lifetime: int) -> str:
    return "forever" if lifetime == ENDLESS else str(lifetime)

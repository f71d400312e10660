#!/usr/bin/python3 -IS
"""v6mostly INTERFACE: be a host of an IPv6-mostly network.

It asks DHCPv4 for an address and says that it can do without one (option 108, RFC 8925). Granted
that, it leaves IPv4 alone for as long as it was told, and asks again then. It takes the prefix of
the network's translator out of Router Advertisements (PREF64, RFC 8781), or else out of the DNS
(RFC 7050). With a prefix and without IPv4 it turns 464XLAT on, for programs that know IPv4 alone
(RFC 6877): TAYGA translates them to an address of their own. Beside native IPv4, and without a
prefix, 464XLAT is off.

What it does, and whom it believes and why not, it says on its output (journalctl -u
v6mostly@INTERFACE). `v6mostly --status INTERFACE` prints where it stands.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import time

# DHCPv4 (RFC 2131, RFC 2132)
DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
MASK, ROUTER, DNS, WISH, LEASE, KIND, SERVER, LIST, IPV6_ONLY = 1, 3, 6, 50, 51, 53, 54, 55, 108
COOKIE = b"\x63\x82\x53\x63"
BOOTP = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
FIRST, LONGEST = 4.0, 64.0  # seconds until a question is repeated, doubled each time (section 4.1)
MIN_V6ONLY_WAIT = 300  # seconds (RFC 8925 section 3.4)
SILENT = 3  # questions without an answer after which there is no DHCPv4 here
# ICMPv6 options (RFC 4861 section 4.6, RFC 8106, RFC 8781)
PREFIX, RDNSS, PREF64 = 3, 25, 38
PREFIX_LENGTHS = (96, 64, 56, 48, 40, 32)  # by prefix length code (RFC 8781 section 4)
WELL_KNOWN = ("192.0.0.170", "192.0.0.171")  # of ipv4only.arpa (RFC 7050)
AGAIN = 10.0  # seconds until the DNS is asked again for the prefix
# 464XLAT: addresses of RFC 7335; translated, a packet grows by 20 octets, and a fragment by 28.
OWN, TAYGA, TUN, GROWTH = "192.0.0.1", "192.0.0.2", "clat", 28
RUN = "/run/v6mostly"


def say(text: str) -> None:
    print(text, flush=True)


# Messages


def discover(
    xid: int,
    mac: bytes,
    asked: tuple[int, ...],
    wish: bytes | None = None,
    server: bytes = b"",
) -> bytes:
    """A DHCPDISCOVER, or with a `wish` and a `server` a DHCPREQUEST for what was offered."""
    head = BOOTP.pack(1, 1, 6, 0, xid, 0, 0, *[b"\0" * 4] * 4, mac, b"", b"", COOKIE)
    options = bytes([KIND, 1, DISCOVER if wish is None else REQUEST])
    if wish is not None:
        options += bytes([WISH, 4]) + wish + bytes([SERVER, 4]) + server
    options += bytes([LIST, len(asked), *asked]) + b"\xff"
    return (head + options).ljust(300, b"\0")


def offered(data: bytes, xid: int, mac: bytes) -> tuple[int, bytes, dict[int, bytes]] | None:
    """What a server says to us: (kind, address, options), or None when it is not for us."""
    if len(data) < BOOTP.size:
        return None
    fields = BOOTP.unpack_from(data)
    if fields[0] != 2 or fields[4] != xid or fields[11][:6] != mac or fields[14] != COOKIE:
        return None
    options: dict[int, bytes] = {}
    at = BOOTP.size
    while at + 1 < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        value = data[at + 2 : at + 2 + data[at + 1]]
        if len(value) < data[at + 1]:
            break  # it is cut short
        options.setdefault(data[at], value)
        at += 2 + data[at + 1]
    if len(options.get(KIND, b"")) != 1:
        return None
    return options[KIND][0], fields[8], options


def wait_without_ipv4(value: bytes) -> int:
    """The seconds for which option 108 grants to leave IPv4 alone. Raises ValueError."""
    if len(value) != 4:
        raise ValueError(f"option 108 has {len(value)} octets, and should have 4")
    return max(int.from_bytes(value, "big"), MIN_V6ONLY_WAIT)


def translation_prefix(body: bytes) -> tuple[ipaddress.IPv6Network, int]:
    """(prefix, seconds) of the 14 octets of a PREF64 option. Raises ValueError."""
    if len(body) != 14:
        raise ValueError(f"a PREF64 option has {len(body) + 2} octets, and should have 16")
    scaled = struct.unpack_from("!H", body)[0]
    if scaled & 7 >= len(PREFIX_LENGTHS):
        raise ValueError(f"a PREF64 option has the prefix length code {scaled & 7}")
    length = PREFIX_LENGTHS[scaled & 7]
    network = ipaddress.IPv6Network((body[2:].ljust(16, b"\0"), length), strict=False)
    return network, (scaled >> 3) * 8


def advertised(data: bytes) -> list[tuple[int, bytes]]:
    """The options of a Router Advertisement (type 134), each (type, octets behind the length).

    Raises ValueError when one of them has no length or does not fit.
    """
    at, found = 16, list[tuple[int, bytes]]()
    while at < len(data):
        size = data[at + 1] * 8 if at + 1 < len(data) else 0
        if not size or at + size > len(data):
            raise ValueError("an advertisement has an option that does not fit into it")
        found.append((data[at], data[at + 2 : at + size]))
        at += size
    return found


def embedded(prefix: ipaddress.IPv6Network, address: str) -> ipaddress.IPv6Address:
    """The IPv6 address of an IPv4 one behind a prefix (RFC 6052 section 2.2)."""
    whole = prefix.network_address.packed[: prefix.prefixlen // 8]
    whole += ipaddress.IPv4Address(address).packed
    if prefix.prefixlen < 96:
        whole = whole[:8] + b"\0" + whole[8:]
    return ipaddress.IPv6Address(whole.ljust(16, b"\0"))


def prefix_of(addresses: list[ipaddress.IPv6Address]) -> ipaddress.IPv6Network | None:
    """The prefix with which a DNS64 made these addresses of ipv4only.arpa, or None."""
    found = {
        network
        for one in addresses
        for length in PREFIX_LENGTHS
        for network in [ipaddress.IPv6Network((one, length), strict=False)]
        if any(embedded(network, known) == one for known in WELL_KNOWN)
    }
    return found.pop() if len(found) == 1 else None


def question(number: int) -> bytes:
    """A DNS question for AAAA of ipv4only.arpa."""
    name = b"".join(bytes([len(one)]) + one for one in (b"ipv4only", b"arpa")) + b"\0"
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name + struct.pack("!HH", 28, 1)


def answers(data: bytes, number: int) -> list[ipaddress.IPv6Address]:
    """The AAAA records in an answer to it."""
    if len(data) < 12 or struct.unpack_from("!H", data)[0] != number:
        return []
    count, at = struct.unpack_from("!H", data, 6)[0], 12
    found: list[ipaddress.IPv6Address] = []

    def skip(at: int) -> int:
        while at < len(data) and data[at]:
            if data[at] >= 0xC0:
                return at + 2
            at += data[at] + 1
        return at + 1

    at = skip(at) + 4
    for _number in range(count):
        at = skip(at)
        if at + 10 > len(data):
            break
        kind, _class, _ttl, size = struct.unpack_from("!HHIH", data, at)
        if kind == 28 and size == 16 and at + 26 <= len(data):
            found.append(ipaddress.IPv6Address(data[at + 10 : at + 26]))
        at += 10 + size
    return found


def datagram(payload: bytes) -> bytes:
    """A broadcast IPv4 packet from nobody, with UDP from port 68 to 67."""
    udp = struct.pack("!HHHH", 68, 67, 8 + len(payload), 0) + payload
    head = (
        struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + b"\0" * 4 + b"\xff" * 4
    )
    total = sum(struct.unpack("!10H", head))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return head[:10] + struct.pack("!H", total) + head[12:] + udp


# The host


def ip(*words: str, check: bool = True) -> str:
    done = subprocess.run(["/usr/sbin/ip", *words], capture_output=True, text=True, check=False)
    if check and done.returncode:
        say(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def setting(path: str, value: int) -> None:
    with open(f"/proc/sys/net/{path}", "w", encoding="ascii") as file:
        file.write(str(value))


class Clat:
    """464XLAT's half on the host: TAYGA behind an interface of its own."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ipaddress.IPv6Address(0)

    def start(self, prefix: ipaddress.IPv6Network, link: ipaddress.IPv6Network) -> None:
        """Translate IPv4 programs to an address of their own in the network `link`."""
        self.address = self._free(link)
        path = f"{RUN}/{self.interface}.tayga"
        with open(path, "w", encoding="ascii") as file:
            file.write(
                f"tun-device {TUN}\nipv4-addr {TAYGA}\nprefix {prefix}\n"
                f"ipv6-addr {self.address + 1}\nmap {OWN} {self.address}\n"
            )
        # A router no longer listens to advertisements, unless it is told to.
        setting(f"ipv6/conf/{self.interface}/accept_ra", 2)
        for path_ in ("ipv6/conf/all/forwarding", f"ipv6/conf/{self.interface}/proxy_ndp"):
            setting(path_, 1)
        setting("ipv4/ip_forward", 1)
        subprocess.run(["/usr/sbin/tayga", "--mktun", "-c", path], capture_output=True, check=False)
        with open(f"/sys/class/net/{self.interface}/mtu", encoding="ascii") as file:
            mtu = int(file.read()) - GROWTH
        ip("link", "set", TUN, "up")
        for one in (self.address, self.address + 1):
            ip("-6", "route", "replace", f"{one}/128", "dev", TUN)
            ip("-6", "neighbour", "replace", "proxy", str(one), "dev", self.interface)
        ip("address", "replace", f"{OWN}/32", "dev", TUN)
        ip("route", "replace", "default", "dev", TUN, "src", OWN, "mtu", str(mtu))
        self.process = subprocess.Popen(["/usr/sbin/tayga", "-d", "-c", path])
        say(f"464XLAT is on: IPv4 goes behind {prefix}, from {self.address}")

    def _free(self, link: ipaddress.IPv6Network) -> ipaddress.IPv6Address:
        """An address of the network that nobody else has, found as any host finds it (DAD)."""
        while True:
            number = random.getrandbits(63) & ~1 | 1 << 62
            address = ipaddress.IPv6Address(int(link.network_address) | number)
            ip("-6", "address", "add", f"{address}/128", "dev", self.interface)
            while (
                "tentative"
                in (told := ip("-6", "address", "show", "dev", self.interface, "to", str(address)))
                and "dadfailed" not in told
            ):
                time.sleep(0.1)
            ip("-6", "address", "delete", f"{address}/128", "dev", self.interface)
            if "dadfailed" not in told:
                return address

    def stop(self, why: str) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait()
        self.process = None
        for one in (self.address, self.address + 1):
            ip("-6", "neighbour", "delete", "proxy", str(one), "dev", self.interface, check=False)
        ip("link", "delete", TUN, check=False)
        say(f"464XLAT is off: {why}")


class Host:
    """What one interface knows: its IPv4, its translator's prefix, and whether it translates."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        with open(f"/sys/class/net/{interface}/address", encoding="ascii") as file:
            self.mac = bytes.fromhex(file.read().strip().replace(":", ""))
        self.link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.link.bind((interface, 0x0800))
        self.icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        self.icmp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self.icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        self.dns: socket.socket | None = None
        self.clat = Clat(interface)
        self.lease: str | None = None
        self.granted: float | None = None  # until when IPv4 is left alone
        self.prefix: ipaddress.IPv6Network | None = None
        self.until, self.by, self.ask_dns_at = 0.0, "", 0.0
        self.network: ipaddress.IPv6Network | None = None
        self.servers: list[str] = []
        self.changes = self.plugged()
        self.begin()
        self.drop("before it begins")

    def plugged(self) -> str:
        """How often the cable came and went, with its last state."""
        path = f"/sys/class/net/{self.interface}"
        with open(f"{path}/carrier_changes", encoding="ascii") as file:
            return file.read()

    # DHCPv4

    def begin(self) -> None:
        self.xid, self.tries, self.pause = random.getrandbits(32), 0, FIRST
        self.ask_at, self.granted = time.monotonic(), None
        self.offer: tuple[bytes, bytes] | None = None

    def ask(self) -> None:
        self.tries += 1
        wish, server = self.offer or (None, b"")
        data = discover(self.xid, self.mac, (MASK, ROUTER, DNS, IPV6_ONLY), wish, server)
        with contextlib.suppress(OSError):  # the link may be down
            self.link.sendto(datagram(data), (self.interface, 0x0800, 0, 0, b"\xff" * 6))
        self.ask_at = time.monotonic() + self.pause + random.uniform(-1, 1)
        self.pause = min(2 * self.pause, LONGEST)

    def hear_server(self) -> None:
        data = self.link.recv(65535)
        size = (data[0] & 15) * 4 if data else 0
        if len(data) < size + 8 or data[9] != 17 or data[size + 2 : size + 4] != b"\0\x44":
            return
        told = offered(data[size + 8 :], self.xid, self.mac)
        if told is None:
            return
        kind, address, options = told
        server = str(ipaddress.IPv4Address(data[12:16]))
        if kind == NAK:
            self.begin()
        if kind in (OFFER, ACK) and IPV6_ONLY in options:
            try:
                seconds = wait_without_ipv4(options[IPV6_ONLY])
            except ValueError as error:
                say(f"{server}: {error}; it is ignored (RFC 8925 section 3.1)")
            else:
                self.granted = time.monotonic() + seconds
                self.ask_at, self.offer = self.granted, None
                say(f"{server} has IPv6 preferred: no IPv4 for {seconds} s")
                self.drop("the network does without it")
                return
        if kind == OFFER and self.offer is None and len(options.get(SERVER, b"")) == 4:
            self.offer, self.tries, self.pause = (address, options[SERVER]), 0, FIRST
            self.ask()
        elif kind == ACK:
            self.take(address, options, server)

    def take(self, address: bytes, options: dict[int, bytes], server: str) -> None:
        self.clat.stop("there is native IPv4")
        mask = options.get(MASK, b"\xff\xff\xff\0")
        length = bin(int.from_bytes(mask, "big")).count("1")
        seconds = struct.unpack("!I", options.get(LEASE, struct.pack("!I", 3600)))[0]
        own = str(ipaddress.IPv4Address(address))
        ip("address", "replace", f"{own}/{length}", "dev", self.interface)
        if len(options.get(ROUTER, b"")) >= 4:
            router = str(ipaddress.IPv4Address(options[ROUTER][:4]))
            ip("route", "replace", "default", "via", router, "dev", self.interface)
        self.lease = own
        self.ask_at, self.tries, self.pause = time.monotonic() + seconds / 2, 0, FIRST
        say(f"{server} leases {own} for {seconds} s")

    def drop(self, why: str) -> None:
        if self.lease:
            say(f"{self.lease} is given up: {why}")
        self.lease = None
        ip("-4", "address", "flush", "dev", self.interface)

    # IPv6

    def solicit(self) -> None:
        with contextlib.suppress(OSError):  # no address to send from, yet
            self.icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            self.icmp.sendto(struct.pack("!BBHI", 133, 0, 0, 0), (f"ff02::2%{self.interface}", 0))

    def hear_router(self) -> None:
        data, extra, _flags, source = self.icmp.recvmsg(65535, 64)
        if len(data) < 16 or data[0] != 134 or not source[0].startswith("fe80"):
            return
        if [struct.unpack("@i", one[2])[0] for one in extra] != [255]:
            return  # it has come through a router (RFC 4861 section 6.1.2)
        router = source[0].partition("%")[0]
        try:
            options = advertised(data)
        except ValueError as error:
            say(f"{router}: {error}; it is ignored (RFC 4861 section 6.1.2)")
            return
        for kind, body in options:
            if kind == PREFIX and len(body) == 30 and body[1] & 0x40 and body[0] == 64:
                self.network = ipaddress.IPv6Network((body[14:30], 64), strict=False)
            elif kind == RDNSS:
                self.servers = [
                    str(ipaddress.IPv6Address(body[at : at + 16])) for at in range(6, len(body), 16)
                ]
            elif kind == PREF64:
                try:
                    prefix, seconds = translation_prefix(body)
                except ValueError as error:
                    say(f"{router}: {error}; it is ignored (RFC 8781 section 4)")
                else:
                    self.learn(prefix, seconds, f"the advertisements of {router}")

    def learn(self, prefix: ipaddress.IPv6Network, seconds: int, by: str) -> None:
        if seconds and (prefix, by) != (self.prefix, self.by):
            say(f"the translator's prefix is {prefix}, by {by}")
            self.clat.stop("the prefix has changed")
            self.prefix, self.by = prefix, by
        if prefix == self.prefix:
            self.until = time.monotonic() + seconds

    def ask_dns(self) -> None:
        self.ask_dns_at = time.monotonic() + AGAIN
        if not self.servers:
            with contextlib.suppress(OSError), open("/etc/resolv.conf", encoding="utf-8") as file:
                words = (line.split() for line in file)
                self.servers = [one[1] for one in words if len(one) > 1 and one[0] == "nameserver"]
        if self.dns:
            self.dns.close()
        self.number = random.getrandbits(16)
        self.dns = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        for server in self.servers[:3]:
            with contextlib.suppress(OSError):
                self.dns.sendto(question(self.number), (server, 53))

    def hear_dns(self) -> None:
        assert self.dns is not None
        with contextlib.suppress(OSError):
            data, source = self.dns.recvfrom(65535)
            prefix = prefix_of(answers(data, self.number))
            if self.prefix is None and prefix is not None and source[0] in self.servers:
                self.learn(prefix, 600, f"ipv4only.arpa of {source[0]}")

    # What follows

    def settle(self) -> None:
        """Translate exactly when there is a prefix and no native IPv4."""
        now = time.monotonic()
        if self.prefix is not None and now >= self.until:
            say(f"the translator's prefix {self.prefix} has run out")
            self.prefix, self.by = None, ""
            self.clat.stop("there is no translator any more")
        if self.prefix is None and now >= self.ask_dns_at:
            self.ask_dns()
        without = self.granted is not None or (self.lease is None and self.tries > SILENT)
        if self.prefix is not None and self.network is not None and without:
            if self.clat.process is None:
                self.clat.start(self.prefix, self.network)
        else:
            self.clat.stop("it is not needed")
        with open(f"{RUN}/{self.interface}.new", "w", encoding="utf-8") as file:
            json.dump(
                {
                    "ipv4": self.lease,
                    "granted": None if self.granted is None else round(self.granted - now),
                    "prefix": None if self.prefix is None else str(self.prefix),
                    "by": self.by,
                    "clat": str(self.clat.address) if self.clat.process else None,
                },
                file,
            )
        os.replace(f"{RUN}/{self.interface}.new", f"{RUN}/{self.interface}.json")

    def run(self) -> None:
        self.solicit()
        while True:
            now = time.monotonic()
            if self.plugged() != self.changes:  # perhaps another network: all is asked anew
                self.changes, self.until = self.plugged(), 0.0
                self.drop("the cable was pulled")
                self.begin()
                self.solicit()
            if now >= self.ask_at:
                if self.granted is not None:
                    self.begin()
                self.ask()
            self.settle()
            places = [self.link, self.icmp] + ([self.dns] if self.dns else [])
            left = max(0.05, min(self.ask_at, self.ask_dns_at + AGAIN) - time.monotonic())
            ready = select.select(places, [], [], min(left, 0.5))[0]
            if self.link in ready:
                self.hear_server()
            if self.icmp in ready:
                self.hear_router()
            if self.dns in ready:
                self.hear_dns()


def main(arguments: list[str]) -> None:
    if len(arguments) == 2 and arguments[0] == "--status":
        try:
            with open(f"{RUN}/{arguments[1]}.json", encoding="utf-8") as file:
                print(file.read())
        except OSError:
            sys.exit(f"v6mostly does not run on {arguments[1]}")
        return
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__)
        sys.exit(0 if arguments in (["-h"], ["--help"]) else 2)
    if not os.path.isdir(f"/sys/class/net/{arguments[0]}"):
        sys.exit(f"v6mostly: there is no interface {arguments[0]}")
    os.makedirs(RUN, exist_ok=True)
    host = Host(arguments[0])
    signal.signal(signal.SIGTERM, lambda *_details: sys.exit(0))
    try:
        host.run()
    finally:
        host.clat.stop("v6mostly ends")
        host.drop("v6mostly ends")


if __name__ == "__main__":
    main(sys.argv[1:])

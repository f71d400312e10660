"""Results as a grading makes them, with frames that scapy built, for the tests of the reports."""

from __future__ import annotations

import base64
from typing import Any

from scapy.layers.dhcp6 import (
    DUID_LL,
    DHCP6_Advertise,
    DHCP6_Solicit,
    DHCP6OptClientId,
    DHCP6OptIA_NA,
    DHCP6OptIAAddress,
)
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDNSSL,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    IPv6,
)
from scapy.layers.l2 import ARP, Ether

ROUTER = "02:00:00:00:00:01"
PC1 = "02:00:00:00:00:11"
STAFF = "2001:db8:100:110::"
START = 1_772_600_400.25


def frame(packet: Any) -> str:
    return base64.b64encode(bytes(packet)).decode("ascii")


def router_advertisement(autonomous: int = 1, lifetime: int = 30) -> Any:
    return (
        Ether(src=ROUTER, dst="33:33:00:00:00:01")
        / IPv6(src="fe80::1", dst="ff02::1", hlim=255)
        / ICMPv6ND_RA(chlim=64, M=0, O=0, routerlifetime=lifetime, prf=0)
        / ICMPv6NDOptPrefixInfo(
            prefix=STAFF,
            prefixlen=64,
            L=1,
            A=autonomous,
            validlifetime=86400,
            preferredlifetime=14400,
        )
        / ICMPv6NDOptRDNSS(dns=["2001:db8:100:440::53"], lifetime=30)
        / ICMPv6NDOptDNSSL(searchlist=["coquanmau.gov.vn."], lifetime=30)
        / ICMPv6NDOptSrcLLAddr(lladdr=ROUTER)
    )


def router_solicitation() -> Any:
    return (
        Ether(src=PC1, dst="33:33:00:00:00:02")
        / IPv6(src="fe80::11", dst="ff02::2", hlim=255)
        / ICMPv6ND_RS()
        / ICMPv6NDOptSrcLLAddr(lladdr=PC1)
    )


def neighbour_solicitation() -> Any:
    return (
        Ether(src=PC1, dst="33:33:ff:00:00:01")
        / IPv6(src=STAFF + "11", dst="ff02::1:ff00:1", hlim=255)
        / ICMPv6ND_NS(tgt=STAFF + "1")
        / ICMPv6NDOptSrcLLAddr(lladdr=PC1)
    )


def neighbour_advertisement() -> Any:
    return (
        Ether(src=ROUTER, dst=PC1)
        / IPv6(src=STAFF + "1", dst=STAFF + "11", hlim=255)
        / ICMPv6ND_NA(tgt=STAFF + "1", R=1, S=1, O=1)
        / ICMPv6NDOptDstLLAddr(lladdr=ROUTER)
    )


def echo_request() -> Any:
    return (
        Ether(src=PC1, dst=ROUTER)
        / IPv6(src=STAFF + "11", dst="2001:db8:100:440::80", hlim=64)
        / ICMPv6EchoRequest(id=0x1234, seq=1, data=b"nonce-7f3a9c")
    )


def echo_reply() -> Any:
    return (
        Ether(src=ROUTER, dst=PC1)
        / IPv6(src="2001:db8:100:440::80", dst=STAFF + "11", hlim=63)
        / ICMPv6EchoReply(id=0x1234, seq=1, data=b"nonce-7f3a9c")
    )


def packet_too_big() -> Any:
    return (
        Ether(src=ROUTER, dst=PC1)
        / IPv6(src=STAFF + "1", dst=STAFF + "11")
        / ICMPv6PacketTooBig(mtu=1280)
        / IPv6(src=STAFF + "11", dst="2001:db8:100:440::80")
        / ICMPv6EchoRequest(id=1, seq=9, data=b"x" * 64)
    )


def dhcp6_solicit() -> Any:
    return (
        Ether(src=PC1, dst="33:33:00:01:00:02")
        / IPv6(src="fe80::11", dst="ff02::1:2", hlim=1)
        / UDP(sport=546, dport=547)
        / DHCP6_Solicit(trid=0xABCDEF)
        / DHCP6OptClientId(duid=DUID_LL(lladdr=PC1))
        / DHCP6OptIA_NA(iaid=7)
    )


def dhcp6_advertise() -> Any:
    return (
        Ether(src=ROUTER, dst=PC1)
        / IPv6(src="fe80::1", dst="fe80::11", hlim=1)
        / UDP(sport=547, dport=546)
        / DHCP6_Advertise(trid=0xABCDEF)
        / DHCP6OptIA_NA(iaid=7, ianaopts=[DHCP6OptIAAddress(addr=STAFF + "100")])
    )


def tcp_syn() -> Any:
    return (
        Ether(src=PC1, dst=ROUTER)
        / IPv6(src=STAFF + "11", dst="2001:db8:100:440::80")
        / TCP(sport=50000, dport=80, flags="S", seq=1000)
    )


def arp_request() -> Any:
    return Ether(src=PC1, dst="ff:ff:ff:ff:ff:ff") / ARP(
        op=1, psrc="198.18.10.11", pdst="198.18.10.1", hwsrc=PC1
    )


def ping4() -> Any:
    return (
        Ether(src=PC1, dst=ROUTER)
        / IP(src="198.18.10.11", dst="198.18.40.80")
        / ICMP(id=0x77, seq=3)
        / b"nonce"
    )


def message(text: str, **values: Any) -> dict[str, Any]:
    return {"text": text, "values": values}


def packets(link: str, *built: Any, start: float = START) -> list[dict[str, Any]]:
    return [
        {"time": start + 0.013 * index, "link": link, "frame": frame(packet)}
        for index, packet in enumerate(built)
    ]


def check(
    identity: str,
    title: str,
    verdict: str = "passed",
    *,
    kind: str = "must",
    weight: int = 1,
    blocked_by: str | None = None,
    seconds: float = 0.4,
    protocol_seconds: float = 0.0,
    told: dict[str, Any] | None = None,
    evidence: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "id": identity,
        "kind": kind,
        "weight": weight,
        "title": title,
        "verdict": verdict,
        "blocked_by": blocked_by,
        "seconds": seconds,
        "protocol_seconds": protocol_seconds,
        "message": told,
        "evidence": evidence or [],
    }


def seen(probe: str, where: str, text: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "probe": probe,
        "where": where,
        "text": text,
        "facts": rest.get("facts", {}),
        "packets": rest.get("packets", []),
    }


def wrong() -> dict[str, Any]:
    """L04 answered without the A flag: one check fails, three are blocked by it."""
    return {
        "folder": "/home/lan/bài làm/L04",
        "exercise": "L04",
        "title": "SLAAC for the staff LAN",
        "seat": {"name": "Nguyễn Thị Lan", "number": 7, "language": "vi"},
        "score": 18,
        "max_score": 100,
        "verdict": "failed",
        "graded_at": "2026-03-04T09:05:12+07:00",
        "versions": {"ipv6lab": "0.1.0", "image": "3f9c2a7be01d"},
        "origin": "replay",
        "checks": [
            check(
                "M1",
                "The staff LAN hears an advertisement that hosts can use.",
                "failed",
                weight=3,
                seconds=3.41,
                protocol_seconds=3.0,
                told=message("Hosts may not build addresses from {prefix}.", prefix=STAFF + "/64"),
                evidence=[
                    seen(
                        "advertisement",
                        "staff",
                        message("{router} advertised on {link}.", router="fe80::1", link="staff"),
                        facts={
                            "source": "fe80::1",
                            "hop_limit": 255,
                            "lifetime": 30,
                            "prefixes": [
                                {"prefix": STAFF + "/64", "on_link": True, "autonomous": False}
                            ],
                        },
                        packets=packets(
                            "staff", router_solicitation(), router_advertisement(autonomous=0)
                        ),
                    )
                ],
            ),
            check(
                "M2",
                "A host that comes new is answered at once.",
                weight=2,
                seconds=0.52,
                protocol_seconds=0.5,
                evidence=[
                    seen(
                        "advertisement",
                        "staff",
                        message("The answer came after {ms} ms.", ms=12.5),
                        packets=packets("staff", router_solicitation(), router_advertisement()),
                    )
                ],
            ),
            check(
                "M3",
                "pc1 and pc2 have built one address each.",
                "blocked",
                weight=2,
                blocked_by="M1",
                seconds=0,
            ),
            check(
                "M4",
                "pc1 and pc2 have a default route by the router's link-local address.",
                weight=1,
                seconds=0.02,
            ),
            check(
                "M5",
                "The staff reaches the application.",
                "blocked",
                weight=3,
                blocked_by="M3",
                seconds=0,
            ),
            check(
                "N1",
                "No advertisement is heard on the servers' LAN.",
                kind="must_not",
                seconds=3.6,
                protocol_seconds=3.5,
                evidence=[
                    seen(
                        "silence",
                        "srv",
                        message("Nothing was heard for {seconds} s.", seconds=3.5),
                        facts={"control": "an advertisement sent by the grader was heard"},
                        packets=packets("srv", router_advertisement()),
                    )
                ],
            ),
            check(
                "N3",
                "No DHCPv6 server answers.",
                "failed",
                kind="must_not",
                weight=1,
                seconds=1.2,
                protocol_seconds=1.0,
                told=message("A DHCPv6 server answered on {link}.", link="staff"),
                evidence=[
                    seen(
                        "dhcpv6",
                        "staff",
                        message("{server} offered an address.", server="fe80::1"),
                        packets=packets("staff", dhcp6_solicit(), dhcp6_advertise()),
                    )
                ],
            ),
            check(
                "S1",
                "IPv4 works as before.",
                kind="still",
                seconds=0.09,
                evidence=[
                    seen(
                        "ping",
                        "pc1 → app",
                        message("Request and answer passed."),
                        packets=packets(
                            "staff", arp_request(), ping4(), echo_request(), echo_reply()
                        ),
                    )
                ],
            ),
            check(
                "I1",
                "The DNS servers stay known between two advertisements.",
                kind="note",
                weight=0,
                seconds=0.01,
                told=message("The lifetime is {lifetime} s.", lifetime=30),
            ),
        ],
    }


def right() -> dict[str, Any]:
    """The same, all right, told by the trainee's own session."""
    result = wrong()
    result.update(score=100, verdict="passed", origin="self-reported", seat=None)
    for one in result["checks"]:
        one.update(verdict="passed", blocked_by=None, message=None, seconds=0.3)
    return result


def l04() -> dict[str, Any]:
    """The slice of L04 as the start state leaves it."""
    return {
        "nodes": {
            "hq-core": {
                "kind": "router",
                "trainee": True,
                "interfaces": {
                    "staff": {
                        "link": "staff",
                        "mac": ROUTER,
                        "addresses": [STAFF + "1/64", "fe80::1/64", "198.18.10.1/24"],
                    },
                    "srv": {
                        "link": "srv",
                        "addresses": ["2001:db8:100:440::1/64", "198.18.40.1/24"],
                    },
                },
            },
            "pc1": _host("staff", "198.18.10.11/24"),
            "pc2": _host("staff", "198.18.10.12/24"),
            "app": {
                "kind": "host",
                "interfaces": {
                    "eth0": {
                        "link": "srv",
                        "addresses": ["2001:db8:100:440::80/64", "198.18.40.80/24"],
                    }
                },
            },
            "staff": {"kind": "switch", "interfaces": {}},
            "srv": {"kind": "switch", "interfaces": {}},
        },
        "links": {
            "staff": {
                "bridge": "staff",
                "prefixes": [STAFF + "/64", "198.18.10.0/24"],
                "ports": {"staff-1": ["hq-core", "staff"], "staff-2": ["pc1", "eth0"]},
            },
            "srv": {"bridge": "srv", "ports": {"srv-1": ["hq-core", "srv"]}},
        },
    }


def _host(link: str, *addresses: str, trainee: bool = True) -> dict[str, Any]:
    return {
        "kind": "host",
        "trainee": trainee,
        "interfaces": {"eth0": {"link": link, "addresses": list(addresses)}},
    }


class Net:
    """Builds descriptions of larger networks: LANs with hosts, and routers joined by links."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {"nodes": {}, "links": {}}

    def router(self, name: str) -> None:
        self.data["nodes"][name] = {"kind": "router", "interfaces": {}}

    def join(self, a: str, b: str, prefix: str) -> None:
        link = f"{a}--{b}"
        self.data["links"][link] = {"bridge": None, "prefixes": [prefix + "/127"]}
        for index, (node, other) in enumerate(((a, b), (b, a))):
            self.data["nodes"][node]["interfaces"][other] = {
                "link": link,
                "addresses": [f"{prefix}{index}/127"],
            }

    def lan(self, router: str, name: str, prefix: str, *hosts: str) -> None:
        self.data["links"].setdefault(
            name, {"bridge": name, "prefixes": [prefix + "/64", "198.18.10.0/24"]}
        )
        used = len(self.data["links"][name].get("ports", {}))
        self.data["nodes"][router]["interfaces"][name] = {
            "link": name,
            "addresses": [f"{prefix}{used + 1}/64", "198.18.10.1/24"],
        }
        self.data["links"][name].setdefault("ports", {})[f"{name}-{router}"] = [router, name]
        for index, host in enumerate(hosts):
            self.data["nodes"][host] = _host(
                name, f"{prefix}{0x80 + index:x}/64", f"198.18.10.{80 + index}/24"
            )


def twelve() -> dict[str, Any]:
    """Twelve nodes: border, firewall, core, a DMZ with a second router, two LANs."""
    net = Net()
    for name in ("isp-a", "hq-br", "hq-fw", "hq-core"):
        net.router(name)
    net.join("isp-a", "hq-br", "3fff:a:ffff:1::")
    net.join("hq-br", "hq-fw", "2001:db8:100:f1::")
    net.join("hq-fw", "hq-core", "2001:db8:100:f2::")
    net.lan("hq-fw", "dmz", "2001:db8:100:dd0::", "www", "ns1")
    net.lan("hq-core", "staff", "2001:db8:100:110::", "pc1", "pc2", "rogue")
    net.lan("hq-core", "srv", "2001:db8:100:440::", "app", "dns-r", "dhcp")
    net.lan("hq-br", "dmz", "2001:db8:100:dd0::")
    return net.data


def thirty() -> dict[str, Any]:
    """The whole agency, with rings, two providers and a LAN of nine hosts."""
    net = Net()
    for name in ("inet", "isp-a", "isp-b", "hq-br", "hq-fw", "hq-core"):
        net.router(name)
    for name in ("ts-pe1", "ts-core", "ts-pe2", "br-dn"):
        net.router(name)
    for a, b, prefix in (
        ("inet", "isp-a", "3fff:e:1::"),
        ("inet", "isp-b", "3fff:e:2::"),
        ("isp-a", "isp-b", "3fff:a:ffff:9::"),
        ("isp-a", "hq-br", "3fff:a:ffff:1::"),
        ("isp-b", "hq-br", "3fff:b:ffff:1::"),
        ("hq-br", "hq-fw", "2001:db8:100:f1::"),
        ("hq-fw", "hq-core", "2001:db8:100:f2::"),
        ("hq-br", "ts-pe1", "3fff:c:ffff:1::"),
        ("ts-pe1", "ts-core", "3fff:c:ffff:3::"),
        ("ts-core", "ts-pe2", "3fff:c:ffff:4::"),
        ("ts-pe2", "br-dn", "3fff:c:ffff:2::"),
    ):
        net.join(a, b, prefix)
    net.lan("inet", "web", "3fff:e:80::", "web-ext", "v4only", "cli6")
    net.lan("hq-fw", "dmz", "2001:db8:100:dd0::", "www", "ns1", "mx", "rproxy")
    net.lan("hq-core", "staff", "2001:db8:100:110::", *(f"pc{number}" for number in range(1, 10)))
    net.lan("hq-core", "srv", "2001:db8:100:440::", "app", "dns-r")
    net.lan("br-dn", "br-staff", "2001:db8:100:1110::", "br-pc1", "br-pc2")
    return net.data

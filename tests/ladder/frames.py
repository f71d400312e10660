"""Frames of a small network, and what the agent tells of it."""

from __future__ import annotations

from typing import Any

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import (
    DHCP6_Advertise,
    DHCP6_RelayForward,
    DHCP6_Reply,
    DHCP6_Request,
    DHCP6_Solicit,
    DHCP6OptIA_NA,
    DHCP6OptIAAddress,
    DHCP6OptRelayMsg,
)
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    ICMPv6PacketTooBig,
    IPv6,
)
from scapy.layers.l2 import ARP, GRE, Ether
from scapy.layers.vxlan import VXLAN

PC, ROUTER, SERVER, ROGUE = (f"02:00:00:00:00:0{number}" for number in range(1, 5))
EVERYBODY = "ff:ff:ff:ff:ff:ff"

NETWORK: dict[str, Any] = {
    "nodes": {
        "pc": {"kind": "host", "interfaces": {"eth0": {"mac": PC, "link": "lan"}}},
        "rogue": {"kind": "host", "interfaces": {"eth0": {"mac": ROGUE, "link": "lan"}}},
        "gw": {
            "kind": "router",
            "interfaces": {
                "lan": {"mac": ROUTER, "link": "lan"},
                "up": {"mac": "02:00:00:00:00:12", "link": "wan"},
            },
        },
        "srv": {"kind": "host", "interfaces": {"eth0": {"mac": SERVER, "link": "wan"}}},
    },
    "links": {"lan": {}, "wan": {}},
}
ADDRESSES: dict[str, Any] = {
    "pc": {"eth0": {"mac": PC, "addresses": ["2001:db8:1::a/64", "198.51.100.2/24"]}},
    "gw": {
        "lan": {"mac": ROUTER, "addresses": ["2001:db8:1::1/64", "fe80::1/64"]},
        "up": {"mac": "02:00:00:00:00:12", "addresses": ["2001:db8:2::1/64", "192.0.2.1/24"]},
    },
    "srv": {"eth0": {"mac": SERVER, "addresses": ["2001:db8:2::80/64", "192.0.2.80/24"]}},
}


def _pc(**more: Any) -> Any:
    return Ether(src=PC, dst=ROUTER) / IPv6(src="2001:db8:1::a", dst="2001:db8:2::80", **more)


def _back() -> Any:
    return Ether(src=ROUTER, dst=PC) / IPv6(src="2001:db8:2::80", dst="2001:db8:1::a", hlim=63)


def _group(source: str, mac: str, destination: str, hop_limit: int = 255) -> Any:
    return Ether(src=mac, dst="33:33:00:00:00:01") / IPv6(
        src=source, dst=destination, hlim=hop_limit
    )


def _client() -> Any:
    return _group("fe80::a", PC, "ff02::1:2", 1) / UDP(sport=546, dport=547)


def _advertisement(source: str, mac: str, lifetime: int = 1800) -> Any:
    return (
        _group(source, mac, "ff02::1")
        / ICMPv6ND_RA(routerlifetime=lifetime, M=0, O=1, prf=0)
        / ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::", prefixlen=64, L=1, A=1)
    )


def _ia(address: str) -> Any:
    return DHCP6OptIA_NA(ianaopts=[DHCP6OptIAAddress(addr=address)])


_ECHO = IPv6(src="2001:db8:1::a", dst="2001:db8:2::80") / ICMPv6EchoRequest(id=7, seq=1)
_OUTER = IP(src="198.51.100.2", dst="192.0.2.80")
_OUTER6 = IPv6(src="2001:db8:1::a", dst="2001:db8:2::80")
_QUESTION = DNSQR(qname="www.example", qtype="AAAA")
_ANSWER = DNSRR(rrname="www.example", type="AAAA", rdata="2001:db8:2::80")

FRAMES: dict[str, Any] = {
    "rs": _group("fe80::a", PC, "ff02::2") / ICMPv6ND_RS(),
    "ra": _advertisement("fe80::1", ROUTER),
    "rogue ra": _advertisement("2001:db8:1::1", ROGUE, 0),
    "dad": _group("::", PC, "ff02::1:ff00:a") / ICMPv6ND_NS(tgt="2001:db8:1::a"),
    "ns": _group("2001:db8:1::a", PC, "ff02::1:ff00:1") / ICMPv6ND_NS(tgt="2001:db8:1::1"),
    "na": Ether(src=ROUTER, dst=PC)
    / IPv6(src="2001:db8:1::1", dst="2001:db8:1::a", hlim=255)
    / ICMPv6ND_NA(tgt="2001:db8:1::1", R=1, S=1, O=1)
    / ICMPv6NDOptDstLLAddr(lladdr=ROUTER),
    "redirect": Ether(src=ROUTER, dst=PC)
    / IPv6(src="fe80::1", dst="2001:db8:1::a", hlim=255)
    / ICMPv6ND_Redirect(tgt="fe80::4", dst="2001:db8:2::80"),
    "solicit": _client() / DHCP6_Solicit(trid=1) / DHCP6OptIA_NA(),
    "advertise": Ether(src=ROUTER, dst=PC)
    / IPv6(src="fe80::1", dst="fe80::a")
    / UDP(sport=547, dport=546)
    / DHCP6_Advertise(trid=1)
    / _ia("2001:db8:1::1000"),
    "request": _client() / DHCP6_Request(trid=2) / _ia("2001:db8:1::1000"),
    "reply": Ether(src=ROUTER, dst=PC)
    / IPv6(src="fe80::1", dst="fe80::a")
    / UDP(sport=547, dport=546)
    / DHCP6_Reply(trid=2)
    / _ia("2001:db8:1::1000"),
    "relay": Ether(src="02:00:00:00:00:12", dst=SERVER)
    / IPv6(src="2001:db8:2::1", dst="2001:db8:2::80")
    / UDP(sport=547, dport=547)
    / DHCP6_RelayForward(linkaddr="2001:db8:1::1", peeraddr="fe80::a")
    / DHCP6OptRelayMsg(message=DHCP6_Solicit(trid=3) / DHCP6OptIA_NA()),
    "dhcp": Ether(src=PC, dst=EVERYBODY)
    / IP(src="0.0.0.0", dst="255.255.255.255")
    / UDP(sport=68, dport=67)
    / BOOTP(chaddr=bytes.fromhex(PC.replace(":", "")))
    / DHCP(options=[("message-type", "discover"), "end"]),
    "query": _pc() / UDP(sport=4000, dport=53) / DNS(id=1, rd=1, qd=_QUESTION),
    "answer": _back() / UDP(sport=53, dport=4000) / DNS(id=1, qr=1, qd=_QUESTION, an=_ANSWER),
    "referral": _back()
    / UDP(sport=53, dport=4000)
    / DNS(id=1, qr=1, qd=_QUESTION, ns=DNSRR(rrname="example.", type="NS", rdata="ns1.example.")),
    "nxdomain": _back() / UDP(sport=53, dport=4000) / DNS(id=1, qr=1, rcode=3, qd=_QUESTION),
    "arp": Ether(src=PC, dst=EVERYBODY)
    / ARP(op=1, hwsrc=PC, psrc="198.51.100.2", pdst="198.51.100.1"),
    "echo": Ether(src=PC, dst=ROUTER) / _ECHO,
    "unreachable": Ether(src=ROUTER, dst=PC)
    / IPv6(src="2001:db8:1::1", dst="2001:db8:1::a")
    / ICMPv6DestUnreach(code=1)
    / _ECHO,
    "too big": Ether(src=ROUTER, dst=PC)
    / IPv6(src="2001:db8:1::1", dst="2001:db8:1::a")
    / ICMPv6PacketTooBig(mtu=1280)
    / _ECHO,
    "needed": Ether(src=ROUTER, dst=PC)
    / IP(src="192.0.2.1", dst="198.51.100.2")
    / ICMP(type=3, code=4, nexthopmtu=1400)
    / _OUTER
    / UDP(),
    "syn": _pc() / TCP(sport=40000, dport=80, flags="S", seq=1),
    "syn ack": _back() / TCP(sport=80, dport=40000, flags="SA", seq=5),
    "ack": _pc() / TCP(sport=40000, dport=80, flags="A", seq=2),
    "get": _pc()
    / TCP(sport=40000, dport=80, flags="PA", seq=2)
    / b"GET /x HTTP/1.1\r\nHost: www.example\r\n\r\n",
    "ok": _back() / TCP(sport=80, dport=40000, flags="A", seq=6) / b"HTTP/1.1 200 OK\r\n\r\n",
    "rst": _back() / TCP(sport=81, dport=40001, flags="RA"),
    "6in4": Ether(src=PC, dst=ROUTER) / _OUTER / _ECHO,
    "gre": Ether(src=PC, dst=ROUTER) / _OUTER / GRE() / _ECHO,
    "ip6tnl": Ether(src=PC, dst=ROUTER) / _OUTER6 / _ECHO,
    "vxlan": Ether(src=PC, dst=ROUTER)
    / _OUTER6
    / UDP(sport=5, dport=4789)
    / VXLAN(vni=42, flags=8)
    / Ether(src=PC, dst=SERVER)
    / _ECHO,
    "6in4 in gre": Ether(src=PC, dst=ROUTER)
    / IP(src="198.51.100.2", dst="192.0.2.1")
    / GRE()
    / _OUTER
    / _ECHO,
}


def octets(name: str) -> bytes:
    return bytes(FRAMES[name])

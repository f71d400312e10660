"""What addresses, ways and advertisements are, without a lab."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet6 import (
    ICMPv6ND_RA,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import Ether

from ipv6lab.addresses.text import MAPPED, written
from ipv6lab.course.speech import Speech
from ipv6lab.reports.explanation import Explainer
from ipv6lab.words.errors import LabError

EN = Speech("en")
MAC = "02:c7:58:60:34:cc"
PLAN = {"staff.prefix": "2001:db8:1:110::/64", "app.address": "2001:db8:1:440::80"}


def address(text: str, *flags: str, **more: Any) -> dict[str, Any]:
    lifetimes = {"valid": None, "preferred": None, "stable": False, "protocol": None}
    return {"address": text, "scope": "global", "flags": list(flags), **lifetimes, **more}


def route(destination: str, via: str | None, metric: int, protocol: str) -> dict[str, Any]:
    hops = [{"via": via, "interface": "eth0"}]
    return {
        **{"destination": destination, "kind": "unicast", "protocol": protocol, "metric": metric},
        **{"hops": hops, "expires": 30 if protocol == "ra" else None, "preference": "medium"},
    }


NODES = {
    "pc1": {
        "interfaces": {
            "lo": {"mac": "00:00:00:00:00:00", "loopback": True, "addresses": []},
            "eth0": {
                "mac": MAC,
                "loopback": False,
                "addresses": [
                    address("fe80::c7:58ff:fe60:34cc/64"),
                    address(
                        "2001:db8:1:110:c7:58ff:fe60:34cc/64",
                        "dynamic",
                        valid=86400,
                        preferred=14400,
                        protocol="kernel_ra",
                    ),
                    address("2001:db8:1:110:5a1e:9c02:77aa:1b2c/64", "dynamic", "temporary"),
                    address("2001:db8:9::1/64", "tentative"),
                ],
            },
        },
        "routes": [
            route("2001:db8:1:110::/64", None, 256, "kernel"),
            route("::/0", "fe80::1", 1024, "ra"),
            route("::/0", "fe80::2", 2048, "static"),
        ],
        "neighbours": [
            {
                **{"address": "fe80::1", "interface": "eth0", "mac": "02:00:00:00:00:01"},
                **{"state": "STALE", "router": True},
            }
        ],
    },
    "r1": {
        "interfaces": {
            "staff": {
                "mac": "02:00:00:00:00:01",
                "loopback": False,
                "addresses": [address("fe80::1/64"), address("2001:db8:1:110::1/64")],
            }
        },
        "routes": [],
        "neighbours": [],
    },
}


def explained(*words: str) -> str:
    return "\n".join(Explainer(EN, PLAN, NODES).explain(words))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::ffff:192.0.2.1", "The IPv4 address 192.0.2.1 stands in it."),
        ("64:ff9b::c000:201", "The IPv4 address 192.0.2.1 stands in it."),
        ("2002:c000:201::1", "The IPv4 address 192.0.2.1 stands in it."),
        ("fd12::1", "unique local: inside an organisation"),
        ("fe80::1", "link-local"),
        ("fec0::1", "abolished"),
        ("2600::1", "global unicast"),
        ("4000::1", "reserved"),
        ("3fff:1::1", "for documentation and labs"),
        ("2001:db8::", "any router of the subnet"),
        ("2001:db8::fdff:ffff:ffff:fffe", "reserved for anycast"),
        ("2001:db8::5efe:c000:201", "ISATAP"),
        ("2001:db8::80", "::80 was chosen by a person"),
        ("2001:db8::5a1e:9c02:77aa:1b2c", "looks like chance"),
        (
            "2001:db8::c7:58ff:fe60:34cc",
            f"(EUI-64, ff:fe in the middle): {MAC}",
        ),
        ("ff02::1", "to all nodes"),
        ("ff02::1:ff00:80", "solicited-node group, of all whose address ends in the digits 000080"),
        ("ff12::1234", "the T flag is set"),
        ("ff05::2", "Its scope: of one site."),
        ("10.0.0.1", "private IPv4"),
        ("198.18.10.1", "IPv4 for measurements and labs"),
        ("100.64.0.1", "shared by a provider's customers"),
        ("169.254.1.1", "IPv4 link-local"),
        ("224.0.0.1", "IPv4 multicast"),
    ],
)
def test_an_address_by_itself(text: str, said: str) -> None:
    assert said in "\n".join(Explainer(EN).explain([text]))


def test_whose_an_address_is() -> None:
    told = explained("2001:db8:1:110:c7:58ff:fe60:34cc")
    assert "By the plan it lies in 2001:db8:1:110::/64, staff.prefix." in told
    assert "pc1 has it on eth0.\n  by SLAAC, of its MAC address (EUI-64)\n" in told
    assert "  preferred for 14400 s more, valid for 86400 s more" in told
    assert "The plan calls it app.address." in explained("2001:db8:1:440::80")
    router = explained("fe80::1")
    assert "In the neighbour cache of pc1 on eth0: 02:00:00:00:00:01, STALE, known" in router
    assert "It is a router." in router
    assert "temporary (RFC 8981)" in explained("2001:db8:1:110:5a1e:9c02:77aa:1b2c")
    assert "tentative" in explained("pc1:eth0")


def test_prefixes() -> None:
    assert "It holds 65536 networks of /64." in explained("2001:db8:1::/48")
    assert "It holds 2^32 networks of /64." in explained("2001:db8::/32")
    assert "SLAAC does not work" in explained("2001:db8::/65")
    assert "RFC 6164" in explained("2001:db8::/127")
    staff = explained("2001:db8:1:110::7/64")
    assert "It is written 2001:db8:1:110::/64." in staff
    assert "The plan calls it staff.prefix." in staff
    assert "Route of pc1 to 2001:db8:1:110::/64: dev eth0, metric 256" in staff


def test_the_way_and_the_rules_that_chose_it() -> None:
    near = explained("pc1", "2001:db8:1:110::1")
    assert "Of several routes the one with the longest prefix counts: /64." in near
    assert "It is on the link: no router is asked." in near
    assert "2001:db8:1:110::1 is r1, on its interface staff." in near
    far = explained("pc1", "2001:db8:1:440::80")
    assert "Route of pc1 to ::/0: via fe80::1 dev eth0, metric 1024" in far
    assert "learnt from a router advertisement. It ends in 30 s if nobody renews it." in far
    assert "fe80::1 is r1, on its interface staff." in far
    assert "The source address is 2001:db8:1:110:5a1e:9c02:77aa:1b2c." in far
    assert "before fe80::c7:58ff:fe60:34cc by RFC 6724 §5, rule 2" in far
    assert "before 2001:db8:1:110:c7:58ff:fe60:34cc by RFC 6724 §5, rule 7" in far
    assert "2001:db8:9::1" not in far  # tentative: not used
    assert "r1 has no route to 2001:db8::1." in explained("r1", "2001:db8::1")
    assert "pc1 has fe80::c7:58ff:fe60:34cc itself" in explained("pc1", "fe80::c7:58ff:fe60:34cc")
    assert "is a group" in explained("pc1", "ff02::1")


def test_an_advertisement() -> None:
    frame = (
        Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:01")
        / IPv6(src="fe80::1", dst="ff02::1", hlim=255)
        / ICMPv6ND_RA(routerlifetime=1800, M=1, O=0, chlim=64, prf=1)
        / ICMPv6NDOptPrefixInfo(
            prefix="2001:db8:1::", prefixlen=64, L=0, A=1, validlifetime=0xFFFFFFFF
        )
        / ICMPv6NDOptRDNSS(dns=["2001:db8::53"], lifetime=30)
        / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")
    )
    told = Explainer(EN, PLAN, NODES).advertised({"02:00:00:00:00:01": bytes(frame)})
    assert told[0] == "r1 is a default router for 1800 s more, preference high."
    text = "\n".join(told)
    assert "M flag: addresses are to be had from DHCPv6." in text
    assert "reach each other by the router (no L flag)" in text
    assert "valid ∞ s" in text
    assert "DNS servers: 2001:db8::53, for 30 s." in text
    assert Explainer(EN).advertised({}) == ["No Router Advertisement is heard."]


@pytest.mark.parametrize("words", [["xx"], ["pc9", "::1"], ["pc1", "x"], ["1/2"], ["pc1:eth7"]])
def test_what_is_nothing_is_refused_in_a_sentence(words: list[str]) -> None:
    with pytest.raises(LabError):
        explained(*words)


@given(st.ip_addresses())
def test_any_address_is_explained(one: Any) -> None:
    assert explained(str(one)).startswith(written(one))
    assert Explainer(EN).explain([str(one)])


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("::/0", "the default route: every IPv6"),
        ("0.0.0.0/0", "the default route: every IPv4"),
        ("240.0.0.1", "reserved"),
        ("240.0.0.0/4", "reserved"),
        ("192.0.0.0/24", "for protocols' own purposes"),
        ("192.0.0.170", "ipv4only.arpa"),
        ("192.0.0.171", "ipv4only.arpa"),
        ("192.0.0.8", "dummy IPv4"),
        ("5f00::/16", "SRv6"),
        ("5f00:1::1", "SRv6"),
        ("::192.0.2.1", "IPv4-compatible address, deprecated"),
        ("2002::/16", "its anycast relays are gone (RFC 7526)"),
        ("2001:db0::/28", "In it lies 2001:db8::/32, for documentation"),
        ("64:ff9b::10.0.0.1", "must not carry it (RFC 6052"),
        ("2001:2::/48", "measurements"),
        ("2001:20::/28", "ORCHIDv2"),
        ("2620:4f:8000::/48", "AS112"),
        ("100:0:0:1::1", "dummy prefix"),
        ("::ffff:0:0/96", "::ffff:0:0/96 is an IPv4 address"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1 is an IPv4 address"),
        ("2001:db8::/32", "documentation"),
        ("::1", "loopback"),
    ],
)
def test_special_purposes_are_named(what: str, said: str) -> None:
    assert any(said in line for line in Explainer(EN).explain([what]))


def test_what_may_stand_behind_the_well_known_prefix_is_not_warned_of() -> None:
    assert not any("must not" in line for line in Explainer(EN).explain(["64:ff9b::8.8.8.8"]))


@given(st.integers(0, 2**128 - 1) | st.integers(0, 2**48 - 1), st.integers(0, 128))
def test_an_address_is_written_in_one_way(number: int, length: int) -> None:
    address, network = IPv6Address(number), IPv6Network((number, length), strict=False)
    assert IPv6Address(written(address)) == address
    assert IPv6Network(written(network)) == network
    if address not in MAPPED:
        assert written(address) == str(address)  # which is RFC 5952 section 4 on every Python

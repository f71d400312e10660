"""Neighbour Discovery messages decode as scapy builds them, and as tshark reads them."""

import struct
from ipaddress import IPv6Address, IPv6Network
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet6 import (
    ICMPv6MLReport,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptDNSSL,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptRDNSS,
    ICMPv6NDOptRouteInfo,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.l2 import Ether

from ipv6lab.probes.seen import filters
from ipv6lab.reports.evidence import Frame, pcap
from ipv6lab.wire import nd
from tests.sandbox.support import run, throwaway

ROUTER, HOST = "fe80::1", "fe80::2"


def frame(message, source=ROUTER, destination="ff02::1", hop_limit=255, between=None):
    whole = Ether(src="02:00:00:00:00:01", dst="33:33:00:00:00:01")
    whole /= IPv6(src=source, dst=destination, hlim=hop_limit)
    return bytes((whole / between / message) if between else whole / message)


def words(frame_or_message):
    decoded = nd.decode(frame_or_message)
    return [str(one) for one in decoded.flaws]


# What is decoded


def test_an_advertisement_with_every_option():
    pref64 = bytes((38, 2)) + struct.pack("!H", 600 | 0) + IPv6Address("64:ff9b:1::").packed[:12]
    interval = bytes((7, 1, 0, 0)) + struct.pack("!I", 10_000)
    unknown = bytes((200, 1)) + b"unkown"
    message = (
        ICMPv6ND_RA(
            chlim=64,
            M=1,
            O=0,
            H=1,
            prf=1,
            P=1,
            routerlifetime=1800,
            reachabletime=30000,
            retranstimer=1000,
        )
        / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:01")
        / ICMPv6NDOptMTU(mtu=1400)
        / ICMPv6NDOptPrefixInfo(
            prefix="2001:db8:1::",
            prefixlen=64,
            L=1,
            A=0,
            R=0,
            validlifetime=90,
            preferredlifetime=60,
        )
        / ICMPv6NDOptRouteInfo(prefix="2001:db8:2::", plen=48, prf=3, rtlifetime=77)
        / ICMPv6NDOptRDNSS(dns=["2001:db8::53", "2001:db8::54"], lifetime=30)
        / ICMPv6NDOptDNSSL(searchlist=["coquanmau.gov.vn.", "gov.vn."], lifetime=31)
        / (pref64 + interval + unknown)
    )
    ra = nd.decode(frame(message))
    assert isinstance(ra, nd.RouterAdvertisement)
    assert ra.valid
    assert (ra.source, ra.destination) == (IPv6Address(ROUTER), nd.ALL_NODES)
    assert (ra.hop_limit, ra.current_hop_limit) == (255, 64)
    assert (ra.managed, ra.other, ra.home_agent, ra.proxy) == (True, False, True, True)
    assert (ra.preference, ra.lifetime, ra.reachable, ra.retransmit) == ("high", 1800, 30000, 1000)
    assert (ra.link_address, ra.mtu, ra.interval) == ("02:00:00:00:00:01", 1400, 10.0)
    (prefix,) = ra.prefixes
    assert prefix.network == IPv6Network("2001:db8:1::/64")
    assert (prefix.on_link, prefix.autonomous, prefix.router_address) == (True, False, False)
    assert (prefix.valid, prefix.preferred, prefix.has_host_bits) == (90, 60, False)
    (route,) = ra.routes
    assert (str(route), route.preference, route.lifetime) == ("2001:db8:2::/48", "low", 77)
    (servers,) = ra.dns_servers
    assert [str(one) for one in servers.servers] == ["2001:db8::53", "2001:db8::54"]
    (domains,) = ra.search_lists
    assert (domains.names, domains.lifetime) == (("coquanmau.gov.vn", "gov.vn"), 31)
    (nat64,) = ra.nat64_prefixes
    assert (str(nat64.network), nat64.lifetime) == ("64:ff9b:1::/96", 600)
    assert [(one.kind, one.data) for one in ra.unknown] == [(200, b"unkown")]


def test_host_bits_are_wrong_without_the_r_flag():
    for flag, wrong in ((0, True), (1, False)):
        option = ICMPv6NDOptPrefixInfo(prefix="2001:db8::1", prefixlen=64, R=flag)
        (prefix,) = nd.decode(frame(ICMPv6ND_RA() / option)).prefixes
        assert prefix.has_host_bits is wrong
        assert str(prefix) == "2001:db8::1/64"
        assert prefix.network == IPv6Network("2001:db8::/64")


def test_the_other_messages():
    rs = nd.decode(frame(ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:02"), HOST))
    assert isinstance(rs, nd.RouterSolicitation)
    assert rs.link_address == "02:00:00:00:00:02"
    ns = nd.decode(frame(ICMPv6ND_NS(tgt="fe80::9"), HOST, "ff02::1:ff00:9"))
    assert isinstance(ns, nd.NeighbourSolicitation)
    assert ns.target == IPv6Address("fe80::9")
    na = nd.decode(
        frame(ICMPv6ND_NA(tgt=ROUTER, R=1, S=1, O=0) / ICMPv6NDOptDstLLAddr(), ROUTER, HOST)
    )
    assert isinstance(na, nd.NeighbourAdvertisement)
    assert (na.router, na.solicited, na.override) == (True, True, False)
    redirect = nd.decode(frame(ICMPv6ND_Redirect(tgt="2001:db8::7", dst="2001:db8::7"), ROUTER))
    assert isinstance(redirect, nd.Redirect)
    assert redirect.to == IPv6Address("2001:db8::7")
    assert not any(one.flaws for one in (rs, ns, na, redirect))


def test_our_solicitation_is_one():
    for mac in (None, "02:00:00:00:00:02"):
        packet = nd.solicitation(IPv6Address(HOST), mac)
        decoded = nd.decode(Ether().build()[:12] + b"\x86\xdd" + packet)
        assert isinstance(decoded, nd.RouterSolicitation)
        assert decoded.valid
        assert decoded.link_address == mac


# What must be discarded, RFC 4861 sections 6.1, 7.1, 8.1


@pytest.mark.parametrize(
    ("built", "why"),
    [
        (frame(ICMPv6ND_RA(), hop_limit=254), "hop limit"),
        (frame(ICMPv6ND_RA(), source="2001:db8::1"), "not link-local"),
        (frame(ICMPv6ND_RA(code=1)), "code"),
        (frame(ICMPv6ND_RA(cksum=0x1234)), "checksum"),
        (frame(ICMPv6ND_RA() / b"\x03\x00\x00\x00\x00\x00\x00\x00"), "length 0"),
        (frame(ICMPv6ND_RA() / b"\x03\x04\x00\x00\x00\x00\x00\x00"), "longer than"),
        (frame(ICMPv6ND_RA(), between=IPv6ExtHdrFragment()), "fragmented"),
        (frame(ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(), "::", "ff02::2"), "for no source"),
        (frame(ICMPv6ND_NS(tgt="ff02::1"), HOST, "ff02::1"), "multicast"),
        (frame(ICMPv6ND_NS(tgt="fe80::9"), "::", "ff02::1"), "solicited-node"),
        (
            frame(ICMPv6ND_NS(tgt="fe80::9") / ICMPv6NDOptSrcLLAddr(), "::", "ff02::1:ff00:9"),
            "for no source",
        ),
        (frame(ICMPv6ND_NA(tgt=ROUTER, S=1)), "goes to many"),
        (frame(ICMPv6ND_Redirect(tgt="2001:db8::7", dst="ff02::5")), "multicast"),
        (frame(ICMPv6ND_Redirect(tgt="2001:db8::7", dst="2001:db8::8")), "no router"),
    ],
)
def test_flaws(built, why):
    assert any(why in one for one in words(built)), words(built)


def test_what_is_no_neighbour_discovery():
    assert nd.decode(frame(ICMPv6MLReport())) is None
    assert nd.decode(b"") is None
    assert nd.decode(frame(ICMPv6ND_RA())[:60]) is None


@given(st.binary(max_size=200), st.integers(0, 90))
def test_damaged_frames_never_raise(noise, cut):
    whole = frame(ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo() / ICMPv6NDOptDNSSL(searchlist=["a.b."]))
    nd.decode(noise)
    nd.decode(whole[:cut] + noise)
    nd.decode(whole[: cut + 14] + noise + whole[cut + 14 + len(noise) :])


def test_the_kernels_filter_lets_everything_through_that_may_be_one():
    hidden = [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrFragment()]
    for between in [None, *hidden]:
        for kind in (ICMPv6ND_RS, ICMPv6ND_RA, ICMPv6ND_NS, ICMPv6ND_NA, ICMPv6ND_Redirect):
            built = frame(kind(), between=between)
            assert filters.matches(filters.NEIGHBOUR_DISCOVERY, built)
            assert nd.decode(built) is not None
    assert not filters.matches(filters.NEIGHBOUR_DISCOVERY, frame(ICMPv6MLReport()))
    assert not filters.matches(filters.NEIGHBOUR_DISCOVERY, b"")


# tshark reads the same

addresses = st.integers(0, 2**128 - 1).map(IPv6Address)
lifetimes = st.one_of(st.sampled_from([0, 1, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
bits = st.integers(0, 1)


@st.composite
def prefix_options(draw):
    return ICMPv6NDOptPrefixInfo(
        prefix=str(draw(addresses)), prefixlen=draw(st.integers(0, 128)), L=draw(bits),
        A=draw(bits), R=draw(bits), validlifetime=draw(lifetimes),
        preferredlifetime=draw(lifetimes),
    )  # fmt: skip


@st.composite
def other_options(draw):
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return ICMPv6NDOptMTU(mtu=draw(st.integers(0, 0xFFFFFFFF)))
    if kind == 1:
        return ICMPv6NDOptSrcLLAddr(lladdr=draw(st.binary(min_size=6, max_size=6)).hex(":"))
    if kind == 2:
        servers = draw(st.lists(addresses, min_size=1, max_size=3))
        return ICMPv6NDOptRDNSS(dns=[str(one) for one in servers], lifetime=draw(lifetimes))
    if kind == 3:
        names = draw(st.lists(st.from_regex(r"[a-z]{1,9}\.[a-z]{2}\.", fullmatch=True),
                              min_size=1, max_size=3))  # fmt: skip
        return ICMPv6NDOptDNSSL(searchlist=names, lifetime=draw(lifetimes))
    length = draw(st.integers(0, 128))
    network = IPv6Network((draw(addresses), length), strict=False)
    return ICMPv6NDOptRouteInfo(
        len=3, prefix=str(network.network_address), plen=length,
        prf=draw(st.sampled_from([0, 1, 3])), rtlifetime=draw(lifetimes),
    )  # fmt: skip


@st.composite
def advertisements(draw):
    message = ICMPv6ND_RA(
        chlim=draw(st.integers(0, 255)), M=draw(bits), O=draw(bits), H=draw(bits), P=draw(bits),
        prf=draw(st.sampled_from([0, 1, 3])), routerlifetime=draw(st.integers(0, 0xFFFF)),
        reachabletime=draw(lifetimes), retranstimer=draw(lifetimes),
    )  # fmt: skip
    for option in draw(st.lists(st.one_of(prefix_options(), other_options()), max_size=5)):
        message /= option
    return frame(message)


@pytest.fixture(scope="module")
def lab():
    """A lab whose nodes have tshark."""
    with throwaway() as lab:
        yield lab


@settings(max_examples=8)
@given(frames=st.lists(advertisements(), min_size=1, max_size=40))
def test_tshark_reads_the_same(lab, frames):
    capture = pcap([Frame(float(at), "staff", one) for at, one in enumerate(frames)])
    read = run(lab, "a", "tshark", "-n", "-r", "-", "-T", "pdml", given=capture)
    assert read.status == 0, read.err
    packets = ElementTree.fromstring(read.out).findall("packet")
    assert len(packets) == len(frames)
    for packet, one in zip(packets, frames, strict=True):
        assert ours(nd.decode(one)) == theirs(packet)


def theirs(packet):
    """What tshark says of an advertisement."""
    protocols = {one.get("name"): one for one in packet.findall("proto")}
    message = protocols["icmpv6"]

    def value(name, within=message):
        found = within.find(f".//field[@name='{name}']")
        return found.get("show")

    ra = "icmpv6.nd.ra."
    fields = {
        "source": IPv6Address(value("ipv6.src", protocols["ipv6"])),
        "hop_limit": int(value("ipv6.hlim", protocols["ipv6"])),
        "checksum": value("icmpv6.checksum.status") == "1",
        "current_hop_limit": int(value(ra + "cur_hop_limit")),
        "flags": [value(f"{ra}flag.{one}") in ("1", "True") for one in ("m", "o", "h", "p")],
        "preference": PREFERENCES[value(ra + "flag.prf")],
        "lifetime": int(value(ra + "router_lifetime")),
        "reachable": int(value(ra + "reachable_time")),
        "retransmit": int(value(ra + "retrans_timer")),
        "options": [],
    }
    for option in message.findall("field[@name='icmpv6.opt']"):

        def one(name, within=option):
            return value("icmpv6.opt." + name, within)

        def every(name, within=option):
            return [
                found.get("show") for found in within.findall(f"field[@name='icmpv6.opt.{name}']")
            ]

        kind = int(one("type"))
        told = [kind]
        if kind in (1, 2):
            told += [one("linkaddr")]
        elif kind == 3:
            told += [IPv6Address(one("prefix")), int(one("prefix.length"))]
            told += [one(f"prefix.flag.{flag}") in ("1", "True") for flag in "lar"]
            told += [int(one("prefix.valid_lifetime")), int(one("prefix.preferred_lifetime"))]
        elif kind == 5:
            told += [int(one("mtu"))]
        elif kind == 24:
            prefix = IPv6Address(one("prefix") or "::")
            told += [IPv6Network((prefix, int(one("prefix.length"))))]
            told += [PREFERENCES[one("route_info.flag.route_preference")]]
            told += [int(one("route_lifetime"))]
        elif kind == 25:
            told += [int(one("rdnss.lifetime")), [IPv6Address(each) for each in every("rdnss")]]
        elif kind == 31:
            told += [int(one("dnssl.lifetime")), every("dnssl")]
        fields["options"].append(told)
    return fields


PREFERENCES = {"0": "medium", "1": "high", "3": "low"}


def ours(ra):
    """The same of our own decoding."""
    options = []
    for one in ra.options:
        told = [one.kind]
        if isinstance(one, nd.LinkAddress):
            told += [one.mac]
        elif isinstance(one, nd.PrefixInformation):
            told += [one.address, one.length, one.on_link, one.autonomous, one.router_address]
            told += [one.valid, one.preferred]
        elif isinstance(one, nd.LinkMtu):
            told += [one.mtu]
        elif isinstance(one, nd.RouteInformation):
            told += [one.network, one.preference, one.lifetime]
        elif isinstance(one, nd.RecursiveServers):
            told += [one.lifetime, list(one.servers)]
        elif isinstance(one, nd.SearchList):
            told += [one.lifetime, list(one.names)]
        options.append(told)
    return {
        "source": ra.source,
        "hop_limit": ra.hop_limit,
        "checksum": not any("checksum" in str(flaw) for flaw in ra.flaws),
        "current_hop_limit": ra.current_hop_limit,
        "flags": [ra.managed, ra.other, ra.home_agent, ra.proxy],
        "preference": ra.preference,
        "lifetime": ra.lifetime,
        "reachable": ra.reachable,
        "retransmit": ra.retransmit,
        "options": options,
    }

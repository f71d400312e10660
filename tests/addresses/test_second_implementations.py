"""Random addresses: the engine's arithmetic agrees with other programs and with the kernel."""

from __future__ import annotations

import io
import itertools
import json
import re
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipv6lab.addresses import embedding, identifiers, options, selection, text
from ipv6lab.sandbox import Lab
from tests.sandbox.support import run, throwaway

ADDRESSES = st.integers(0, 2**128 - 1).map(IPv6Address)
# Runs of zeros make the difference in texts; they are rare among random numbers.
SPARSE = st.lists(st.sampled_from([0, 0, 0, 1, 0x20, 0xABCD]), min_size=8, max_size=8).map(
    lambda words: IPv6Address(b"".join(word.to_bytes(2, "big") for word in words))
)
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
UNICAST_MACS = st.tuples(st.integers(0, 63), st.binary(min_size=5, max_size=5)).map(
    lambda parts: bytes([parts[0] * 4, *parts[1]]).hex(":")
)
ONE = IPv6Address("2001:db8::1")
MANY = settings(max_examples=2)  # each of them a list, and one call of a program


def several(one: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(one, min_size=30, max_size=60)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with throwaway() as lab:
        yield lab


def spoken(lab: Lab, *argv: str, given: bytes = b"") -> list[str]:
    """The lines a program prints on a node."""
    ran = run(lab, "a", *argv, given=given)
    assert ran.status == 0, ran.err
    return ran.out.splitlines()


def shown(address: IPv6Address) -> bool:
    """Whether the standard library and others write it alike: no IPv4 is seen inside."""
    return int(address) >> 32 not in (0, 0xFFFF)


def has_lone_zeros(address: IPv6Address) -> bool:
    words = [word == "0000" for word in address.exploded.split(":")]
    return any(words) and not any(one and other for one, other in itertools.pairwise(words))


# ipaddress and getaddrinfo


@given(st.one_of(ADDRESSES, SPARSE))
def test_texts_agree_with_ipaddress_and_getaddrinfo(address: IPv6Address) -> None:
    written = text.canonical(address.exploded.upper())
    assert IPv6Address(written) == address
    [*_rest, (told, *_more)] = socket.getaddrinfo(
        address.exploded, None, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST
    )[0]
    assert IPv6Address(told) == address
    if shown(address):
        assert written == str(address) == told


@given(st.sampled_from([32, 40, 48, 56, 64, 96]), ADDRESSES, V4)
def test_what_is_translated_comes_back(length: int, address: IPv6Address, inner: IPv4Address):
    prefix = IPv6Network((address, length), strict=False)
    made = embedding.translated(prefix, inner)
    assert made in prefix
    assert embedding.extracted(prefix, made) == inner


@given(ADDRESSES, ADDRESSES, ADDRESSES, st.integers(1, 48))
def test_nptv6_keeps_checksums_and_comes_back(
    one: IPv6Address, other: IPv6Address, host: IPv6Address, length: int
) -> None:
    internal = IPv6Network((one, length), strict=False)
    external = IPv6Network((other, length), strict=False)
    inside = IPv6Address(int(internal.network_address) | int(host) & int(internal.hostmask))
    if inside.packed[6:8] == b"\xff\xff":  # RFC 6296 §3.5: this subnet is not translated
        return
    outside = embedding.prefix_translated(internal, external, inside)
    sums = [embedding.checksum(IPv6Network((a, 128))) % 0xFFFF for a in (inside, outside)]
    assert sums[0] == sums[1]
    if outside.packed[6:8] != b"\x00\x00" or inside.packed[6:8] == b"\x00\x00":
        assert embedding.prefix_translated(external, internal, outside) == inside


# ipv6calc


@MANY
@given(several(st.one_of(ADDRESSES, SPARSE)))
def test_texts_agree_with_ipv6calc(lab: Lab, addresses: list[IPv6Address]) -> None:
    # ipv6calc shortens a single zero field too, which RFC 5952 §4.2.2 forbids.
    alike = [one for one in addresses if shown(one) and not has_lone_zeros(one)]
    given = "".join(f"{address.exploded}\n" for address in (ONE, *alike)).encode()
    argv = ("ipv6calc", "-q", "--in", "ipv6addr", "--out", "ipv6addr", "--printcompressed")
    assert spoken(lab, *argv, given=given) == [text.canonical(str(one)) for one in (ONE, *alike)]


@settings(max_examples=10)
@given(MACS)
def test_identifiers_agree_with_ipv6calc(lab: Lab, mac: str) -> None:
    argv = ("ipv6calc", "-q", "--action", "geneui64", "--in", "mac", "--out", "eui64")
    [told] = spoken(lab, *argv, mac)
    words = b"".join(int(word, 16).to_bytes(2, "big") for word in told.split(":"))
    assert words == identifiers.eui64(mac)


@MANY
@given(several(V4))
def test_6to4_and_6rd_agree_with_ipv6calc(lab: Lab, addresses: list[IPv4Address]) -> None:
    argv = ("ipv6calc", "-q", "--in", "ipv4addr", "--out", "ipv6addr", "--action", "conv6to4")
    for address in addresses[:5]:
        [told] = spoken(lab, *argv, str(address))
        assert IPv6Address(told) == embedding.six_to_four(address).network_address
        domain = IPv4Network((address, 10), strict=False)
        [told] = spoken(
            lab, "ipv6calc", "-q", "--action", "6rd_local_prefix", "--6rd_prefix",
            "2001:db8::/32", "--6rd_relay_prefix", str(domain), str(address),
        )  # fmt: skip
        own = embedding.rapid_deployment(IPv6Network("2001:db8::/32"), 10, address)
        assert IPv6Network(told) == own


# dig


@MANY
@given(st.lists(st.one_of(ADDRESSES, SPARSE), min_size=5, max_size=5))
def test_reverse_names_agree_with_dig(lab: Lab, addresses: list[IPv6Address]) -> None:
    for address in addresses:
        argv = ("dig", "+qr", "+tries=1", "+time=1", "@127.0.0.1", "-x", address.exploded)
        out = run(lab, "a", *argv).out
        [name] = re.findall(r"^;(\S+\.ip6\.arpa)\.\s+IN\s+PTR", out, re.MULTILINE)
        assert name == address.reverse_pointer


# The kernel


@settings(max_examples=8)
@given(UNICAST_MACS)
def test_the_kernel_makes_the_same_link_local_address(lab: Lab, mac: str) -> None:
    if mac == "00:00:00:00:00:00":
        return
    spoken(lab, "sh", "-c", "sysctl -qw net.ipv6.conf.eth0.addr_gen_mode=0")
    spoken(lab, "sh", "-c", f"ip link set eth0 down && ip link set eth0 address {mac} up")
    assert own_link_local(lab) == identifiers.link_local(mac)


@settings(max_examples=8)
@given(ADDRESSES)
def test_the_kernel_makes_the_same_stable_address(lab: Lab, secret: IPv6Address) -> None:
    spoken(lab, "sysctl", "-qw", f"net.ipv6.conf.eth0.stable_secret={secret.exploded}")
    spoken(lab, "sh", "-c", "ip link set eth0 down && ip link set eth0 up")
    prefix = IPv6Network("fe80::/64")
    assert own_link_local(lab) == identifiers.linux_stable(secret, prefix, "00:00:00:00:00:00")


def own_link_local(lab: Lab) -> IPv6Address:
    [link] = json.loads("".join(spoken(lab, "ip", "-j", "-6", "address", "show", "dev", "eth0")))
    [own] = [entry["local"] for entry in link["addr_info"] if entry["scope"] == "link"]
    return IPv6Address(own)


@settings(max_examples=8)
@given(
    st.lists(
        st.integers(1, 2**64 - 1).map(lambda n: IPv6Address((0x20010DB8 << 96) | (n << 32) | n)),
        min_size=2,
        max_size=5,
        unique_by=lambda address: int(address) >> 64,
    ),
    st.integers(1, 2**64 - 1).map(lambda n: IPv6Address((0x20010DB8 << 96) | (n << 32) | 7)),
)
def test_the_kernel_chooses_the_same_source(
    lab: Lab, own: list[IPv6Address], destination: IPv6Address
) -> None:
    batch = "address flush dev eth0 scope global\n"
    batch += "".join(f"address add {one}/64 dev eth0 nodad\n" for one in own)
    batch += "route replace default dev eth0\n"
    spoken(lab, "ip", "-6", "-batch", "-", given=batch.encode())
    told = " ".join(spoken(lab, "ip", "-6", "route", "get", str(destination)))
    candidates = [selection.Source(one) for one in own]
    chosen = selection.choose_source(destination, candidates)
    assert chosen is not None
    [source] = re.findall(r"src (\S+)", told)
    same = selection.common_length(chosen.address, destination)
    # Of equally good ones any will do.
    assert selection.common_length(IPv6Address(source), destination) == same
    assert IPv6Address(source) in own


# tshark


@settings(max_examples=4)
@given(st.sampled_from([32, 40, 48, 56, 64, 96]), ADDRESSES, st.integers(0, 65528))
def test_tshark_reads_the_same_pref64(
    lab: Lab, length: int, address: IPv6Address, lifetime: int
) -> None:
    from scapy.layers.inet6 import ICMPv6ND_RA, IPv6
    from scapy.layers.l2 import Ether
    from scapy.packet import Raw
    from scapy.utils import PcapWriter

    prefix = IPv6Network((address, length), strict=False)
    option = options.pref64(prefix, lifetime)
    packet = Ether(dst="33:33:00:00:00:01", src="02:00:00:00:00:01")
    packet /= IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6ND_RA() / Raw(option)
    file = io.BytesIO()
    writer = PcapWriter(file, sync=True)
    writer.write(packet)
    fields = ("scaled_lifetime", "plc", "prefix")
    argv = ["tshark", "-r", "-", "-T", "fields"]
    for field in fields:
        argv += ["-e", f"icmpv6.opt.pref64.{field}"]
    [line] = [one for one in spoken(lab, *argv, given=file.getvalue()) if one.strip()]
    scaled, code, told = line.split("\t")
    assert int(scaled, 0) == -(-lifetime // 8)
    assert [96, 64, 56, 48, 40, 32][int(code, 0)] == length
    assert IPv6Address(told) == prefix.network_address

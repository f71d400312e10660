"""The client of IPv6-mostly networks: what it sends, what it believes, and what it does not."""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import json
import struct
from pathlib import Path
from types import ModuleType

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.addresses import embedding, options
from ipv6lab.services import client_files
from ipv6lab.wire import dhcp4
from ipv6lab.wire.headers import checksum, internet

SOURCE = Path(__file__).parents[2] / "src/ipv6lab/services/clients/v6mostly.py"
VECTORS = json.loads((Path(__file__).parents[1] / "addresses/vectors.json").read_text("utf-8"))
MAC = bytes.fromhex("020000000001")


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("v6mostly", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLIENT = loaded()


def test_a_node_has_it_with_its_unit() -> None:
    files = client_files()
    assert files["/usr/sbin/v6mostly"] == (0o755, SOURCE.read_bytes())
    assert "/usr/lib/systemd/system/v6mostly@.service" in files


# DHCPv4


def test_it_asks_for_option_108_in_a_packet_that_holds_together() -> None:
    data = CLIENT.discover(7, MAC, (1, 3, 6, 108))
    told = dhcp4.decode(data)
    assert told is not None
    assert (told.operation, told.kind, told.mac) == (1, dhcp4.DISCOVER, "02:00:00:00:00:01")
    assert tuple(told.options[dhcp4.REQUEST_LIST]) == (1, 3, 6, 108)
    packet = CLIENT.datagram(data)
    assert checksum(packet[:20]) == 0
    seen = internet(packet)
    assert seen is not None
    assert seen.ports == (68, 67)
    assert (str(seen.source), str(seen.destination)) == ("0.0.0.0", "255.255.255.255")
    assert seen.payload[8:] == data


def test_it_requests_what_was_offered() -> None:
    offer, server = bytes([192, 0, 2, 7]), bytes([192, 0, 2, 1])
    told = dhcp4.decode(CLIENT.discover(7, MAC, (1,), offer, server))
    assert told is not None
    assert told.kind == dhcp4.REQUEST
    assert (told.options[dhcp4.WISH], told.options[dhcp4.SERVER]) == (offer, server)


def answer(options_: bytes, transaction: int = 7, mac: bytes = MAC) -> bytes:
    head = bytearray(CLIENT.discover(transaction, mac, ())[:240])
    head[0] = 2
    head[16:20] = bytes([192, 0, 2, 7])
    return bytes(head) + options_ + b"\xff"


def test_it_reads_an_offer_and_none_that_is_for_others() -> None:
    data = answer(bytes([53, 1, 2]) + bytes.fromhex("6c0400000708"))
    kind, address, told = CLIENT.offered(data, 7, MAC)
    assert (kind, address) == (2, bytes([192, 0, 2, 7]))
    assert told[108] == bytes.fromhex("00000708")
    assert CLIENT.offered(data, 8, MAC) is None
    assert CLIENT.offered(data, 7, b"\x02" * 6) is None
    assert CLIENT.offered(data[:200], 7, MAC) is None
    assert CLIENT.offered(answer(b"\x6c\x04\0\0\x07\x08"), 7, MAC) is None  # no kind


def test_it_waits_as_long_as_option_108_says() -> None:
    vector = VECTORS["dhcp4_opt108"]
    value = bytes.fromhex(vector["tlv"])[2:]
    assert CLIENT.wait_without_ipv4(value) == vector["seconds"] == 1800


def test_no_less_than_300_s_and_nothing_that_is_no_number_of_seconds() -> None:
    assert CLIENT.wait_without_ipv4(b"\0\0\0\0") == CLIENT.MIN_V6ONLY_WAIT == 300
    for octets in (0, 3, 5):
        with pytest.raises(ValueError, match=f"option 108 has {octets} octets"):
            CLIENT.wait_without_ipv4(b"\0" * octets)


# PREF64


@given(
    st.sampled_from((32, 40, 48, 56, 64, 96)),
    st.integers(0, 8191),
    st.integers(0, (1 << 96) - 1),
)
def test_it_reads_every_prefix_that_can_be_told(length: int, units: int, bits: int) -> None:
    prefix = ipaddress.IPv6Network((bits << 32, length), strict=False)
    told = options.pref64(prefix, units * 8)
    assert CLIENT.translation_prefix(told[2:]) == (prefix, units * 8)


def test_it_reads_the_octets_that_were_worked_out_by_hand() -> None:
    for case in VECTORS["pref64_derived"]:
        told = bytes.fromhex(case["option"])
        wanted = ipaddress.IPv6Network(case["prefix"])
        assert CLIENT.translation_prefix(told[2:]) == (wanted, case["lifetime"])


@pytest.mark.parametrize("octets", [0, 6, 13, 15, 22])
def test_a_prefix_that_is_cut_short_is_explained(octets: int) -> None:
    with pytest.raises(ValueError, match=f"has {octets + 2} octets, and should have 16"):
        CLIENT.translation_prefix(b"\0" * octets)


@pytest.mark.parametrize("code", [6, 7])
def test_a_length_that_rfc_6052_does_not_know_is_explained(code: int) -> None:
    with pytest.raises(ValueError, match=f"length code {code}"):
        CLIENT.translation_prefix(struct.pack("!H", 8 | code) + b"\0" * 12)


def test_an_advertisement_whose_options_do_not_fit_is_ignored_whole() -> None:
    head = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    prefix = options.pref64(ipaddress.IPv6Network("64:ff9b::/96"), 1800)
    assert CLIENT.advertised(head + prefix) == [(38, prefix[2:])]
    for broken in (prefix[:8], bytes([38, 0]) + prefix[2:], bytes([38])):
        with pytest.raises(ValueError, match="does not fit"):
            CLIENT.advertised(head + broken)


# RFC 7050


@given(st.sampled_from((32, 40, 48, 56, 64, 96)), st.integers(0, (1 << 96) - 1))
def test_it_finds_the_prefix_that_a_dns64_used(length: int, bits: int) -> None:
    prefix = ipaddress.IPv6Network((bits << 32 & ~(0xFF << 56), length), strict=False)
    made = [embedding.translated(prefix, one) for one in embedding.IPV4ONLY]
    assert made == [CLIENT.embedded(prefix, str(one)) for one in embedding.IPV4ONLY]
    found = CLIENT.prefix_of(made)
    assert found is None or found == prefix


def test_it_asks_the_dns_and_reads_the_answer() -> None:
    asked = dns.message.from_wire(CLIENT.question(9))
    assert str(asked.question[0]) == "ipv4only.arpa. IN AAAA"
    reply = dns.message.make_response(asked)
    text = "ipv4only.arpa. 60 IN AAAA 2001:db8:42::192.0.0.170"
    reply.answer.append(dns.rrset.from_text(*text.split(" ", 4)))
    found = CLIENT.answers(reply.to_wire(), 9)
    assert CLIENT.prefix_of(found) == ipaddress.IPv6Network("2001:db8:42::/96")
    assert CLIENT.answers(reply.to_wire(), 10) == []
    assert CLIENT.answers(reply.to_wire()[:-3], 9) == []


@given(st.binary(max_size=400))
def test_whatever_comes_it_does_not_fall_over(data: bytes) -> None:
    CLIENT.offered(data, 7, MAC)
    CLIENT.answers(data, int.from_bytes(data[:2], "big"))
    with contextlib.suppress(ValueError):
        CLIENT.advertised(data)

"""A prefix for a host: what router and host say to each other, and what becomes of it."""

from __future__ import annotations

import json
import struct
from ipaddress import IPv6Network

import pytest

from ipv6lab.tools import host_prefix
from ipv6lab.tools.host_prefix import advertisement, answer, prefers_delegation
from ipv6lab.wire import dhcp6, dhcp6pd
from ipv6lab.wire.dhcp6pd import DelegatedPrefix
from tests.sandbox.support import run, throwaway

LAN = DelegatedPrefix(IPv6Network("2001:db8:0:8001::/64"), 600, 1200)
PIECE = DelegatedPrefix(IPv6Network("2001:db8:0:8007::/64"), 600, 1200)
CLIENT, SERVER = b"\0\3\0\1host", b"\0\3\0\1router"
ASKED = dhcp6pd.association(5, [DelegatedPrefix(IPv6Network("::/64"), 0, 0)])


def asked(kind: int, *more: bytes) -> dhcp6.Message:
    options = [dhcp6.option(dhcp6.CLIENT_ID, CLIENT), ASKED, *more]
    message = dhcp6.read(dhcp6.write(kind, 7, options))
    assert message is not None
    return message


def read(told: tuple[int, list[bytes]]) -> dhcp6.Message:
    message = dhcp6.read(dhcp6.write(told[0], 7, told[1]))
    assert message is not None
    return message


def test_an_advertisement_prefers_delegation_only_by_the_flag() -> None:
    message = advertisement([LAN])
    assert prefers_delegation(message)
    assert message[16 + 3] == 0x80 | 0x40 | 0x10  # L, A, P
    assert not prefers_delegation(advertisement([]))
    without = bytearray(message)
    without[16 + 3] &= ~0x10
    assert not prefers_delegation(bytes(without))
    for end in range(16, len(message)):
        prefers_delegation(message[:end])  # a short one is no prefix, and no defect
    assert not prefers_delegation(message[:16] + b"\3\0" + message[18:])


def test_a_server_answers_what_it_has_to() -> None:
    own = dhcp6.option(dhcp6.SERVER_ID, SERVER)
    for kind, more, told in (
        (dhcp6.SOLICIT, (), dhcp6.ADVERTISE),
        (dhcp6.REQUEST, (own,), dhcp6.REPLY),
        (dhcp6.RENEW, (own,), dhcp6.REPLY),
        (dhcp6.REBIND, (), dhcp6.REPLY),
    ):
        found = answer(asked(kind, *more), SERVER, PIECE)
        assert found is not None
        message = read(found)
        assert message.kind == told
        assert (message.client_id, message.server_id) == (CLIENT, SERVER)
        assert dhcp6pd.prefixes(message) == (PIECE,)
        (association,) = dhcp6pd.associations(message)
        assert association.iaid == 5
        assert 0 < association.t1 <= association.t2 <= PIECE.preferred


def test_a_server_is_silent_where_it_is_not_meant() -> None:
    other = dhcp6.option(dhcp6.SERVER_ID, b"\0\3\0\1another")
    assert answer(asked(dhcp6.REQUEST, other), SERVER, PIECE) is None
    assert answer(asked(dhcp6.REQUEST), SERVER, PIECE) is None
    assert answer(asked(dhcp6.SOLICIT, other), SERVER, PIECE) is None
    assert answer(asked(dhcp6.INFORMATION_REQUEST), SERVER, PIECE) is None
    nobody = dhcp6.read(dhcp6.write(dhcp6.SOLICIT, 7, [ASKED]))
    assert nobody is not None
    assert answer(nobody, SERVER, PIECE) is None


def test_a_server_that_has_no_more_says_so() -> None:
    found = answer(asked(dhcp6.SOLICIT), SERVER, None)
    assert found is not None
    (association,) = dhcp6pd.associations(read(found))
    assert (association.prefixes, association.status) == ((), 6)  # NoPrefixAvail


@pytest.mark.parametrize("words", [["offer", "nowhere"], ["ask", "nowhere"]])
def test_an_interface_that_is_none_gets_one_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert host_prefix.main(words) == 2
    assert capsys.readouterr().err == "host-prefix: There is no interface nowhere.\n"


ROUTER = """
ip address add 2001:db8:0:8001::1/64 dev eth0 nodad preferred_lft 600 valid_lft 1200
host-prefix offer eth0; echo "status $?"
ip route add unreachable 2001:db8:0:8000::/56
timeout 120 tcpdump -i eth0 -U -w /tmp/seen 'icmp6 or udp' 2> /tmp/watching &
until grep -q listening /tmp/watching; do sleep 0.1; done
timeout 120 host-prefix offer eth0 > /tmp/said 2>&1 &
echo $! > /tmp/router
"""
ASK = """
timeout 120 host-prefix ask eth0 --seconds 60 --reach 2001:db8:0:8001::1 > /tmp/own 2>&1 &
asker=$!
for attempt in $(seq 300); do grep -q 'packets transmitted' /tmp/own && break; sleep 0.2; done
ip -6 -json route show type unreachable
kill $asker; wait $asker
cat /tmp/own
ip -6 route show type unreachable; ip -6 address show dev lo scope global
"""
AFTER = """
for attempt in $(seq 100); do grep -q back /tmp/said && break; sleep 0.2; done
kill $(cat /tmp/router); sleep 0.5
cat /tmp/said; ip -6 -json route show
"""
FIELDS = ("icmpv6.opt.prefix.flag", "dhcpv6.msgtype", "dhcpv6.iaprefix.pref_addr")


def test_a_host_is_given_a_prefix_and_reached_there_and_tshark_reads_it() -> None:
    with throwaway() as lab:
        told = run(lab, "a", "bash", "-c", ROUTER)
        assert "name it with --pool" in told.err, told
        assert "status 2" in told.out
        found = run(lab, "b", "bash", "-c", ASK)
        first, _newline, rest = found.out.partition("\n")
        (unused,) = json.loads(first)
        assert unused["dst"] == "2001:db8:0:8000::/64"
        assert "2001:db8:0:8000::/64 is mine, and I am 2001:db8:0:8000::1" in rest
        assert " 1 received" in rest, found
        assert rest.rstrip().endswith("ms"), "what it set up is taken back"
        after = run(lab, "a", "bash", "-c", AFTER)
        assert "2001:db8:0:8000::/64 is back" in after.out, after
        left = {one["dst"] for one in json.loads(after.out.splitlines()[-1])}
        assert "2001:db8:0:8000::/64" not in left
        options = ["-T", "fields", *(word for one in FIELDS for word in ("-e", one))]
        seen = run(lab, "a", "tshark", "-n", "-r", "/tmp/seen", *options)
    lines = [line.split("\t") for line in seen.out.splitlines()]
    assert "0xd0" in {one[0] for one in lines}
    kinds = [int(one[1]) for one in lines if one[1]]
    wanted = [dhcp6.SOLICIT, dhcp6.ADVERTISE, dhcp6.REQUEST, dhcp6.REPLY, dhcp6.RELEASE]
    assert [one for at, one in enumerate(kinds) if one not in kinds[:at]] == wanted
    assert {one[2] for one in lines if one[1] == str(dhcp6.REPLY)} >= {"2001:db8:0:8000::"}


def test_its_messages_have_no_more_than_they_say() -> None:
    assert len(advertisement([LAN, PIECE])) == 16 + 2 * 32
    assert struct.unpack_from("!H", advertisement([], 30), 6) == (30,)

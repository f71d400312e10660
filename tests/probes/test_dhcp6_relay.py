"""Relay messages of DHCPv6 are read as scapy writes them, and nothing else is read as one."""

from ipaddress import IPv6Address

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import dhcp6 as scapy

from ipv6lab.wire import dhcp6, dhcp6relay

ADDRESSES = st.integers(0, (1 << 128) - 1).map(IPv6Address)
TRANSACTIONS = st.integers(0, 0xFFFFFF)
SOLICIT = st.builds(lambda number: scapy.DHCP6_Solicit(trid=number), TRANSACTIONS)
KINDS = {
    dhcp6relay.RELAY_FORW: scapy.DHCP6_RelayForward,
    dhcp6relay.RELAY_REPL: scapy.DHCP6_RelayReply,
}


def wrapped(kind, inner, hops=0, link="::", peer="fe80::1"):
    head = KINDS[kind](hopcount=hops, linkaddr=str(link), peeraddr=str(peer))
    interface = scapy.DHCP6OptIfaceId(ifaceid=b"voip")
    return head / interface / scapy.DHCP6OptRelayMsg(message=inner)


@given(st.sampled_from(sorted(KINDS)), st.integers(0, 255), ADDRESSES, ADDRESSES, SOLICIT)
def test_a_relay_message_is_read_as_scapy_wrote_it(kind, hops, link, peer, inner):
    data = bytes(wrapped(kind, inner, hops, link, peer))
    read = dhcp6relay.read(data)
    assert read is not None
    assert (read.kind, read.hop_count) == (kind, hops)
    assert (read.link_address, read.peer_address) == (link, peer)
    assert read.options[dhcp6relay.INTERFACE_ID] == (b"voip",)
    assert read.inner == bytes(inner)
    assert read.message is not None
    assert (read.message.kind, read.message.transaction) == (dhcp6.SOLICIT, inner.trid)


@given(SOLICIT, st.integers(1, 8))
def test_the_message_is_found_behind_several_relays(inner, relays):
    whole = inner
    for hops in range(relays):
        whole = wrapped(dhcp6relay.RELAY_FORW, whole, hops)
    read = dhcp6relay.read(bytes(whole))
    assert read is not None
    assert read.message is not None
    assert read.hop_count == relays - 1
    assert read.message.transaction == inner.trid


def test_a_message_that_was_relayed_without_end_is_given_up():
    whole = bytes(scapy.DHCP6_Solicit())
    head = bytes(KINDS[dhcp6relay.RELAY_FORW](linkaddr="::", peeraddr="::"))
    for _relay in range(1700):
        whole = head + dhcp6.option(dhcp6relay.RELAY_MESSAGE, whole)
    assert len(whole) < 0x10000
    read = dhcp6relay.read(whole)
    assert read is not None
    assert read.message is None


@given(SOLICIT)
def test_a_client_s_message_is_no_relay_message(message):
    assert dhcp6relay.read(bytes(message) + bytes(64)) is None


@given(st.binary(max_size=200))
def test_octets_of_any_kind_raise_nothing(data):
    read = dhcp6relay.read(data)
    assert read is None or read.message is None or read.inner is not None


@given(SOLICIT, st.integers(0, 33))
def test_a_message_cut_off_is_none(inner, length):
    assert dhcp6relay.read(bytes(wrapped(dhcp6relay.RELAY_FORW, inner))[:length]) is None

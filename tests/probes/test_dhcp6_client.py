"""The DHCPv6 client of the grader: its decoding beside scapy's, and an exchange with a server."""

import os
import signal
import socket
import struct
from contextlib import contextmanager
from ipaddress import IPv6Address

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import dhcp6 as scapy

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import entered
from ipv6lab.wire import dhcp6 as messages
from tests.probes.stage import Stage, isolated

ADDRESSES = st.integers(0, (1 << 128) - 1).map(IPv6Address)
TIMES = st.integers(0, 0xFFFFFFFF)
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
NAMES = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@given(
    st.integers(0, 0xFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    TIMES,
    TIMES,
    st.lists(st.tuples(ADDRESSES, TIMES, TIMES), max_size=3),
    st.lists(ADDRESSES, max_size=3),
    st.lists(NAMES, min_size=1, max_size=3),
    st.integers(0, 6),
)
def test_a_reply_is_read_as_scapy_wrote_it(
    transaction, iaid, t1, t2, leases, servers, names, status
):
    whole = scapy.DHCP6_Reply(trid=transaction)
    whole /= scapy.DHCP6OptStatusCode(statuscode=status)
    whole /= scapy.DHCP6OptIA_NA(
        iaid=iaid,
        T1=t1,
        T2=t2,
        ianaopts=[
            scapy.DHCP6OptIAAddress(addr=str(address), preflft=preferred, validlft=valid)
            for address, preferred, valid in leases
        ],
    )
    whole /= scapy.DHCP6OptDNSServers(dnsservers=[str(one) for one in servers])
    whole /= scapy.DHCP6OptDNSDomains(dnsdomains=[f"{name}." for name in names])
    whole /= scapy.DHCP6OptInfoRefreshTime(reftime=t1)
    message = messages.read(bytes(whole))
    assert message is not None
    assert (message.kind, message.transaction) == (messages.REPLY, transaction)
    assert message.status == status
    (association,) = message.associations
    assert (association.iaid, association.t1, association.t2) == (iaid, t1, t2)
    assert [(one.address, one.preferred, one.valid) for one in association.addresses] == leases
    assert message.dns_servers == tuple(servers)
    assert message.search_list == tuple(names)
    assert message.refresh_time == t1


@given(st.integers(0, 0xFFFFFF), st.integers(0, 0xFFFFFFFF), st.lists(ADDRESSES, max_size=3))
def test_what_is_asked_is_what_scapy_reads(transaction, iaid, addresses):
    data = messages.write(
        messages.SOLICIT,
        transaction,
        [
            messages.option(messages.CLIENT_ID, messages.link_layer_duid("02:00:5e:10:20:30")),
            messages.option_request(23, 24),
            messages.association(iaid, addresses),
        ],
    )
    read = scapy.DHCP6_Solicit(data)
    assert read.trid == transaction
    assert read[scapy.DUID_LL].lladdr == "02:00:5e:10:20:30"
    assert read[scapy.DHCP6OptOptReq].reqopts == [23, 24]
    asked = read[scapy.DHCP6OptIA_NA]
    assert asked.iaid == iaid
    assert [IPv6Address(one.addr) for one in asked.ianaopts] == addresses


@given(st.binary(max_size=80))
def test_nothing_breaks_the_decoding(data):
    message = messages.read(data)
    if message is not None:
        assert message.addresses is not None
        assert message.search_list is not None
        assert message.refresh_time is None or message.refresh_time >= 0


@isolated
def test_an_exchange_of_four_messages_and_a_renewal():
    stage = Stage()
    stage.settle()
    address = IPv6Address(stage.plan["staff.network"]) + 0x1000
    with _server(stage, "pc2", address), stage.lab.link("staff").dhcp6_client() as client:
        assert client.information_request().message.dns_servers == (address,)
        offer = client.solicit()
        assert offer.node == "pc2"
        given = client.request(offer)
        assert given.message.associations[0].t1 == 50
        assert [one.address for one in given.message.addresses] == [address]
        assert [one.address for one in client.renew(given).message.addresses] == [address]
        assert [one.address for one in client.rebind([address]).message.addresses] == [address]


@isolated
def test_silence_ends():
    stage = Stage()
    with stage.lab.link("staff").dhcp6_client() as client:
        assert client.solicit(within=1.5) is None
    assert "Nobody answers" in stage.lab.record.evidence[-1]["text"]["text"]


@contextmanager
def _server(stage, node, address):
    """A server that leases one address to everybody."""
    child = os.fork()
    if child == 0:
        try:
            syscalls.die_with_parent()
            with entered(stage.namespace(node)):
                _serve(address)
        finally:
            os._exit(1)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _serve(address):
    index = socket.if_nametoindex("eth0")
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind(("::", 547))
    group = IPv6Address("ff02::1:2").packed + struct.pack("@I", index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    while True:
        data, origin = sock.recvfrom(2048)
        asked = messages.read(data)
        kind = messages.ADVERTISE if asked.kind == messages.SOLICIT else messages.REPLY
        options = [
            messages.option(messages.CLIENT_ID, asked.client_id),
            messages.option(messages.SERVER_ID, messages.link_layer_duid("02:00:00:00:00:01")),
            messages.option(messages.DNS_SERVERS, address.packed),
        ]
        for one in asked.associations:
            lease = messages.option(
                messages.IA_ADDRESS, address.packed + struct.pack("!II", 100, 200)
            )
            data = struct.pack("!III", one.iaid, 50, 80) + lease
            options.append(messages.option(messages.IA_NA, data))
        sock.sendto(messages.write(kind, asked.transaction, options), origin)

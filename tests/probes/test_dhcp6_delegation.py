"""Delegated prefixes are read as scapy writes them, and written as scapy reads them."""

from ipaddress import IPv6Network

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import dhcp6 as scapy

from ipv6lab.wire import dhcp6, dhcp6pd
from ipv6lab.wire.dhcp6pd import DelegatedPrefix

SECONDS = st.integers(0, 0xFFFFFFFF)
NETWORKS = st.tuples(st.integers(0, (1 << 128) - 1), st.integers(0, 128)).map(
    lambda one: IPv6Network((one[0], one[1]), strict=False)
)
PREFIXES = st.lists(st.builds(DelegatedPrefix, NETWORKS, SECONDS, SECONDS), max_size=3)


@given(st.integers(0, 0xFFFFFFFF), SECONDS, SECONDS, PREFIXES)
def test_an_association_is_read_as_scapy_wrote_it(iaid, t1, t2, prefixes):
    inner = [
        scapy.DHCP6OptIAPrefix(
            preflft=one.preferred,
            validlft=one.valid,
            plen=one.network.prefixlen,
            prefix=str(one.network.network_address),
        )
        for one in prefixes
    ]
    option = scapy.DHCP6OptIA_PD(iaid=iaid, T1=t1, T2=t2, iapdopt=inner)
    message = dhcp6.read(bytes(scapy.DHCP6_Reply(trid=1) / option))
    assert message is not None
    (found,) = dhcp6pd.associations(message)
    assert (found.iaid, found.t1, found.t2) == (iaid, t1, t2)
    assert found.prefixes == tuple(prefixes)
    assert dhcp6pd.prefixes(message) == tuple(one for one in prefixes if one.valid)


@given(st.integers(0, 0xFFFFFFFF), SECONDS, SECONDS, PREFIXES)
def test_scapy_reads_what_is_written(iaid, t1, t2, prefixes):
    written = dhcp6pd.association(iaid, prefixes, t1, t2)
    read = scapy.DHCP6OptIA_PD(written)
    assert (read.iaid, read.T1, read.T2) == (iaid, t1, t2)
    assert [(one.prefix, one.plen) for one in read.iapdopt] == [
        (
            scapy.DHCP6OptIAPrefix(prefix=str(one.network.network_address)).prefix,
            one.network.prefixlen,
        )
        for one in prefixes
    ]


@given(st.binary(max_size=80))
def test_no_prefix_comes_of_noise(noise):
    data = dhcp6.write(dhcp6.REPLY, 1, [dhcp6.option(dhcp6pd.IA_PD, noise)])
    message = dhcp6.read(data)
    assert message is not None
    for found in dhcp6pd.associations(message):
        assert all(one.network.prefixlen <= 128 for one in found.prefixes)

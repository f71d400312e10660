"""The netlink codec: what is encoded is decoded again, and nonsense is refused."""

import struct
from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.network.netlink import codec, netlink_requests, objects

u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
messages = st.lists(st.tuples(u16, u16, u32, st.binary(max_size=200)), max_size=6)
attribute_maps = st.dictionaries(st.integers(0, codec.TYPE_MASK), st.binary(max_size=100))


@given(messages)
def test_messages_in_one_batch_come_back_in_order(wanted):
    batch = b"".join(codec.encode(*one) for one in wanted)
    assert [(m.kind, m.flags, m.sequence, m.body) for m in codec.decode(batch)] == wanted


@given(attribute_maps)
def test_attributes_come_back(wanted):
    data = b"".join(codec.attribute(kind, payload) for kind, payload in wanted.items())
    assert codec.attributes(data) == wanted


@given(attribute_maps, st.integers(0, codec.TYPE_MASK))
def test_nested_attributes_come_back(wanted, kind):
    parts = [codec.attribute(inner, payload) for inner, payload in wanted.items()]
    outer = codec.attributes(codec.nest(kind, *parts))
    assert codec.attributes(outer[kind]) == wanted


@given(u32)
def test_numbers_come_back(value):
    assert codec.number(codec.attributes(codec.u32(7, value))[7]) == value


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_comes_back(value):
    assert codec.string(codec.attributes(codec.text(7, value))[7]) == value


READERS = [
    lambda body: objects.link(body),
    lambda body: objects.address(body, objects.Names()),
    lambda body: objects.route(body, objects.Names()),
    lambda body: objects.neighbour(body, objects.Names()),
    lambda body: objects.prefix(body, objects.Names()),
    lambda body: objects.options(body, objects.Names()),
    lambda body: list(codec.decode(body)),
]


@pytest.mark.parametrize("read", READERS)
@given(body=st.binary(max_size=120))
def test_nonsense_is_refused_as_a_value_error(read, body):
    with suppress(ValueError):
        read(body)


@pytest.mark.parametrize("read", READERS[:-1])
@given(head=st.sampled_from([2, 10]), rest=st.binary(max_size=24), parts=attribute_maps)
def test_odd_attributes_are_refused_as_a_value_error(read, head, rest, parts):
    body = bytes([head]) + rest.ljust(15, b"\0")
    body += b"".join(codec.attribute(kind % 32, payload) for kind, payload in parts.items())
    with suppress(ValueError):
        read(body)


def test_too_long_names_are_refused_before_the_kernel_sees_them():
    with pytest.raises(ValueError, match="15 bytes"):
        netlink_requests.bridge("a-name-of-16-chr")


def test_a_peer_cannot_be_born_in_a_bridge():
    with pytest.raises(ValueError, match="master"):
        netlink_requests.veth(netlink_requests.End("a0"), netlink_requests.End("b0", master=3))


@pytest.mark.parametrize(
    ("local", "remote", "tunnel"),
    [
        (b"\xc0\0\2\1", b"\xc0\0\2\2", (ip_address("192.0.2.1"), ip_address("192.0.2.2"))),
        (bytes(15) + b"\1", bytes(16), (ip_address("::1"), ip_address("::"))),
        (b"\2\0\0\0\0\1", b"\xff" * 6, None),  # Ethernet
        (b"", b"", None),
    ],
)
def test_a_tunnel_has_its_ends_in_place_of_hardware_addresses(local, remote, tunnel):
    head = struct.pack("=BxHiII", 0, 776, 7, 0, 0)
    parts = codec.attribute(1, local) + codec.attribute(2, remote) if local else b""
    assert objects.link(head + parts).tunnel == tunnel

"""Events arrive while the kernel does SLAAC and Duplicate Address Detection."""

import itertools
import socket
import time
from ipaddress import IPv6Address, IPv6Network

import pytest
from icmp import advertise

from ipv6lab.network.netlink import (
    Address,
    End,
    Events,
    EventsLost,
    Link,
    Neighbour,
    Netlink,
    Options,
    Prefix,
    Route,
    add_address,
    add_neighbour,
    delete_link,
    set_link,
    veth,
    wait_until,
)
from ipv6lab.network.spaces import PlainSpace

pytestmark = pytest.mark.isolated

PREFIX = IPv6Network("2001:db8:100:110::/64")
BUILT = IPv6Address("2001:db8:100:110:0:ff:fe00:2")  # from the MAC address below, RFC 4291

RDNSS = 25


def two_nodes():
    """A router and a host on one link, both with a usable link-local address."""
    router, host = PlainSpace.create("router"), PlainSpace.create("host")
    with Netlink() as netlink:
        netlink.send(
            [
                veth(
                    End("eth0", router.net_fd, mac="02:00:00:00:00:01", index=2),
                    End("eth0", host.net_fd, mac="02:00:00:00:00:02", index=3),
                )
            ]
        )
    with Netlink(host.net_fd) as netlink:
        netlink.send([set_link("lo", up=True), set_link("eth0", up=True)])
    for space in (router, host):
        assert wait_until(own_address, 5, space.net_fd, "address")
    return router, host


def own_address(netlink):
    found = netlink.addresses(interface="eth0", family=6)
    return [one for one in found if one.usable and one.scope == "link"]


def collect(events, wanted, timeout=5.0):
    """Events until every one of the `wanted` predicates was true of one."""
    found = {}
    deadline = time.monotonic() + timeout
    while len(found) < len(wanted):
        event = events.wait(deadline - time.monotonic())
        assert event is not None, f"only {sorted(found)} of {sorted(wanted)}"
        for name, holds in wanted.items():
            if name not in found and holds(event.item, event.gone):
                found[name] = event
    return found


def test_an_advertisement_is_seen_as_events():
    router, host = two_nodes()
    with Events(host.net_fd) as events:
        advertise(router.net_fd, 2, "02:00:00:00:00:01", PREFIX, preference=1)
        found = collect(
            events,
            {
                "prefix": lambda i, gone: isinstance(i, Prefix) and not gone,
                "options": lambda i, gone: isinstance(i, Options) and i.options[0] == RDNSS,
                "usable": lambda i, gone: isinstance(i, Address) and i.usable,
                "default": lambda i, gone: isinstance(i, Route) and i.default,
                "router": lambda i, gone: isinstance(i, Neighbour) and i.router,
            },
        )
    prefix = found["prefix"].item
    assert (prefix.network, prefix.onlink, prefix.autonomous) == (PREFIX, True, True)
    assert (prefix.valid, prefix.preferred) == (3600, 1800)
    assert found["options"].item.source == IPv6Address("fe80::ff:fe00:1")
    assert found["usable"].item.address == BUILT
    assert found["prefix"].time < found["usable"].time < time.time()
    assert {event.item.interface for event in found.values()} == {"eth0"}

    with Netlink(host.net_fd) as netlink:
        (address,) = [a for a in netlink.addresses(family=6) if a.address == BUILT]
        assert address.network == PREFIX
        assert address.mngtmpaddr
        assert not address.permanent
        assert address.protocol in ("kernel_ra", None)  # None: before Linux 5.18
        assert 3590 < address.valid <= 3600
        assert 1790 < address.preferred <= 1800
        (route,) = [r for r in netlink.routes(6) if r.default]
        assert route.gateway == IPv6Address("fe80::ff:fe00:1")
        assert (route.protocol, route.preference, route.interface) == ("ra", "high", "eth0")
        assert 1790 < route.expires <= 1800
        assert [n.router for n in netlink.neighbours(family=6)] == [True]


def test_an_address_that_somebody_has_fails():
    router, host = two_nodes()
    with Netlink(router.net_fd) as netlink:
        netlink.send([add_address(2, "2001:db8::1/64", nodad=True)])
    with Events(host.net_fd, "address") as events:
        events.netlink.send([add_address(3, "2001:db8::1/64")])
        found = collect(
            events, {"failed": lambda i, gone: i.dadfailed and not i.usable and not gone}
        )
    assert str(found["failed"].item.address) == "2001:db8::1"


def test_only_the_groups_that_were_asked_for():
    _, host = two_nodes()
    with Events(host.net_fd, "neighbour") as events:
        events.netlink.send(
            [
                add_address(3, "2001:db8::1/64", nodad=True),
                add_neighbour(3, "2001:db8::9", "02:00:00:00:00:09"),
            ]
        )
        event = events.wait(2)
        assert event is not None
        assert isinstance(event.item, Neighbour)
        assert (event.item.mac, event.item.state) == ("02:00:00:00:00:09", "PERMANENT")
        assert events.read() == []
        assert events.wait(0.05) is None


def test_a_flap_at_the_other_end_and_a_removal():
    router, host = two_nodes()
    with Netlink(router.net_fd) as other, Events(host.net_fd, "link") as events:
        other.send([set_link("eth0", up=False)])
        collect(events, {"down": lambda i, gone: i.up and not i.carrier and i.state != "UP"})
        other.send([set_link("eth0", up=True)])
        collect(events, {"up": lambda i, gone: i.carrier and i.state == "UP"})
        other.send([delete_link("eth0")])
        gone = collect(events, {"gone": lambda i, gone: isinstance(i, Link) and gone})
    assert gone["gone"].item.name == "eth0"


def test_a_new_interface_is_known_by_name():
    with Events(None, "address") as events, Netlink() as netlink:
        netlink.send([veth(End("fresh0", index=5), End("fresh1", index=6))])
        netlink.send([add_address(6, "192.0.2.1/24"), set_link(6, up=True)])
        found = collect(events, {"v4": lambda i, gone: i.address.version == 4})
    assert found["v4"].item.interface == "fresh1"


def test_a_reader_who_is_too_slow_is_told_and_can_go_on():
    _, host = two_nodes()
    with Events(host.net_fd, "neighbour") as events:
        events._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        events.netlink.send(
            add_neighbour(3, f"2001:db8::{number:x}", "02:00:00:00:00:09")
            for number in range(1, 200)
        )
        with pytest.raises(EventsLost):
            events.read()
        events.read()
        events.netlink.send([add_neighbour(3, "2001:db8::f:1", "02:00:00:00:00:09")])
        assert str(events.wait(2).item.address) == "2001:db8::f:1"


def test_waiting_ends_though_something_happens_all_the_time():
    _, host = two_nodes()
    calls = itertools.count()

    def look(netlink):
        netlink.send([add_neighbour(3, "2001:db8::1", f"02:00:00:00:00:{next(calls) % 256:02x}")])
        return []

    began = time.monotonic()
    assert wait_until(look, 0.3, host.net_fd, "neighbour") == []
    assert 0.3 <= time.monotonic() - began < 2
    assert next(calls) > 10


def test_waiting_ends_when_time_is_up_and_gives_what_was_seen():
    began = time.monotonic()
    assert wait_until(lambda netlink: [], 0.1) == []
    assert 0.1 <= time.monotonic() - began < 1
    assert wait_until(lambda netlink: netlink.links(), 5)

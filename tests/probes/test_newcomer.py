"""A host that lives on Router Advertisements, and what it does when a router is gone."""

import struct
import time
from ipaddress import IPv6Address

import pytest

from ipv6lab.probes import Failed, Record
from ipv6lab.words.message import _
from tests.probes.stage import ROUTER, Stage, advertisement, isolated, prefix


def ready():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 30)
    return stage


def route_information(network, length=64, lifetime=600):
    packed = IPv6Address(network).packed[:8]
    return struct.pack("!BBBBI", 24, 2, length, 0, lifetime) + packed


@isolated
def test_it_follows_a_router_until_it_loses_it():
    stage = ready()
    staff = prefix(stage.plan["staff.network"])
    message = advertisement(staff, route_information("2001:db8:ffff::"))
    router, pc2 = stage.lab.node(ROUTER), stage.lab.node("pc2")
    with stage.router(message), stage.lab.link("staff").fresh_host() as host:
        assert host.follows(router)
        assert host.hears(router)
        assert host.builds(stage.plan["staff.prefix"])
        assert len(host.global_addresses()) == 1
        assert any(str(one.destination) == "2001:db8:ffff::/64" for one in host.routes(6))
        assert not host.hears(pc2, within=0.1)
        arrived = [one.node for one in host.throw(stage.plan["app.address"]) if not one.sent]
        assert arrived[:2] == [ROUTER, "app"]
        host.lose(router)
        assert not any(one.gateway for one in host.routes(6))
        assert host.throw(stage.plan["app.address"]) == []
        assert not host.follows(router, within=1.2)


@isolated
def test_an_expired_route_is_no_route():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    gone = _("still there")
    with stage.router(advertisement(prefix(stage.plan["staff.network"]), lifetime=3)):
        pc1.solicit().default_routes()
    pc1.wait_no_route(lambda one: one.default and one.destination.version == 6, 5, gone)
    with pytest.raises(Failed):
        pc1.wait_no_route(lambda one: one.destination.version == 4, 0.2, gone)


@isolated
def test_the_mtu_that_an_advertisement_sets():
    stage = ready()
    mtu = struct.pack("!BBHI", 5, 1, 0, 1400)
    with stage.router(advertisement(prefix(stage.plan["staff.network"]), mtu)):
        assert stage.lab.node("pc1").solicit().mtu(1400) == 1400
        assert stage.lab.node("pc2").solicit().mtu(1300) == 1400

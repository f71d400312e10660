"""What a host is told by somebody behind a router."""

import time
from ipaddress import ip_address

import pytest

from ipv6lab.network.netlink import Netlink
from ipv6lab.probes import Record
from ipv6lab.probes.asks import forged_icmp as complaint
from tests.probes.stage import ROUTER, Stage, isolated


@isolated
def test_a_packet_too_big_gets_to_the_sender_or_as_far_as_it_gets():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    plan, app = stage.plan, stage.lab.node("app")
    with stage.lab.link("staff").fresh_host(plan["staff.prefix"], plan["staff.router"]) as host:
        ping = app.ping(host, host.address)
        assert complaint.too_big(host, app, ping.arrived, 1300) == "app"
        with Netlink(stage.namespace("app")) as netlink:
            assert netlink.route_to(str(host.address)).mtu == 1300
        stage.set(ROUTER, "net/ipv6/conf/all/forwarding", 0)
        assert complaint.too_big(host, app, ping.arrived, 1300, within=0.5) == ROUTER
    assert [one["probe"] for one in stage.lab.record.evidence].count("complaint") == 2
    assert ip_address(plan["app.address"]) == ping.source


@isolated
def test_it_is_about_ipv6():
    stage = Stage()
    stage.lab.record = Record(time.monotonic() + 20)
    app, pc1 = stage.lab.node("app"), stage.lab.node("pc1")
    ping = app.ping(pc1, stage.plan["pc1.address4"])
    with pytest.raises(ValueError, match="IPv6"):
        complaint.too_big(pc1, app, ping.arrived, 1300)

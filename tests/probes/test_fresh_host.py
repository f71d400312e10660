"""A new host on a LAN, and TCP ports, on the staff LAN with one router."""

import socket
import time

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Failed, Record
from tests.probes.stage import ROUTER, Stage, isolated


def ready():
    stage = Stage()
    stage.forward()
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    return stage


def on_staff(stage):
    plan = stage.plan
    return stage.lab.link("staff").fresh_host(plan["staff.prefix"], plan["staff.router"])


def why(probe, *arguments, **options):
    with pytest.raises(Failed) as caught:
        probe(*arguments, **options)
    message = caught.value.message
    return message.text.format(**message.values)


@isolated
def test_a_new_host_pings_and_is_pinged():
    stage = ready()
    app = stage.lab.node("app")
    before = stage.lab.node(ROUTER).neighbours()
    with on_staff(stage) as visitor:
        assert int(visitor.address) >> 63 & 1
        assert visitor.ping(app, stage.plan["app.address"]).hops == 1
        assert app.ping(visitor, visitor.address).arrived.node == "new-host"
        assert "new-host" in why(visitor.ping, app, stage.plan["staff.network"] + "99", within=0.5)
    macs = {one.mac for one in stage.lab.node(ROUTER).neighbours()}
    assert macs <= {one.mac for one in before} | set(app.macs())


@isolated
def test_a_new_host_may_have_ipv4_alone():
    stage = ready()
    plan, app = stage.plan, stage.lab.node("app")
    link = stage.lab.link("staff")
    with link.fresh_host(plan["staff.prefix4"], plan["staff.router4"]) as visitor:
        taken = {plan[f"{name}4"] for name in ("staff.router", "pc1.address", "pc2.address")}
        assert str(visitor.address) not in taken
        assert visitor.ping(app, plan["app.address4"]).hops == 1
        assert app.ping(visitor, visitor.address).arrived.node == "new-host"


@isolated
def test_the_routers_link_local_address_leads_out_as_well():
    stage = ready()
    plan, app = stage.plan, stage.lab.node("app")
    router = stage.lab.node(ROUTER).link_locals("staff")[0]
    with stage.lab.link("staff").fresh_host(plan["staff.prefix"], router) as visitor:
        assert visitor.ping(app, plan["app.address"]).hops == 1


@isolated
def test_a_packet_may_bear_anybodys_address_and_an_option_that_nobody_knows():
    stage = ready()
    app = stage.lab.node("app")
    with on_staff(stage) as visitor:
        source = "2001:db8:ffff::1"
        seen = visitor.throw(stage.plan["app.address"], source=source)
        asked = [one for one in seen if one.ip.icmp_type == 128]
        arrived = [one for one in asked if one.node == "app" and not one.sent]
        assert [str(one.ip.source) for one in arrived] == [source]
        seen = app.throw(visitor.address, option=0x9E)
        problems = [one for one in seen if one.ip.icmp_type == 4]
        assert next(one.node for one in problems if one.sent) == "new-host"
        assert [one.node for one in problems if not one.sent][-1] == "app"


@isolated
def test_a_packet_that_circles_is_counted():
    stage = ready()
    nowhere = "2001:db8:ffff::1"
    with on_staff(stage) as visitor:
        once = [one for one in visitor.throw(nowhere) if one.sent and one.ip.icmp_type == 128]
        assert [one.node for one in once] == ["new-host"]
        # The router sends it to pc1, which sends it back.
        stage.address("pc1", "eth0", stage.plan["staff.network"] + "11/64", nodad=True)
        stage.set("pc1", "net/ipv6/conf/all/forwarding", 1)
        stage.route("pc1", "::/0", stage.plan["staff.router"])
        stage.route(ROUTER, "2001:db8:ffff::/48", stage.plan["staff.network"] + "11")
        stage.settle()
        stage.lab.node("pc1").ping(stage.lab.node(ROUTER), stage.plan["staff.router"])
        many = [one for one in visitor.throw(nowhere) if one.sent and one.ip.icmp_type == 128]
        assert len(many) > 50


@isolated
def test_ports():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    address = stage.plan["app.address4"]
    assert why(pc1.open_port, app, address, 80, within=0.1) == (
        f"app refuses a connection of pc1 to {address} port 80."
    )
    with entered(stage.namespace("app")):
        listener = socket.create_server((address, 80))
    with listener:
        opened = pc1.open_port(app, address, 80)
    assert str(opened.source) == str(opened.seen) == stage.plan["pc1.address4"]
    assert [one["probe"] for one in stage.lab.record.evidence] == ["tcp", "tcp"]
    told = why(pc1.open_port, app, stage.plan["app.address"], 80, within=0.1)
    assert told.startswith("pc1 cannot connect to ")


@isolated
def test_a_port_on_the_wrong_box_proves_nothing():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    address = stage.plan["app.address4"]
    stage.address(ROUTER, "lo", f"{address}/32")
    with entered(stage.namespace(ROUTER)):
        listener = socket.create_server((address, 80))
    with listener:
        told = why(pc1.open_port, app, address, 80)
    assert told == f"{ROUTER} answers for {address}, which is the address of app."

"""Which way packets take, whether they go round, how large they may be, and who is let in."""

import time

import pytest

from ipv6lab.expect import lasting, loops, path, sizes, tunnels
from ipv6lab.network.netlink import Netlink, add_address
from ipv6lab.probes import Blocked, Failed, Record
from tests.expect.test_reach import there
from tests.probes.stage import ROUTER, isolated
from tests.probes.test_crossings import decapsulating, narrow


def ready(seconds=8):
    stage = there()
    stage.lab.record = Record(time.monotonic() + seconds)
    return stage


@isolated
def test_packets_of_every_protocol_are_seen_on_their_way():
    stage = ready(20)
    lab, plan = stage.lab, stage.plan
    pc1, app = lab.node("pc1"), lab.node("app")
    path.natively(lab, pc1, app, plan["app.address"], "srv")
    path.natively(lab, pc1, app, plan["app.address4"], "srv")
    path.passes_routers(lab, pc1, app, plan["app.address"], 1, 80)
    lab.record = Record(time.monotonic() + 3)
    with pytest.raises(Failed, match="and 2 routers should forward it"):
        path.passes_routers(lab, pc1, app, plan["app.address"], 2, 80)


@isolated
def test_what_is_in_no_tunnel_and_what_is_not_seen_have_failed():
    stage = ready(20)
    lab, plan = stage.lab, stage.plan
    pc1, pc2, app = (lab.node(name) for name in ("pc1", "pc2", "app"))
    six_in_four = path.Tunnel.of(("srv",), path.IPV6_IN, "192.0.2.1", "192.0.2.2")
    with pytest.raises(Failed, match="onto srv as it is, in no tunnel"):
        path.crosses(lab, pc1, app, plan["app.address"], six_in_four)
    with pytest.raises(Failed, match="by ICMP is not seen on srv"):
        path.natively(lab, pc1, pc2, plan["pc2.address4"], "srv")
    with pytest.raises(Failed, match="hq-core does not send ICMPv6 for 2001:db8:ffff::/48"):
        path.leads_into(lab, pc1, ROUTER, ["2001:db8:ffff::/48"], six_in_four)


@isolated
def test_what_goes_round_is_found_and_what_is_dropped_is_not():
    stage = ready(20)
    lab = stage.lab
    nowhere = loops.unused(lab, stage.plan["agency.prefix"])
    senders = [(lab.node("app"), ROUTER)]
    loops.nothing_circles(lab, senders, nowhere, by="M1")
    stage.set("pc1", "net/ipv6/conf/all/forwarding", 1)
    stage.route(ROUTER, str(nowhere[1]), stage.plan["staff.network"] + "11")
    with pytest.raises(Failed, match=r"which nobody has, crossed staff \d+ times"):
        loops.nothing_circles(lab, senders, nowhere, by="M1")
    with pytest.raises(Blocked) as caught:
        loops.nothing_circles(lab, [(lab.node("app"), "pc2")], nowhere, by="M7")
    assert caught.value.by == "M7"


@isolated
def test_what_does_not_fit_is_told():
    stage = ready(20)
    lab, plan = stage.lab, stage.plan
    app = lab.node("app")
    narrow(stage, 1400)
    with lab.link("staff").fresh_host(plan["staff.prefix"], plan["staff.router"]) as host:
        sizes.carries_up_to(lab, host, app, plan["app.address"], 1400)
        sizes.takes_what_it_says(lab, host, app, plan["app.address"], 1280, 1480)
        lab.record = Record(time.monotonic() + 3)
        with pytest.raises(Failed, match=r"there should be room|no packet|may have"):
            sizes.carries_up_to(lab, host, app, plan["app.address"], 1420)
        lab.record = Record(time.monotonic() + 3)
        with pytest.raises(Failed, match="takes between 1450 and 1480"):
            sizes.takes_what_it_says(lab, host, app, plan["app.address"], 1450, 1480)


@isolated
def test_an_end_that_takes_packets_from_anybody():
    stage = ready(30)
    lab, plan = stage.lab, stage.plan
    peer, address = plan["pc1.address4"], plan["staff.router4"]
    end = tunnels.End.of(ROUTER, address, peer, "pc1", "app")
    inside = tunnels.Inside.of("2001:db8:ffff::1", plan["app.address"])
    with decapsulating(stage, ROUTER, peer):
        tunnels.closed_to_strangers(lab, end, [inside], by="M1")
        tunnels.hears_all_of_them(lab, end, [inside])
        with pytest.raises(Failed, match="hq-core delivers to app a packet out of the tunnel"):
            tunnels.speaks_only_for(lab, end, ["2001:db8:ffff::/48"], inside, by="M1")
    with (
        decapsulating(stage, ROUTER, None),
        pytest.raises(Failed, match="hq-core unpacks what a stranger"),
    ):
        tunnels.closed_to_strangers(lab, end, [inside], by="M1")
    lab.record = Record(time.monotonic() + 2)
    with pytest.raises(Blocked):
        tunnels.closed_to_strangers(lab, end, [inside], by="M1")


@isolated
def test_what_was_typed_for_a_while_is_told():
    stage = ready()
    lasting.nothing_typed_expires(stage.lab, "pc1", "app", ROUTER)
    with Netlink(stage.namespace("app")) as netlink:
        index = netlink.link("eth0").index
        netlink.send([add_address(index, "2001:db8::7/64", valid=120, preferred=120)])
    with pytest.raises(Failed, match=r"app loses 2001:db8::7 in 1[12]\d s"):
        lasting.nothing_typed_expires(stage.lab, "pc1", "app")

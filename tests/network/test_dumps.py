"""What netlink says is what iproute2 says."""

import errno
import json
import shutil
import subprocess

import pytest

from ipv6lab.network.netlink import (
    End,
    Netlink,
    NetlinkError,
    add_address,
    add_neighbour,
    add_route,
    bridge,
    delete_address,
    delete_link,
    delete_neighbour,
    delete_route,
    limit_rate,
    set_link,
    veth,
)

pytestmark = [
    pytest.mark.isolated,
    pytest.mark.skipif(not shutil.which("ip"), reason="iproute2 is not installed"),
]


def ip(*words):
    done = subprocess.run(["ip", "-j", *words], capture_output=True, text=True, check=True)
    return [one for one in json.loads(done.stdout or "[]") if one]


def both(ours, *theirs):
    """What we see and what `ip` sees, of a moment in which DAD changed nothing."""
    while True:
        before = ours()
        seen = ip(*theirs)
        if ours() == before:
            return before, seen


def furnished():
    """A namespace with a bit of everything."""
    netlink = Netlink()
    netlink.send(
        [
            set_link("lo", up=True),
            bridge("lan", mac="02:00:00:00:00:0a", index=10),
            veth(
                End("left", mac="02:00:00:00:00:01", mtu=1400, index=11, master=10),
                End("right", mac="02:00:00:00:00:02", index=13),
            ),
            set_link("right", up=True),
            add_address(13, "2001:db8:1::1/64", nodad=True),
            add_address(13, "2001:db8:1::2/64", valid=3600, preferred=0),
            add_address(13, "2001:db8:2::1/128", nodad=True, noprefixroute=True),
            add_address(13, "192.0.2.1/25"),
            add_address(13, "192.0.2.2/25"),
            add_route("::/0", gateway="fe80::1", index=13, metric=50),
            add_route("2001:db8:9::/48", gateway="2001:db8:1::9", mtu=1300),
            add_route("2001:db8:8::/48", gateway="2001:db8:1::9", table=1000),
            add_route("0.0.0.0/0", gateway="192.0.2.126"),
            add_route("198.51.100.0/24", index=13, source="192.0.2.2", metric=7),
            add_neighbour(13, "2001:db8:1::9", "02:00:00:00:00:09"),
            add_neighbour(13, "192.0.2.126", "02:00:00:00:00:7e"),
        ]
    )
    return netlink


def test_links():
    netlink = furnished()
    names = netlink.names()
    ours, theirs = both(netlink.links, "-d", "link", "show")
    assert [link.name for link in ours] == [one["ifname"] for one in theirs]
    for link, one in zip(ours, theirs, strict=True):
        assert link.index == one["ifindex"]
        assert link.mac == one["address"]
        assert link.mtu == one["mtu"]
        assert link.state == one["operstate"]
        assert link.up == ("UP" in one["flags"])
        assert link.carrier == ("NO-CARRIER" not in one["flags"])
        assert link.kind == one.get("linkinfo", {}).get("info_kind", "")
        assert (names[link.master] if link.master else None) == one.get("master")
    assert netlink.link("left").peer == netlink.link("right").index
    assert netlink.link(13).name == "right"


def test_addresses():
    netlink = furnished()
    addresses, links = both(netlink.addresses, "address", "show")
    ours = {(one.interface, str(one.with_prefix)): one for one in addresses}
    theirs = {
        (link["ifname"], f"{one['local']}/{one['prefixlen']}"): one
        for link in links
        for one in link["addr_info"]
    }
    assert ours.keys() == theirs.keys()
    forever = 2**32 - 1
    for key, one in theirs.items():
        address = ours[key]
        assert address.scope == one["scope"]
        assert (address.valid or forever) == one["valid_life_time"]
        assert (address.preferred is None) == (one["preferred_life_time"] == forever)
        for flag in ("tentative", "deprecated", "temporary", "mngtmpaddr", "nodad", "dadfailed"):
            assert getattr(address, flag) == one.get(flag, False), (key, flag)
        assert address.permanent == (not one.get("dynamic", False))
    assert {str(a.address) for a in netlink.addresses(interface="right", family=4)} == {
        "192.0.2.1",
        "192.0.2.2",
    }


TABLES = {"main": 254, "local": 255}


def in_our_words(family, one):
    """A route as `ip -d -j route` gives it, as a tuple of our names."""
    default, length = {4: ("0.0.0.0/0", "/32"), 6: ("::/0", "/128")}[family]
    destination = default if one["dst"] == "default" else one["dst"]
    table = one.get("table", "main")
    return (
        destination if "/" in destination else destination + length,
        one["type"],
        one["protocol"],
        TABLES.get(table) or int(table),
        one["scope"],
        one.get("metric", 0),
        one.get("gateway", "None"),
        one["dev"],
        one.get("prefsrc", "None"),
        one.get("pref"),
    )


@pytest.mark.parametrize("family", [4, 6])
def test_routes(family):
    netlink = furnished()
    words = (f"-{family}", "-d", "route", "show", "table", "all")
    routes, seen = both(lambda: netlink.routes(family, table=None), *words)
    theirs = [in_our_words(family, one) for one in seen]
    ours = [
        (
            str(r.destination),
            r.kind,
            r.protocol,
            r.table,
            r.scope,
            r.metric,
            str(r.gateway),
            r.interface,
            str(r.source),
            r.preference,
        )
        for r in routes
    ]
    assert ours == theirs
    assert len(ours) > 5
    assert {route.table for route in netlink.routes()} == {254}
    assert {route.mtu for route in netlink.routes(6)} == {None, 1300}


def test_a_route_through_several_gateways():
    netlink = furnished()
    subprocess.run(
        "ip -6 route add 2001:db8:7::/48 nexthop via 2001:db8:1::7 weight 3 "
        "nexthop via 2001:db8:1::8",
        shell=True,
        check=True,
    )
    (route,) = [r for r in netlink.routes(6) if str(r.destination) == "2001:db8:7::/48"]
    assert {(str(hop.gateway), hop.weight) for hop in route.hops} == {
        ("2001:db8:1::7", 3),
        ("2001:db8:1::8", 1),
    }
    assert {hop.interface for hop in route.hops} == {"right"}


def test_neighbours():
    netlink = furnished()
    neighbours, seen = both(netlink.neighbours, "neigh", "show")
    ours = {(one.interface, str(one.address)): one for one in neighbours}
    theirs = {(one["dev"], one["dst"]): one for one in seen}
    assert ours.keys() == theirs.keys()
    assert len(ours) >= 2
    for key, one in theirs.items():
        assert ours[key].mac == one.get("lladdr")
        assert [ours[key].state] == one["state"]


def test_the_route_that_a_packet_takes():
    netlink = furnished()
    route = netlink.route_to("2001:db8:9::1")
    assert str(route.gateway) == "2001:db8:1::9"
    assert route.interface == "right"
    assert str(netlink.route_to("203.0.113.1", source="192.0.2.2").gateway) == "192.0.2.126"
    netlink.send([delete_route("::/0")])
    with pytest.raises(NetlinkError) as refusal:
        netlink.route_to("2001:db8:ffff::1")
    assert refusal.value.errno == errno.ENETUNREACH


def test_what_was_added_can_be_removed():
    netlink = furnished()
    netlink.send(
        [
            delete_neighbour(13, "2001:db8:1::9"),
            delete_route("2001:db8:9::/48"),
            delete_address(13, "2001:db8:1::1/64"),
            set_link("left", master=0, mac="02:00:00:00:00:aa", mtu=1280, up=False),
            delete_link("lan"),
        ]
    )
    left = netlink.link("left")
    assert (left.master, left.mac, left.mtu, left.up) == (None, "02:00:00:00:00:aa", 1280, False)
    assert "lan" not in netlink.names().values()
    assert "2001:db8:1::1" not in {str(one.address) for one in netlink.addresses()}


def test_a_refusal_names_what_was_asked_and_the_rest_of_the_batch_is_done():
    netlink = furnished()
    with pytest.raises(NetlinkError, match=r"adding the route to 2001:db8:9::/48") as refusal:
        netlink.send(
            [
                add_route("2001:db8:9::/48", gateway="2001:db8:1::9"),
                add_address(13, "2001:db8:5::1/64"),
            ]
        )
    assert refusal.value.errno == errno.EEXIST
    assert "2001:db8:5::1" in {str(one.address) for one in netlink.addresses()}
    with pytest.raises(NetlinkError) as refusal:
        netlink.link("nowhere")
    assert refusal.value.errno == errno.ENODEV


def test_the_kernel_explains_itself():
    with pytest.raises(NetlinkError) as refusal:
        furnished().send([add_route("2001:db8:6::/48", gateway="ff02::1", index=13)])
    assert refusal.value.reason
    assert refusal.value.reason in str(refusal.value)


def test_a_thousand_requests_in_one_go():
    netlink = furnished()
    prefixes = [f"2001:db8:a:{number:x}::/64" for number in range(1, 1001)]
    netlink.send(add_route(prefix, gateway="2001:db8:1::9") for prefix in prefixes)
    assert {str(route.destination) for route in netlink.routes(6)} >= set(prefixes)


@pytest.mark.skipif(not shutil.which("tc"), reason="tc is not installed")
def test_a_rate_limit_reads_as_it_was_set():
    netlink = furnished()
    netlink.send([limit_rate(11, rate=1_250_000, burst=65536, queue=125_000, smallest=256)])
    netlink.send([limit_rate(11, rate=2_500_000, burst=65536, queue=250_000, smallest=256)])
    shown = subprocess.run(
        ["tc", "-j", "qdisc", "show", "dev", "left"],
        capture_output=True,
        text=True,
        check=True,
    )
    (qdisc,) = json.loads(shown.stdout)
    assert qdisc["kind"] == "tbf"
    assert qdisc["options"]["rate"] == 2_500_000
    assert qdisc["options"]["burst"] == pytest.approx(65536, abs=8)  # the kernel counts ticks

"""What routers say and hosts take over, judged on a staff LAN of real namespaces."""

import time
from contextlib import contextmanager

import pytest

from ipv6lab.expect import advertisement as advertised
from ipv6lab.expect import hosts
from ipv6lab.network.netlink import Netlink
from ipv6lab.probes import Failed, Record
from ipv6lab.probes.acts.follow import follow
from tests.probes.stage import ROUTER, Stage, advertisement, isolated, prefix


def staff(stage, **options):
    return prefix(stage.plan["staff.network"], **options)


@contextmanager
def ready(*options, router=None, **fields):
    """A lab whose router says this, filmed, with time for one check."""
    stage = Stage()
    stage.settle()
    message = advertisement(*(options or (staff(stage),)), **fields)
    with stage.router(message, **(router or {})):
        stage.lab.record = Record(time.monotonic() + 60)
        yield stage


def says(stage, **wanted):
    advertised.says(
        stage.lab, "staff", ROUTER, prefix=f"{stage.plan['staff.network']}/64", **wanted
    )


@isolated
def test_what_is_right_is_right():
    with ready() as stage:
        says(stage)


@isolated
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"current_hop_limit": 2}, "hop limit of 2"),
        ({"retransmit": 60_000}, "wait 60 s"),
        ({"lifetime": 4}, "drop hq-core as a default router after 4 s"),
        ({"flags": 0x80}, "M flag is set"),
    ],
)
def test_what_hosts_are_told_to_use(fields, why):
    with ready(**fields) as stage, pytest.raises(Failed) as failed:
        says(stage)
    assert why in str(failed.value)


@isolated
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"preferred": 3}, "preferred for 3 s"),
        ({"valid": 3, "preferred": 3}, "preferred for 3 s"),
    ],
)
def test_lifetimes_outlast_the_gap(options, why):
    stage = Stage()
    stage.settle()
    with stage.router(advertisement(staff(stage, **options))):
        stage.lab.record = Record(time.monotonic() + 60)
        with pytest.raises(Failed) as failed:
            says(stage)
    assert why in str(failed.value)


@isolated
def test_a_short_lifetime_is_right_where_the_router_speaks_often():
    stage = Stage()
    stage.settle()
    message = advertisement(staff(stage, preferred=8), lifetime=8)
    with stage.filmed() as film, stage.router(message, interval=2.5):
        stage.lab.tape = film._tape
        stage.lab.record = Record(time.monotonic() + 60)
        says(stage)


@isolated
def test_a_second_prefix_is_seen_and_one_that_is_taken_back_is_none():
    stage = Stage()
    stage.settle()
    old = prefix("2001:db8:100:111::", valid=0, preferred=0)
    with stage.router(advertisement(staff(stage), old)):
        stage.lab.record = Record(time.monotonic() + 60)
        says(stage)
    with stage.router(advertisement(staff(stage), prefix("2001:db8:bad::", flags=0x80))):
        stage.lab.record = Record(time.monotonic() + 60)
        advertised._heard.clear()
        with pytest.raises(Failed, match="More than the prefix of staff"):
            says(stage)


@isolated
def test_what_follows_the_advertisements_and_what_does_not():
    stage = Stage()
    stage.settle()
    network, router = stage.plan["staff.network"], stage.plan["staff.router"]
    with stage.router(advertisement(staff(stage))):
        stage.lab.record = Record(time.monotonic() + 60)
        asked = stage.lab.node("pc1").solicit()
        built = asked.address(f"{network}/64")
        stage.address("pc1", "eth0", f"{network}77/64", valid=86400, preferred=14400, nodad=True)
        stage.route("pc1", "2000::/3", router)
        following = follow(asked.node, "staff", asked.heard)
        assert following.addresses == {built.address}
        (default,) = (one for one in asked.default_routes() if one.default)
        assert following.has(default)
        with pytest.raises(Failed, match="2000::/3 via hq-core on pc1 was set by hand"):
            hosts.learn_default_route(stage.lab, "pc1", router=ROUTER, link="staff")
        with pytest.raises(Failed, match=f"{network}77/64 on pc1 was not built"):
            hosts.have_no_addresses_by_hand(
                stage.lab, "pc1", prefix=f"{network}/64", link="staff", by="M3"
            )


@isolated
def test_what_a_node_was_told_for_a_moment_is_taken_back():
    stage = Stage()
    stage.settle()
    with stage.router(advertisement(staff(stage), lifetime=1800)):
        stage.lab.record = Record(time.monotonic() + 60)
        asked = stage.lab.node("pc1").solicit()
        asked.address(f"{stage.plan['staff.network']}/64")
        follow(asked.node, "staff", asked.heard)
        with Netlink(stage.namespace("pc1")) as netlink:
            (default,) = (one for one in netlink.routes(6) if one.default)
        assert default.expires is not None
        assert default.expires <= 1800

"""The checks of L04 on the staff LAN, with advertisements that no daemon would send.

Only what the course's own wrong answers cannot show; those are graded with real daemons.
"""

import json

import pytest

from ipv6lab.course import content
from ipv6lab.grading import load, run
from tests.probes.stage import ROUTER, Stage, advertisement, isolated, prefix, rdnss

FOLDER = content.find().exercises / "L04-slaac"


def graded(stage, *ids):
    """The results of checks (of all if none is named, else of these alone), by id."""
    checks = load(FOLDER)
    if ids:
        checks = [one for one in checks if one.id in ids]
    results = run(checks, stage.lab, lambda event: None)
    json.dumps(results)
    return {one["id"]: one for one in results}


def verdicts(results):
    return {
        name: one["verdict"] if one["verdict"] != "blocked" else f"blocked by {one['blocked_by']}"
        for name, one in results.items()
    }


def said(results, name):
    message = results[name]["message"]
    return message["text"].format(**message["values"]) if message else None


def staff(stage, **options):
    return prefix(stage.plan["staff.network"], **options)


def right(stage):
    return advertisement(staff(stage), rdnss(stage.plan["servers.dns"]))


def built(forward=True):
    stage = Stage()
    if forward:
        stage.forward()
    stage.settle()
    return stage


@isolated
def test_the_start_state_earns_and_shows_nothing():
    stage = built(forward=False)
    results = graded(stage)
    assert verdicts(results) == {
        "M1": "failed", "M2": "failed", "M3": "failed", "M4": "failed",
        "M5": "blocked by M3", "M6": "blocked by M3", "M7": "failed",
        "N1": "blocked by M2", "N2": "blocked by M3", "N3": "passed", "S1": "passed",
    }  # fmt: skip


@isolated
def test_an_answer_to_one_or_to_all_is_right():
    stage = built()
    for answer in ("one", "all"):
        with stage.router(right(stage), answer=answer):
            results = graded(stage)
        wrong = {
            name: said(results, name) for name in results if verdicts(results)[name] != "passed"
        }
        assert not wrong
        slow = {name for name, one in results.items() if one["seconds"] >= 8}
        # That an answer to all is none by chance shows only in several of them.
        assert slow <= ({"M2"} if answer == "all" else set())


@isolated
def test_lifetimes_without_end_are_right():
    stage = built()
    message = advertisement(staff(stage, valid=0xFFFFFFFF, preferred=0xFFFFFFFF), lifetime=9000)
    with stage.router(message):
        results = graded(stage, "M1", "M2", "M3", "M4", "N2")
    assert set(verdicts(results).values()) == {"passed"}, [said(results, one) for one in results]


@isolated
@pytest.mark.parametrize(
    ("options", "failed", "why"),
    [
        ({"flags": 0x80}, ["M1", "M3"], "A flag is not set"),
        ({"flags": 0x40}, ["M1"], "L flag is not set"),
        ({"valid": 3600, "preferred": 7200}, ["M1", "M3"], "preferred for 7200 s"),
        ({"preferred": 0}, ["M1", "M3"], "deprecated at once"),
        ({"valid": 0, "preferred": 0}, ["M1", "M3"], "deprecated at once"),
        ({"length": 65}, ["M1", "M3"], "/65"),
        ({"length": 48}, ["M1", "M3"], "/48"),
        ({"host": 1}, ["M1"], "beyond its prefix length"),
        ({"host": 1, "flags": 0xE0}, [], None),
    ],
)
def test_prefixes(options, failed, why):
    stage = built()
    host = options.pop("host", 0)
    address = stage.plan["staff.network"] + (str(host) if host else "")
    with stage.router(advertisement(prefix(address, **options))):
        results = graded(stage, "M1", "M3")
    assert [name for name, one in results.items() if one["verdict"] == "failed"] == failed
    assert not why or why in said(results, "M1")


@isolated
@pytest.mark.parametrize(
    ("fields", "router", "why"),
    [
        ({"flags": 0x80}, {}, "M flag"),
        ({"flags": 0x40}, {}, "O flag"),
        ({"lifetime": 0}, {}, "Router Lifetime is 0"),
        ({}, {"hop_limit": 64}, "hop limit is 64"),
    ],
)
def test_headers(fields, router, why):
    stage = built()
    with stage.router(advertisement(staff(stage), **fields), **router):
        results = graded(stage, "M1")
    assert why in said(results, "M1")


@isolated
def test_an_advertisement_that_only_claims_to_come_from_the_router():
    stage = built()
    router = stage.lab.node(ROUTER).link_locals("staff")[0]
    # pc2 takes the router's own address, and answers faster.
    stage.address("pc2", "eth0", f"{router}/64", nodad=True)
    with (
        stage.router(right(stage), delay=0.2),
        stage.router(right(stage), node="pc2", interface="eth0"),
    ):
        results = graded(stage, "M1")
    assert said(results, "M1") == "pc2 sends Router Advertisements on staff; it is no router."


@isolated
def test_a_router_that_never_answers_is_found_out():
    stage = built()
    with stage.router(right(stage), answer="none", interval=4.5):
        results = graded(stage, "M1", "M2", "M3", "M4")
    assert verdicts(results) == {"M1": "passed", "M2": "failed", "M3": "passed", "M4": "passed"}


@isolated
def test_a_router_that_comes_late_is_waited_for():
    stage = built()
    with stage.router(right(stage), delay=0.4, answer="all"):
        results = graded(stage)
    assert set(verdicts(results).values()) == {"passed"}, [said(results, one) for one in results]


@isolated
def test_an_address_dressed_up_as_built_is_found():
    stage = built()
    network = stage.plan["staff.network"]
    with stage.router(right(stage)):
        graded(stage, "M3")
        stage.address("pc2", "eth0", f"{network}99/64")
        dressed_up(stage, "pc1", f"{network}77/64")
        results = graded(stage, "M3", "N2")
        assert verdicts(results) == {"M3": "passed", "N2": "failed"}
        assert said(results, "N2") == f"{network}99/64 on pc2 was set by hand."
        undress(stage, "pc2", f"{network}99/64")
        results = graded(stage, "N2")
        assert said(results, "N2") == f"{network}77/64 on pc1 was not built from an advertisement."


@isolated
def test_addresses_and_routes_by_hand_earn_nothing():
    stage = built()
    network = stage.plan["staff.network"]
    for number, name in enumerate(("pc1", "pc2"), 11):
        dressed_up(stage, name, f"{network}{number}/64")
        stage.route(name, "::/0", stage.plan["staff.router"])
    results = graded(stage, "M3", "M4")
    assert verdicts(results) == {"M3": "failed", "M4": "failed"}
    with stage.router(advertisement(lifetime=0)):
        results = graded(stage, "M3", "M4")
    assert said(results, "M4") == f"A default route of pc1 was set by hand, via {ROUTER}."
    assert verdicts(results)["M3"] == "failed"


@isolated
def test_an_address_on_a_wrong_box_earns_nothing():
    stage = built(forward=False)
    stage.address(ROUTER, "srv", f"{stage.plan['app.address']}/128", nodad=True)
    with stage.router(right(stage)):
        results = graded(stage, "M3", "M4", "M5")
    assert said(results, "M5").startswith("hq-core answers for ")


@isolated
def test_a_packet_through_the_router_is_no_direct_one():
    stage = built()
    with stage.router(advertisement(staff(stage, flags=0x40))):
        results = graded(stage, "M3", "M6")
        # A redirect does not make it right.
        again = graded(stage, "M3", "M6")
    for each in (results, again):
        assert verdicts(each) == {"M3": "passed", "M6": "failed"}


@isolated
def test_nothing_is_left_of_the_grading():
    stage = built()
    with stage.router(right(stage)):
        graded(stage)
        before = traces(stage)
        graded(stage)
    assert traces(stage) == before


def traces(stage):
    """Interfaces of the fabric, and whom the nodes know by MAC address."""
    from ipv6lab.network.netlink import Netlink

    with Netlink(stage.namespace("fabric")) as netlink:
        links = sorted(one.name for one in netlink.links())
    known = {
        name: sorted({str(one.mac) for one in stage.lab.node(name).neighbours() if one.mac})
        for name in stage.lab.fabric.nodes
    }
    return links, known


def dressed_up(stage, node, address):
    """An address set by hand with every mark of one that an advertisement built."""
    from dataclasses import replace

    from ipv6lab.network.netlink import Netlink, add_address
    from ipv6lab.network.netlink import numbers as n
    from ipv6lab.network.netlink.codec import attribute, u32

    with Netlink(stage.namespace(node)) as netlink:
        index = netlink.link("eth0").index
        request = add_address(index, address, valid=86400, preferred=14400, nodad=True)
        body = request.body + u32(n.IFA_FLAGS, n.IFA_F_MANAGETEMPADDR | n.IFA_F_NODAD)
        body += attribute(n.IFA_PROTO, bytes([2]))
        netlink.send([replace(request, body=body)])


def undress(stage, node, address):
    from ipv6lab.network.netlink import Netlink, delete_address

    with Netlink(stage.namespace(node)) as netlink:
        netlink.send([delete_address(netlink.link("eth0").index, address)])

"""The whole network and its parts: one description, one plan, one picture."""

from __future__ import annotations

import sys
import types
from collections import Counter
from ipaddress import IPv6Network, ip_interface, ip_network
from typing import Any

import pytest

from ipv6lab.course import content, topologies
from ipv6lab.course.plan import addressing_plan
from ipv6lab.words.topology_texts import topology_class

COURSE = content.find()
FILES = topologies.whole_request(COURSE)["files"]
PLAN = addressing_plan(COURSE)
SLAAC = {"staff", "guest", "voip", "pilot", "br-staff", "br-guest"}


def names() -> list[str]:
    return list(module("agency").topos)


def module(name: str) -> types.ModuleType:
    loaded = types.ModuleType(name)
    exec(compile(FILES[name], f"{name}.py", "exec"), loaded.__dict__)
    return loaded


AGENCY = module("agency")
PARTS = [name for name in names() if name != "agency"]


def topology(name: str) -> Any:
    return topology_class(FILES, "agency", name)()


def described(name: str, plan: dict[str, str] = PLAN) -> dict[str, Any]:
    return topologies.describe(topology(name), None, plan, topologies.positions(COURSE))


def places(name: str) -> set[tuple[str, str, str]]:
    """Node, interface and link."""
    return {
        (node, interface, facts["link"])
        for node, told in described(name)["nodes"].items()
        for interface, facts in told["interfaces"].items()
        if facts["link"]
    }


def test_the_whole_network_has_all_its_nodes_and_every_link_its_name() -> None:
    told = described("agency")
    assert set(told["nodes"]) == {*AGENCY.ROUTERS, *AGENCY.MACHINES}
    assert len(told["nodes"]) >= 30
    assert set(told["links"]) == set(AGENCY.WIRING)
    assert places("agency") == {
        (*end.split("."), link) for link, ends in AGENCY.WIRING.items() for end in ends
    }


def test_an_interface_is_on_one_link() -> None:
    ends = Counter(end for ends in AGENCY.WIRING.values() for end in ends)
    assert [end for end, times in ends.items() if times > 1] == []


@pytest.mark.parametrize("name", PARTS)
def test_a_part_differs_from_the_whole_only_where_it_says_so(name: str) -> None:
    part = AGENCY.topos[name]
    said = {(*end.split("."), link) for link, ends in part.plugged.items() for end in ends}
    assert places(name) <= places("agency") | said
    assert set(described(name)["nodes"]) == set(part.only)
    # The exam's faults are of head office and branch both; a DMZ has its servers, a front, and
    # visitors of each family.
    most = {"exam": 13, "demilitarised": 9}.get(name, 8)
    assert len(part.only) == len(set(part.only)) <= most
    switches = topology("agency")
    for switch in topology(name).switches():
        if switch in switches.switches():
            assert topology(name).nodeInfo(switch) == switches.nodeInfo(switch)


@pytest.mark.parametrize("name", names())
def test_every_node_has_its_place_in_the_picture_and_leads_somewhere(name: str) -> None:
    told = described(name)
    assert set(told["positions"]) == set(told["nodes"])
    alone = len(told["nodes"]) == 1  # L01's desk: nothing that it could be linked to
    assert alone or all(
        any(facts["link"] for facts in node["interfaces"].values())
        for node in told["nodes"].values()
    )


def test_no_two_nodes_share_a_place() -> None:
    positions = topologies.positions(COURSE)
    assert len(set(positions.values())) == len(positions)
    everybody = {
        *AGENCY.ROUTERS,
        *AGENCY.MACHINES,
        *AGENCY.STAND_IN_ROUTERS,
        *AGENCY.STAND_IN_MACHINES,
    }
    assert set(positions) == everybody


def test_a_link_that_speaks_one_protocol_has_addresses_of_that_one_only() -> None:
    for name, version in (("tunnel", 4), ("six-only-core", 6)):
        told = described(name)
        wan = told["nodes"]["br-dn"]["interfaces"]["wan"]
        assert [ip_interface(one).version for one in wan["addresses"]] == [version]
        prefixes = told["links"]["ts-pe2--br-dn"]["prefixes"]
        assert [ip_network(one).version for one in prefixes] == [version]


@pytest.mark.parametrize("name", names())
def test_addresses_are_the_plan_s_on_their_link_and_given_once(name: str) -> None:
    told = described(name)
    given: list[str] = []
    for node in told["nodes"].values():
        for facts in node["interfaces"].values():
            given += facts["addresses"]
            if facts["link"]:
                prefixes = [ip_network(p) for p in told["links"][facts["link"]]["prefixes"]]
                assert all(ip_interface(a).network in prefixes for a in facts["addresses"])
    assert len(given) == len(set(given))


def test_in_the_whole_every_interface_has_an_address_of_each_family_it_should_have() -> None:
    lacking = []
    for name, node in described("agency")["nodes"].items():
        for facts in node["interfaces"].values():
            families = {ip_interface(address).version for address in facts["addresses"]}
            wanted = {4, 6}
            if name in ("v4only", "cli4") or (
                node["kind"] == "host" and facts["link"] in SLAAC and name != "printer"
            ):
                wanted = {4}
            if name == "cli6" or (facts["link"] is None and f"{name}.loopback4" not in PLAN):
                wanted = {6}
            if families != wanted:
                lacking.append((name, facts))
    assert lacking == []


def test_seats_1_to_40_have_40_plans_and_none_is_a_partner_s() -> None:
    plans = [addressing_plan(COURSE, seat) for seat in range(1, 41)]
    own = [IPv6Network(plan["agency.prefix"]) for plan in plans]
    assert len(set(own)) == 40
    others = {
        IPv6Network(value)
        for plan in plans
        for key, value in plan.items()
        if key in ("partner2.prefix", "partner3.prefix", "isp-a.prefix", "isp-b.prefix")
        or key in ("tslcd.prefix", "vnix.prefix", "vnnic.prefix", "internet.prefix")
        or key == "rapid.prefix"
    }
    assert len(others) == 9
    assert not any(mine.overlaps(other) for mine in own for other in others)
    # What a trainee types differs from what any neighbour types.
    for key in ("staff.prefix", "app.address", "hq-core.loopback", "hq-fw--hq-core.hq-core"):
        assert len({plan[key] for plan in plans}) == 40
    assert len({plan["isp-a.lent"] for plan in plans}) == 40


@pytest.mark.parametrize("seat", [1, 17, 40])
def test_a_seat_s_network_is_the_same_with_addresses_of_its_own(seat: int) -> None:
    model, own = described("agency"), described("agency", addressing_plan(COURSE, seat))
    assert model["links"].keys() == own["links"].keys()
    assert {
        (node, interface, facts["link"], len(facts["addresses"]))
        for node, told in model["nodes"].items()
        for interface, facts in told["interfaces"].items()
    } == {
        (node, interface, facts["link"], len(facts["addresses"]))
        for node, told in own["nodes"].items()
        for interface, facts in told["interfaces"].items()
    }
    text = str(own)
    assert "2001:db8:100:" not in text


def test_both_name_servers_have_the_same_zones() -> None:
    start = COURSE.topologies / "agency-start"
    for zone in ("agency.zone", "reverse.zone"):
        first = (start / "ns1/etc/nsd" / zone).read_text(encoding="utf-8")
        assert (start / "ns2/etc/bind" / zone).read_text(encoding="utf-8") == first


def test_a_topology_s_texts_do_not_stay_imported() -> None:
    files = {"base": "class Base: size = 1", "more": "from base import Base\ntopos = {'b': Base}"}
    assert topology_class(files, "more", "b").size == 1
    assert topology_class({**files, "base": "class Base: size = 2"}, "more", "b").size == 2
    assert "base" not in sys.modules
    assert topology_class(files, "more", "missing") is None

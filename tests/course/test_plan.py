"""The addressing plan: COURSE's values without a seat, and every seat's own place."""

from __future__ import annotations

import ipaddress
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipv6lab.course import content
from ipv6lab.course.content import Content
from ipv6lab.course.plan import DOCUMENTATION, DOCUMENTATION4, addressing_plan
from ipv6lab.course.seats import LAST_SEAT, seat_number
from ipv6lab.words.errors import LabError
from ipv6lab.words.plan_attributes import Plan

COURSE = content.find()
SEATS = st.integers(1, LAST_SEAT)
# Networks and machines of the plan that are not the agency's.
NETWORKS = {"outside", "transit", "vnix-lan", "offices"}
OTHERS = {*NETWORKS, "web-ext", "cli6", "vnnic", "ag2-br", "ag3-br"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agency.prefix", "2001:db8:100::/48"),
        ("agency.reverse", "0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa"),
        ("agency.domain", "coquanmau.gov.vn"),
        ("hq.prefix", "2001:db8:100::/52"),
        ("br-dn.prefix", "2001:db8:100:1000::/52"),
        ("delegated.prefix", "2001:db8:100:8000::/52"),
        ("staff.prefix", "2001:db8:100:110::/64"),
        ("staff.router", "2001:db8:100:110::1"),
        ("staff.router2", "2001:db8:100:110::2"),
        ("staff.prefix4", "198.18.10.0/24"),
        ("staff.router4", "198.18.10.1"),
        ("guest.prefix", "2001:db8:100:220::/64"),
        ("voip.prefix", "2001:db8:100:330::/64"),
        ("servers.prefix", "2001:db8:100:440::/64"),
        ("servers.dns", "2001:db8:100:440::53"),
        ("servers.dhcp", "2001:db8:100:440::547"),
        ("management.prefix", "2001:db8:100:550::/64"),
        ("pilot.prefix", "2001:db8:100:660::/64"),
        ("pilot.prefix4", "198.18.60.0/24"),
        ("dmz.prefix", "2001:db8:100:dd0::/64"),
        ("dmz.prefix4", "192.0.2.0/26"),
        ("branch-staff.prefix4", "198.19.10.0/24"),
        ("app.address", "2001:db8:100:440::80"),
        ("www.address", "2001:db8:100:dd0::80"),
        ("ns2.address", "2001:db8:100:1dd0::53"),
        ("hq-core.loopback", "2001:db8:100::3"),
        ("hq-br--hq-fw.prefix", "2001:db8:100:f1::/127"),
        ("hq-fw--hq-core.hq-core", "2001:db8:100:f2::1"),
        ("isp-a--hq-br.isp-a", "3fff:a:ffff:1::"),
        ("isp-a--hq-br.hq-br", "3fff:a:ffff:1::1"),
        ("isp-a.lent", "3fff:a:100::/48"),
        ("nat64.prefix", "2001:db8:100:f64::/96"),
        ("clat.prefix", "2001:db8:100:f65::/64"),
        ("anycast.dns", "2001:db8:100:f53::53"),
        ("partner2.prefix", "2001:db8:200::/48"),
        ("rapid.ce1", "3fff:10:102::/48"),
        ("rapid.ce2_router", "3fff:10:203:1::1"),
    ],
)
def test_without_a_seat_the_plan_is_the_model_agency_s(name: str, value: str) -> None:
    assert addressing_plan(COURSE)[name] == value


def test_seat_zero_is_no_seat() -> None:
    assert addressing_plan(COURSE, 0) == addressing_plan(COURSE)


def test_the_plan_is_read_as_attributes() -> None:
    plan = Plan(addressing_plan(COURSE, 0x2A))
    assert plan.staff.prefix == ipaddress.IPv6Network("2001:db8:102a:110::/64")
    assert plan.app.address == ipaddress.IPv6Address("2001:db8:102a:440::80")
    assert plan["app.address4"] == ipaddress.IPv4Address("198.18.40.80")
    assert plan.app.name == "app.coquanmau.gov.vn"
    assert "staff.prefix" in plan
    assert plan.srv.prefix == plan.servers.prefix


def test_what_a_seat_draws_is_asked_in_its_own_spelling() -> None:
    assert Plan({"draw.long": "2001:0db8::0001"}).draw.long == "2001:0db8::0001"


def test_every_seat_has_a_prefix_of_its_own_clear_of_everybody_else_s() -> None:
    plan = addressing_plan(COURSE)
    others = [
        ipaddress.IPv6Network(value)
        for name, value in plan.items()
        if name.endswith(".prefix") and value.endswith(("/48", "/32"))
    ]
    assert ipaddress.IPv6Network("2001:db8:200::/48") in others
    space = ipaddress.IPv6Network("2001:db8:1000::/36")
    seats = {
        ipaddress.IPv6Network((int(space.network_address) + (seat << 80), 48))
        for seat in range(1, LAST_SEAT + 1)
    }
    assert len(seats) == 4095
    assert all(seat.subnet_of(space) for seat in seats)
    assert not any(space.overlaps(other) for other in others)


@settings(max_examples=40)
@given(SEATS)
def test_a_seat_s_prefix_is_written_with_its_number(seat: int) -> None:
    assert addressing_plan(COURSE, seat)["agency.prefix"] == f"2001:db8:1{seat:03x}::/48"


@settings(max_examples=40)
@given(SEATS)
def test_all_of_a_seat_is_documentation_space_and_no_address_is_given_twice(seat: int) -> None:
    plan = addressing_plan(COURSE, seat)
    assert plan.keys() == addressing_plan(COURSE).keys()
    agency = ipaddress.IPv6Network(plan["agency.prefix"])
    for name, value in plan.items():
        field = name.rpartition(".")[2]
        if field in ("prefix", "zone_prefix", "lent"):
            network = ipaddress.IPv6Network(value)
            assert any(network.subnet_of(block) for block in DOCUMENTATION), name
        elif field == "prefix4":
            network4 = ipaddress.IPv4Network(value)
            assert any(network4.subnet_of(block) for block in DOCUMENTATION4), name
        elif field in ("address", "router", "loopback", "static", "servers"):
            address = ipaddress.IPv6Address(value)
            assert any(address in block for block in DOCUMENTATION), name
            assert (address in agency) == (name.partition(".")[0] not in OTHERS), name
    own = [value for name, value in plan.items() if name.endswith((".address", ".router"))]
    own4 = [value for name, value in plan.items() if name.endswith((".address4", ".router4"))]
    assert len(set(own)) == len(own)
    assert len(set(own4)) == len(own4)


@settings(max_examples=20)
@given(SEATS)
def test_the_networks_of_a_seat_are_64s_that_do_not_overlap(seat: int) -> None:
    plan = addressing_plan(COURSE, seat)
    networks = [
        ipaddress.IPv6Network(plan[name.replace(".router", ".prefix")])
        for name in plan
        if name.endswith(".router")
    ]
    assert {network.prefixlen for network in networks} == {64}
    assert not any(
        one.overlaps(other) for place, one in enumerate(networks) for other in networks[place + 1 :]
    )


@pytest.mark.parametrize("seat", ["-1", "4096", "twelve", ""])
def test_a_seat_that_there_is_not(seat: str) -> None:
    with pytest.raises(LabError, match=r"There is no seat .*: seats are numbered from 1 to 4095"):
        seat_number(seat)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'prefix = "3fff:a::/32"',
            'prefix = "3fff:1000::/32"',
            "holders.isp-a.prefix is 3fff:1000::/32, which is not reserved for documentation.",
        ),
        ('prefix = "3fff:a::/32"', 'prefix = "3fff:a::1/32"', "holders.isp-a.prefix is wrong: "),
        ("as_number = 64500", "as_number = 65000", "holders.isp-a.as_number is 65000, which"),
        ('zone = "guest"', 'zone = "gast"', "networks.guest.zone must be one of "),
        ("vlan = 0x20", "vlan = 0x200", "networks.guest.vlan must be a whole number from 0 to 255"),
        ("vlan = 0x20", "vlan = 0x2a", "networks.guest.prefix4 is missing, as neither"),
        ("vlan = 0x20", "vlann = 0x20", "networks.guest.vlan is missing."),
        ('host = "::80"', 'host = "::"', "machines.app.host is wrong: :: is no host part"),
        ('domain = "coq', 'domian = "coq', "agency.domain is missing."),
        ('seats = "2001:db8:1000::/36"', 'seats = "2001:db8::/32"', "must be a /36"),
        ('name = "Hà Nội"', 'name = "Hà Nội"\ncolour = 1', "locations.hq.colour is no key here."),
        ("[zones]", "[zones", "is not valid TOML: "),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    course = Content(tmp_path)
    shutil.copytree(COURSE.topologies, course.topologies)
    text = course.plan.read_text(encoding="utf-8")
    assert old in text
    course.plan.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LabError) as caught:
        addressing_plan(course, 1)
    assert str(course.plan) in str(caught.value)
    assert sentence in str(caught.value)


def test_a_partner_may_not_stand_in_a_seat_s_way(tmp_path: Path) -> None:
    course = Content(tmp_path)
    shutil.copytree(COURSE.topologies, course.topologies)
    text = course.plan.read_text(encoding="utf-8")
    course.plan.write_text(text.replace("2001:db8:200::/48", "2001:db8:1002::/48"))
    with pytest.raises(LabError, match="overlaps the agency's 2001:db8:1002::/48"):
        addressing_plan(course, 2)

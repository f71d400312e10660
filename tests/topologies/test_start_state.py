"""The whole agency in its start state: everybody reaches whom they should, by address and name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.course import content
from ipv6lab.course.building import agency_request
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import Unsupported
from tests.backends import no_lab
from tests.sandbox.support import run

pytestmark = pytest.mark.slow  # the whole agency, asked from many sides

SEAT = 7
REQUEST: dict[str, Any] = agency_request(content.find(), SEAT)
PLAN: dict[str, str] = REQUEST["plan"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    context = sandbox.throwaway()
    try:
        lab = context.__enter__()
    except Unsupported as error:
        no_lab(error)
    try:
        answer = lab.request("build", **REQUEST)
        assert [done for done in answer["commands"] if done["status"] or done["output"]] == []
        yield lab
    finally:
        context.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("cli6", "www.address"),
        ("cli6", "ns2.address"),
        ("cli4", "www.address4"),
        ("cli4", "ns2.address4"),
        ("hq-core", "br-dn.loopback"),
        ("br-pc1", "app.address4"),
        ("pc1", "v4only.address4"),
        ("nms", "ag2-br.loopback"),
        ("nms", "ag3-br.loopback4"),
        ("ag2-br", "ag3-br.loopback"),
        ("mx", "web-ext.address"),
        ("vnnic", "ns1.address"),
        ("dns-r", "ns1.address"),
        ("app", "www.address"),
        ("mx", "app.address"),
        ("app", "hq-fw.loopback"),
        ("app", "hq-br.loopback"),
        ("hq-core", "hq-br--hq-fw.hq-br4"),
    ],
)
def test_one_reaches_the_other(lab: Lab, source: str, target: str) -> None:
    ran = run(lab, source, "ping", "-c1", "-W3", PLAN[target])
    assert ran.status == 0, ran.out


def test_no_partner_has_a_way_through_us_to_the_internet(lab: Lab) -> None:
    assert run(lab, "ag2-br", "ip", "-6", "route", "get", PLAN["web-ext.address"]).status != 0


def test_a_packet_to_a_network_that_is_not_there_does_not_circle(lab: Lab) -> None:
    nowhere = PLAN["hq.prefix"].replace("::/52", ":999::1")
    ran = run(lab, "nms", "ping", "-c1", "-W3", nowhere)
    assert "No route" in ran.out
    assert "Time exceeded" not in ran.out


@pytest.mark.parametrize(
    ("client", "server", "question", "answer"),
    [
        ("nms", "servers.dns", ["www.name", "AAAA"], "www.address"),
        ("nms", "servers.dns4", ["mx.name", "A"], "mx.address4"),
        ("cli6", "ns1.address", ["ns2.name", "AAAA"], "ns2.address"),
        ("cli4", "ns2.address4", ["www.name", "A"], "www.address4"),
    ],
)
def test_names_are_answered(
    lab: Lab, client: str, server: str, question: list[str], answer: str
) -> None:
    name, kind = question
    ran = run(lab, client, "dig", "+short", f"@{PLAN[server]}", PLAN[name], kind)
    assert ran.out.split() == [PLAN[answer]]


@pytest.mark.parametrize("server", ["ns1.address", "ns1.address4", "ns2.address", "ns2.address4"])
def test_the_resolver_reaches_every_name_server(lab: Lab, server: str) -> None:
    question = ["+norecurse", "+short", f"@{PLAN[server]}", "-x", PLAN["www.address"]]
    assert run(lab, "dns-r", "dig", *question).out.split() == [PLAN["www.name"] + "."]


def test_addresses_have_names_from_the_root_on(lab: Lab) -> None:
    ran = run(lab, "nms", "dig", "+short", f"@{PLAN['servers.dns']}", "-x", PLAN["www.address"])
    assert ran.out.split() == [PLAN["www.name"] + "."]


@pytest.mark.parametrize(
    ("client", "url", "title"),
    [
        ("cli6", "http://[{www.address}]/", "agency.name"),
        ("cli4", "http://{www.address4}/", "agency.name"),
        ("nms", "http://[{app.address}]/", "app.name"),
        ("pc1", "http://{v4only.address4}/", "v4only.name"),
    ],
)
def test_pages_are_served(lab: Lab, client: str, url: str, title: str) -> None:
    for name, value in PLAN.items():
        url = url.replace(f"{{{name}}}", value)
    ran = run(lab, client, "curl", "-s", "-m", "5", url)
    assert f"<h1>{PLAN[title]}</h1>" in ran.out


@pytest.mark.parametrize(
    ("computer", "network"), [("pc1", "staff"), ("gst1", "guest"), ("br-pc2", "branch-guest")]
)
def test_computers_get_their_addresses_from_advertisements(
    lab: Lab, computer: str, network: str
) -> None:
    wanted = PLAN[f"{network}.network"].removesuffix(":")  # up to the identifier
    # The monitor's own lines wake the loop; a second without any looks again.
    script = (
        "shown() { ip -6 address show dev eth0 scope global -tentative | grep -q $1; };"
        " ip -6 -o monitor address | while ! shown $1; do read -r -t 1; done"
    )
    ran = run(lab, computer, "timeout", "10", "bash", "-c", script, "wait", wanted)
    assert ran.status == 0, run(lab, computer, "ip", "-6", "address").out

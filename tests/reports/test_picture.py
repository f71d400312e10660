"""The picture shows everything, legibly, and is the same every time."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipv6lab.reports import in_words, svg
from ipv6lab.reports.layout import layout
from ipv6lab.reports.picture import LIGHT, figure, measure, picture
from ipv6lab.reports.topology import Topology

NETWORKS = ("l04", "twelve", "thirty")


def texts(topology: Mapping[str, Any], **options: Any) -> dict[tuple[str, int], Any]:
    """Every text of the drawn picture with the rectangle it covers, in pixels."""
    drawn = figure(topology, LIGHT, options.get("states", {}), options.get("title", ""))
    renderer = drawn.canvas.get_renderer()  # type: ignore[attr-defined]
    (axes,) = drawn.axes
    return {
        (one.get_text(), number): one.get_window_extent(renderer)
        for number, one in enumerate(axes.texts)
        if one.get_text()
    }


def assert_legible(topology: Mapping[str, Any], **options: Any) -> None:
    covered = texts(topology, **options)
    for (first, one), (second, other) in itertools.combinations(covered.items(), 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        down = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 0 or down <= 0.15 * one.height, f"{first} lies on {second}"


def assert_no_wire_crosses_a_text(topology: Mapping[str, Any]) -> None:
    network = Topology.from_json(topology)
    found = layout(network, measure)
    labels = [
        (port.x + 5, port.label_y, port.x + port.width, port.label_y + 10.5 * len(port.label))
        for box in found.boxes.values()
        for port in box.ports
        if port.label
    ]
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in found.boxes.values()]
    for wire in found.wires:
        for (x1, y1), (x2, y2) in itertools.pairwise(wire):
            for left, top, right, bottom in (*labels, *boxes):
                crosses = (
                    min(x1, x2) < right - 0.1
                    and max(x1, x2) > left + 0.1
                    and min(y1, y2) < bottom - 0.1
                    and max(y1, y2) > top + 0.1
                )
                assert not crosses, wire


@pytest.mark.parametrize("name", NETWORKS)
def test_no_text_lies_on_another(samples: ModuleType, name: str) -> None:
    topology = getattr(samples, name)()
    states = {node: "passed" for node in (*topology["nodes"], *topology["links"])}
    assert_legible(topology)
    assert_legible(topology, states=states, title="L04 · Tự động cấu hình địa chỉ phi trạng thái")
    assert_no_wire_crosses_a_text(topology)


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """Networks of any form: rings, several components, nodes without a link."""
    links = {
        f"lan{number}": {"bridge": f"lan{number}", "prefixes": [f"2001:db8:{number}::/64"]}
        for number in range(draw(st.integers(0, 5)))
    }
    nodes: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 9))):
        joined = draw(st.lists(st.sampled_from(sorted(links)), max_size=3)) if links else []
        nodes[f"n{number}"] = {
            "kind": draw(st.sampled_from(("host", "router", "switch"))),
            "interfaces": {
                f"eth{index}": {
                    "link": link,
                    "addresses": [f"2001:db8:{link[3:]}::{number:x}{index}/64"]
                    * draw(st.integers(0, 2)),
                }
                for index, link in enumerate(joined)
            },
        }
    for first, second in draw(
        st.lists(st.tuples(*[st.sampled_from(sorted(nodes))] * 2), max_size=4)
    ):
        name = f"{first}--{second}"
        if first != second and name not in links:
            links[name] = {"bridge": None, "prefixes": []}
            nodes[first]["interfaces"][f"to-{second}"] = {"link": name}
            nodes[second]["interfaces"][f"to-{first}"] = {"link": name}
    return {"nodes": nodes, "links": links}


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(topology=networks())
def test_no_network_makes_anything_overlap(topology: dict[str, Any]) -> None:
    network = Topology.from_json(topology)
    found = layout(network, measure)
    assert set(found.boxes) == set(topology["nodes"])
    solid = [(b.x, b.y, b.width, b.height) for b in found.boxes.values()]
    solid += [(b.x, b.y, b.width, b.height) for b in found.bars.values()]
    solid += [
        (port.x, port.label_y, port.width, 10.5 * len(port.label))
        for box in found.boxes.values()
        for port in box.ports
        if port.label
    ]
    for one, other in itertools.combinations(solid, 2):
        across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
        down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
        assert across <= 0.01 or down <= 0.01, (one, other)
    for x, y, width, height in solid:
        assert x >= 0
        assert y >= 0
        assert x + width <= found.width
        assert y + height <= found.height
    assert_no_wire_crosses_a_text(topology)


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_is_in_the_picture(samples: ModuleType, name: str) -> None:
    topology = getattr(samples, name)()
    shown = " ".join(word for word, _number in texts(topology))
    for node, described in topology["nodes"].items():
        assert node in shown
        for interface, details in described["interfaces"].items():
            assert interface in shown
            for address in details["addresses"]:
                assert address in shown


def test_positions_are_followed(samples: ModuleType) -> None:
    topology = samples.l04()
    topology["positions"] = {"hq-core": [1, 1], "pc1": [0, 0], "pc2": [1, 0], "app": [1, 2]}
    found = layout(Topology.from_json(topology), measure)
    assert found.boxes["pc1"].y == found.boxes["pc2"].y < found.boxes["hq-core"].y
    assert found.boxes["hq-core"].y < found.boxes["app"].y
    assert found.boxes["pc1"].x < found.boxes["pc2"].x
    assert_legible(topology)


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_the_same_network_gives_the_same_octets(samples: ModuleType, form: str) -> None:
    first, second = io.BytesIO(), io.BytesIO()
    picture(samples.l04(), first, form, title="Mạng")
    picture(samples.l04(), second, form, title="Mạng")
    assert first.getvalue() == second.getvalue()
    assert len(first.getvalue()) > 1000


def test_dark_is_another_picture(samples: ModuleType) -> None:
    light, dark = io.BytesIO(), io.BytesIO()
    picture(samples.l04(), light)
    picture(samples.l04(), dark, dark=True)
    assert light.getvalue() != dark.getvalue()


def test_one_drawing_serves_light_and_dark(samples: ModuleType) -> None:
    drawing = svg.inline(samples.l04(), str)
    assert "#" not in drawing.replace("url(#", "").replace('href="#', "")
    assert "var(--net-ink)" in drawing
    assert "<style" not in drawing
    whole = ElementTree.fromstring(svg.standalone(samples.l04(), str))
    (style,) = whole.iter("{http://www.w3.org/2000/svg}style")
    assert "prefers-color-scheme:dark" in (style.text or "")


def test_the_drawing_says_what_it_shows(samples: ModuleType) -> None:
    root = ElementTree.fromstring(svg.inline(samples.l04(), str))
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root.iter()}
    named = (root.get("aria-labelledby") or "").split()
    assert ids[named[0]] == "The network"
    assert "Link staff joins hq-core, pc1, pc2." in (ids[named[1]] or "")


def test_names_cannot_leave_the_drawing() -> None:
    name = '</text><script>alert("1")</script>-->$\\frac{1}{2}$'
    topology = {"nodes": {name: {"kind": "host", "interfaces": {}}}, "links": {}}
    root = ElementTree.fromstring(svg.inline(topology, str))
    assert not [element for element in root.iter() if "script" in element.tag]
    assert name in {element.text for element in root.iter()}


def test_the_network_in_words(samples: ModuleType) -> None:
    told = in_words.lines(samples.l04(), str)
    assert told[:4] == [
        "Nodes",
        "  hq-core: router (yours)",
        "    staff on link staff: 2001:db8:100:110::1/64, fe80::1/64, 198.18.10.1/24",
        "    srv on link srv: 2001:db8:100:440::1/64, 198.18.40.1/24",
    ]
    srv = "  srv 2001:db8:100:440::/64, 198.18.40.0/24: hq-core (srv), app (eth0)"
    assert told[told.index(srv) + 1] == "    IPv4 and IPv6"


def _families() -> dict[str, Any]:
    """Links with both families, with one of them each, and with link-local addresses alone."""
    ends = {
        "both": ["2001:db8:1::1/64", "192.0.2.1/24"],
        "six": ["2001:db8:2::1/64 deprecated", "fe80::1/64"],
        "four": ["198.51.100.1/24", "fe80::1/64"],
        "none": ["fe80::1/64", "169.254.0.1/16"],
    }
    interfaces = {name: {"link": name, "addresses": given} for name, given in ends.items()}
    pc = {"eth0": {"link": "both", "addresses": ["2001:db8:1::2/64"]}}
    return {
        "nodes": {
            "gw": {"kind": "router", "interfaces": interfaces},
            "pc": {"kind": "host", "interfaces": pc},
        },
        "links": {name: {} for name in ends},
    }


def test_each_link_says_which_family_lives_there() -> None:
    network = Topology.from_json(_families())
    told = in_words.lines(network, str)
    links = told[told.index("Links") + 1 :]
    after = {line.split()[0].rstrip(":"): links[at + 1 :] for at, line in enumerate(links)}
    assert after["both"][:2] == ["    IPv4 and IPv6", "    without IPv4: pc"]
    assert after["six"][0] == "    IPv6 only"
    assert after["four"][0] == "    IPv4 only"
    assert after["none"][0] == "    neither IPv4 nor IPv6"
    drawn = " ".join(text for text, _number in texts(network))
    assert drawn.count("IPv6 + IPv4") == 1
    assert drawn.count("IPv6") == 2
    assert drawn.count("IPv4") == 2
    assert_legible(network)
    root = ElementTree.fromstring(svg.inline(network, str))
    (described,) = (one.text for one in root if one.tag.endswith("desc"))
    assert "four: IPv4 only." in str(described)
    four = sum("var(--net-four-edge)" in (one.get("style") or "") for one in root.iter())
    assert four == 2  # the line below the one, the edge of the other


def test_a_network_of_one_family_says_nothing_of_it() -> None:
    topology = _families()
    for node in topology["nodes"].values():
        for interface in node["interfaces"].values():
            interface["addresses"] = [one for one in interface["addresses"] if ":" in one]
    told = "\n".join(in_words.lines(topology, str))
    assert "only" not in told
    assert not any("IPv" in text for text, _number in texts(topology))


def test_switches_that_are_joined_are_drawn_joined() -> None:
    topology = {
        "nodes": {
            "h1": {"kind": "host", "interfaces": {"eth0": {"link": "s1"}}},
            "h2": {"kind": "host", "interfaces": {"eth0": {"link": "s2"}}},
        },
        "links": {
            "s1": {"bridge": "s1", "ports": {"s1-1": ["h1", "eth0"], "s1-2": ["s2", "s2-1"]}},
            "s2": {"bridge": "s2", "ports": {"s2-1": ["s1", "s1-2"], "s2-2": ["h2", "eth0"]}},
        },
    }
    network = Topology.from_json(topology)
    (trunk,) = set(network.nodes) - {"h1", "h2"}
    assert trunk == "s1 – s2"
    assert [(i.name, i.link) for i in network.nodes[trunk].interfaces] == [
        ("s1-2", "s1"),
        ("s2-1", "s2"),
    ]
    assert_legible(topology)


def test_an_empty_network_is_a_picture_too() -> None:
    buffer = io.BytesIO()
    picture({"nodes": {}, "links": {}}, buffer)
    assert b"<svg" in buffer.getvalue()

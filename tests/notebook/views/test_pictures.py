"""What views say and draw, without a browser: the words, the drawing, what a notebook keeps."""

from __future__ import annotations

import copy
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from ipv6lab.course import progress
from ipv6lab.course.badges import load_badges
from ipv6lab.course.place import Place
from ipv6lab.course.progress import Achieved
from ipv6lab.course.speech import Speech
from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views import checks, network, node_tables, paged_ladder, plots, widget
from ipv6lab.notebook.views.drawing import Cut, drawn
from ipv6lab.notebook.views.news import news
from ipv6lab.reports.pcap import Record
from ipv6lab.reports.topology import Topology
from ipv6lab.words.errors import LabError
from tests.ladder.frames import ADDRESSES, FRAMES, NETWORK, octets

SAID = Speech("en")


def interface(*addresses: str, up: bool = True, flags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "mac": "02:00:00:00:00:01",
        "up": up,
        "carrier": up,
        "mtu": 1500,
        "loopback": False,
        "addresses": [
            {
                "address": address,
                "scope": "link" if address.startswith("fe80") else "global",
                "flags": list(flags),
            }
            for address in addresses
        ],
    }


def node(**interfaces: dict[str, Any]) -> dict[str, Any]:
    return {"interfaces": interfaces, "routes": [], "neighbours": []}


def told(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [str(message) for message in news(before, now)]


# What is new


def test_an_address_is_told_with_its_duplicate_address_detection() -> None:
    empty = {"pc1": node(eth0=interface())}
    tentative = {"pc1": node(eth0=interface("2001:db8::1/64", flags=("tentative",)))}
    usable = {"pc1": node(eth0=interface("2001:db8::1/64"))}
    duplicate = {"pc1": node(eth0=interface("2001:db8::1/64", flags=("dadfailed",)))}
    assert told(empty, tentative) == ["pc1 eth0: 2001:db8::1/64 is new, DAD under way"]
    assert told(tentative, usable) == ["pc1 eth0: 2001:db8::1/64 can be used"]
    assert told(tentative, duplicate)[0].startswith("pc1 eth0: 2001:db8::1/64 is somebody else's")
    assert told(usable, empty) == ["pc1 eth0: 2001:db8::1/64 is gone"]
    assert told(usable, copy.deepcopy(usable)) == []


def test_links_and_default_routes_are_told() -> None:
    up, down = {"pc1": node(eth0=interface())}, {"pc1": node(eth0=interface(up=False))}
    assert told(up, down) == ["pc1: the link at eth0 is down"]
    assert told(down, up) == ["pc1: the link at eth0 is up"]
    routed = copy.deepcopy(up)
    routed["pc1"]["routes"] = [
        {"destination": "::/0", "hops": [{"via": "fe80::1", "interface": "eth0"}]}
    ]
    assert told(up, routed) == ["pc1: a default route by way of fe80::1"]
    assert told(routed, up) == ["pc1: no default route by way of fe80::1 any more"]


def test_a_node_that_is_new_is_no_news() -> None:
    assert told({}, {"pc1": node(eth0=interface("2001:db8::1/64"))}) == []


# The network


def description() -> dict[str, Any]:
    return Place.of("L04", 5).description()


def test_a_node_shows_what_it_has_and_not_what_was_planned() -> None:
    state = {
        "pc1": node(eth0=interface("fe80::1/64", "2001:db8::7/64"), sit1=interface("fe80::2/64"))
    }
    shown = network.with_state(description(), state, SAID)["nodes"]
    assert shown["pc1"]["interfaces"]["eth0"]["addresses"] == ["2001:db8::7/64"]
    assert shown["pc1"]["interfaces"]["eth0"]["link"] == "staff"
    assert shown["pc1"]["interfaces"]["sit1"] == {"link": None, "addresses": ["fe80::2/64"]}
    assert shown["pc2"] == description()["nodes"]["pc2"]


def test_two_ends_that_name_each_other_are_a_tunnel() -> None:
    def end(address: str, local: str, remote: str) -> dict[str, Any]:
        return node(wan=interface(address), tun=interface() | {"tunnel": [local, remote]})

    a, b, c = "192.0.2.1", "192.0.2.2", "192.0.2.3"
    whole = {"r1": end(f"{a}/24", a, b), "r2": end(f"{b}/24", "0.0.0.0", a)}
    assert network.tunnels(whole) == [[["r1", "tun"], ["r2", "tun"]]]
    assert network.with_state(description(), whole, SAID)["tunnels"] == network.tunnels(whole)
    elsewhere = {**whole, "r2": end(f"{b}/24", b, c)}
    assert network.tunnels(elsewhere) == []
    unbound = {**whole, "r2": end(f"{c}/24", "0.0.0.0", a)}
    assert network.tunnels(unbound) == []
    assert network.tunnels({"r1": node(sit0=interface() | {"tunnel": ["0.0.0.0"] * 2})}) == []


def test_an_end_without_a_remote_one_is_joined_to_the_relay_that_its_routes_name() -> None:
    def end(local: str, relay: str | None = None) -> dict[str, Any]:
        state = node(wan=interface(f"{local}/16"), rd=interface() | {"tunnel": [local, "0.0.0.0"]})
        if relay:
            hop = {"via": relay, "interface": "rd"}
            state["routes"] = [{"destination": "::/0", "hops": [hop]}]
        return state

    customers = {"ce1": end("100.64.1.2", "::100.64.0.1"), "ce2": end("100.64.2.3", "::6440:1")}
    relay = {"br": end("100.64.0.1")}
    joined = [[["ce1", "rd"], ["br", "rd"]], [["ce2", "rd"], ["br", "rd"]]]
    assert network.tunnels(customers | relay) == joined
    assert network.tunnels(relay | customers) == [[other, one] for one, other in joined]
    assert network.tunnels({"ce1": end("100.64.1.2"), "br": end("100.64.0.1", "fe80::1")}) == []


def test_a_node_without_its_interface_keeps_its_place() -> None:
    shown = network.with_state(description(), {"pc1": node()}, SAID)["nodes"]["pc1"]
    assert shown["interfaces"]["eth0"] == {"link": "staff", "addresses": []}


def test_a_state_is_said_beside_the_address() -> None:
    state = {"pc1": node(eth0=interface("2001:db8::7/64", flags=("dadfailed",)))}
    shown = network.with_state(description(), state, SAID)["nodes"]["pc1"]["interfaces"]["eth0"]
    assert shown["addresses"] == ["2001:db8::7/64 ✘ duplicate"]


def test_the_drawing_leads_to_nodes_and_shows_where_a_link_is_down() -> None:
    topology = Topology.from_json(description())
    html = drawn(topology, str, "net-1", {"pc1": "failed"}, [Cut("pc1", "eth0")], ["pc1", "app"])
    root = ElementTree.fromstring(html)
    svg = "{http://www.w3.org/2000/svg}"
    links = {one.get("href"): one.get("aria-label") for one in root.iter(f"{svg}a")}
    assert links == {"#net-1-pc1": "pc1: what it has", "#net-1-app": "app: what it has"}
    assert root.get("role") == "group"  # an image has nothing to choose in it
    assert root.get("aria-labelledby") == "net-1-title net-1-desc"
    titles = [one.text for one in root.iter(f"{svg}title")]
    assert "pc1: the link at eth0 is down" in titles


def test_the_gravest_verdict_stands_at_a_place() -> None:
    def check(verdict: str, *where: str) -> dict[str, Any]:
        return {"verdict": verdict, "evidence": [{"where": place} for place in where]}

    result = {"checks": [check("passed", "pc1", "app"), check("failed", "pc1"), check("blocked")]}
    assert network.places(result) == {"pc1": "failed", "app": "passed"}


def test_a_nodes_facts_are_escaped() -> None:
    hostile = node(**{"<b>": interface("2001:db8::1/64")})
    assert "<b>2001" not in node_tables.tables(hostile, SAID)
    assert "&lt;b&gt;" in node_tables.tables(hostile, SAID)


# The checks


def event(
    identity: str, state: str, seconds: float = 0.0, by: str | None = None, **doing: Any
) -> dict[str, Any]:
    return {
        "event": "check",
        "id": identity,
        "kind": "must",
        "weight": 10,
        "title": f"Title of {identity}.",
        "state": state,
        "doing": doing or None,
        "seconds": seconds,
        "blocked_by": by,
    }


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Session:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return Session.of("L04", 5, "vi")


def test_a_check_that_waits_says_for_what_and_how_long(session: Session) -> None:
    view = checks.ChecksView(session)
    stage = {"text": "a fresh lab is built", "values": {}}
    view.hear({"event": "stage", "doing": stage})
    assert "đang dựng một mạng thực hành mới" in view.view.html
    assert "đang dựng một mạng thực hành mới" in view.view.words
    view.hear(event("M1", "waiting"))
    view.hear(event("M2", "running", 0.8, text="waiting for {checks}", values={"checks": "DAD"}))
    html = view.view.html
    assert re.search(r'data-ticks="0\.8" data-form="\{\} giây" data-point=","', html)
    assert "đang chờ DAD" in html
    assert html.index('data-key="check-M1"') < html.index('data-key="check-M2"')
    assert "M1" in view.view.words


def test_what_is_blocked_is_so_from_the_moment_it_is_known(session: Session) -> None:
    view = checks.ChecksView(session)
    view.hear(event("M1", "failed", 2.0))
    view.hear(event("M2", "blocked", by="M1"))
    view.hear(event("N1", "blocked"))
    rows = dict(re.findall(r'data-key="check-(\w+)".*?class="chip ([\w ]+)"', view.view.html, re.S))
    assert rows == {"M1": "failed", "M2": "blocked", "N1": "blocked"}
    assert "⊘ M2" in view.view.words
    assert "◷ N1" in view.view.words  # by replay alone
    assert "◷ M2" not in view.view.words


def test_what_passed_is_folded_and_what_did_not_is_not(session: Session) -> None:
    view = checks.ChecksView(session)

    def check(identity: str, verdict: str) -> dict[str, Any]:
        found = {"verdict": verdict, "message": None, "evidence": [], "protocol_seconds": 0.0}
        return {**event(identity, verdict), **found}

    for each in ("M1", "M2"):
        view.hear(event(each, "passed"))
    assert '<details class="fold"' not in view.view.html  # one sees how it goes on
    listed = [check("M1", "passed"), check("M2", "failed"), check("M3", "passed")]
    view.show({"checks": listed, "score": 60, "max_score": 100, "verdict": "failed"})
    html = view.view.html
    fold = html[html.index('data-key="passed"') :]
    assert [one for one in ("M1", "M2", "M3") if f'data-key="check-{one}"' in fold] == ["M1", "M3"]
    assert 'data-key="check-M2"' in html
    assert "M1, M3</summary>" in fold
    assert not re.search(r"<details[^>]* open", html)


def test_badges_do_not_stand_beside_a_result_without_points(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *_more = load_badges(session.place.content)
    passed: dict[str, list[str]] = {one: [] for one, _score in first.scores}
    for exercise, check_id in first.checks:
        passed.setdefault(exercise, []).append(check_id)
    achieved = {exercise: Achieved(100, tuple(ids)) for exercise, ids in passed.items()}
    monkeypatch.setattr(progress, "read", lambda _work: achieved)
    view = checks.ChecksView(session)
    check = {**event("M1", "failed"), "verdict": "failed", "message": None, "evidence": []}
    result = {"checks": [check], "score": 0, "max_score": 100, "verdict": "failed"}
    view.show(result)
    assert "★" not in view.view.html + view.view.words
    view.show({**result, "score": 10})
    assert "★" in view.view.html
    assert "★" in view.view.words


def test_a_hint_is_offered_for_its_price_and_then_shown(session: Session) -> None:
    view = checks.ChecksView(session)
    failed = {"verdict": "failed", "blocked_by": None, "message": None, "evidence": []}
    check = {**event("M1", "failed"), **failed, "protocol_seconds": 0.0}
    result = {"score": 0, "max_score": 100, "verdict": "failed", "checks": [check]}
    view.show(result)
    assert json.dumps({"hint": "M1"}).replace('"', "&quot;") in view.view.html
    assert "10 %" in view.view.html
    assert 'class="hint"' not in view.view.html


def test_of_hints_that_were_read_only_the_one_just_asked_for_is_unfolded(session: Session) -> None:
    view = checks.ChecksView(session)
    failed = {"verdict": "failed", "blocked_by": None, "message": None, "evidence": []}
    listed = [{**event(one, "failed"), **failed, "protocol_seconds": 0.0} for one in ("M1", "M2")]
    view.show({"score": 0, "max_score": 100, "verdict": "failed", "checks": listed})

    def unfolded() -> list[str]:
        html = re.sub(r"<details.*?</details>", "", view.view.html, flags=re.S)
        return re.findall(r'data-key="hint-(\S+)"', html)

    for asked, last in (("M1", "M1-1"), ("M1", "M1-2"), ("M2", "M2-1"), ("M1", "M1-3")):
        view._ask({"hint": asked})
        assert unfolded() == [last]
    for kept in ("M1-1", "M1-2", "M1-3", "M2-1"):
        assert f'data-key="hint-{kept}"' in view.view.html


# The ladder


def captured(count: int) -> paged_ladder.LadderView:
    frames = [octets(name) for name in FRAMES]
    records = [Record(100 + at / 10, frames[at % len(frames)]) for at in range(count)]
    return paged_ladder.of_session(records, "pc", NETWORK, ADDRESSES, SAID)


def test_a_ladder_is_turned_page_by_page() -> None:
    view = captured(100)
    assert view.pages == 3
    assert "Steps 1 to 40 of 100" in view.view.html
    view.turn(99)
    assert "Steps 81 to 100 of 100" in view.view.html
    view.turn(-1)
    assert "Steps 1 to 40 of 100" in view.view.html


def test_every_arrow_leads_to_its_packets() -> None:
    html = captured(60).view.html
    goals = re.findall(r'data-opens="([^"]+)"', html)
    assert len(goals) == 40
    for goal in goals:
        assert html.count(f'id="{goal}"') == 1


def test_a_ladder_of_nothing_says_so() -> None:
    view = captured(0)
    assert "No packet was seen." in view.view.words
    assert "No packet was seen." in view.view.html


# Plots


def test_plots_have_their_twins_and_only_the_pages_colours() -> None:
    made = (
        plots.shares("Shares", {"IPv6": 3, "IPv4": 1}, SAID),
        plots.race("Race", [plots.Span("A", 0, 1), plots.Span("B", 0.5, 0.75, True)], SAID),
        plots.path_mtu("Path", [("a--b", 1500), ("tunnel", 1480)], SAID),
    )
    words = "\n".join(one.words for one in made)
    for part in ("IPv6: 3 (75.0 %)", "★ B: from 0.500 s to 0.750 s", "▼ tunnel: 1480 octets"):
        assert part in words
    for one in made:
        html = one._repr_mimebundle_()["text/html"]
        assert "#0a0b" not in html
        assert "<title" in html
        assert "<desc" in html


@pytest.mark.parametrize(
    "make",
    [
        lambda: plots.shares("", {"IPv6": 0}, SAID),
        lambda: plots.race("", [], SAID),
        lambda: plots.path_mtu("", [], SAID),
    ],
)
def test_nothing_cannot_be_drawn(make: Any) -> None:
    with pytest.raises(LabError, match="nothing to draw"):
        make()


# What all of them are


def test_a_view_without_a_kernel_is_its_html_and_its_words() -> None:
    view = widget.View("<p>shown</p>", "told", "en", "test")
    data, _metadata = view._repr_mimebundle_()
    assert data["text/plain"] == "told"
    assert "<p>shown</p>" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "http" not in re.sub(r"https?://www\.w3\.org/\S+", "", data["text/html"])


def test_of_many_views_the_newest_live_and_the_others_stand_still() -> None:
    replaced: list[object] = []
    made = []
    for number in range(widget.KEPT + 1):
        view = widget.View(f"<p>{number}</p>", str(number), "en", "test-kept")
        view.shown(replaced.append)
        made.append(view)
    (bundle,) = replaced
    assert isinstance(bundle, dict)
    assert bundle["text/plain"] == "0"
    assert set(bundle) == {"text/plain", "text/html"}
    assert made[0].comm is None
    assert made[1].comm is not None

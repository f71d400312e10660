"""The topology as it is now: addresses, links and verdicts; a node's facts and its terminal."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import deque
from collections.abc import Mapping
from html import escape
from typing import Any

from ipv6lab.notebook.session import Session
from ipv6lab.notebook.views import node_tables, terminal_button
from ipv6lab.notebook.views.drawing import Cut, drawn
from ipv6lab.notebook.views.news import news
from ipv6lab.notebook.views.watch import Watch
from ipv6lab.notebook.views.widget import View, identity
from ipv6lab.reports.graded import mark, shown
from ipv6lab.reports.in_words import lines, node_kind
from ipv6lab.reports.report_page import chip
from ipv6lab.reports.say import Translate
from ipv6lab.reports.topology import Topology
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

FIRST = 10.0  # seconds in which the lab has told what its nodes are
MOST_NEWS = 5
ANYWHERE = ("0.0.0.0", "::")
AGAIN = 1.0  # seconds between two looks for a lab that is started elsewhere
GRAVEST = ("failed", "not_judged", "blocked", "passed")


class NetworkView:
    """Draws a session's network and follows its lab; without a lab, as the plan has it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = session.said
        self._plan = session.description()
        self._identity = identity("net")
        self._lock = threading.Lock()
        self._first = threading.Event()
        self._nodes: dict[str, Any] = {}
        self._news: deque[tuple[str, str]] = deque(maxlen=MOST_NEWS)
        self._verdicts: dict[str, str] = {}
        self._running = False
        self._open: frozenset[str] = frozenset()  # where a trainee can log in
        self._watch: Watch | None = None
        self._followed: Lab | None = None
        self._following = threading.Lock()
        self._unwatched = threading.Event()  # closed, or on no page
        self._looking = False
        self._end = session.listen(self._hear)
        with self._lock:
            self._follow()
            if self._watch is not None:
                self._first.wait(FIRST)
            self.view = View(
                *self._drawn(),
                session.language,
                kind="network",
                on_seen=self._seen,
                on_still=self.close,
            )

    def close(self) -> None:
        """Follow the lab no longer; the picture stays as it is."""
        self._end()
        self._unwatched.set()
        if self._watch is not None:
            self._watch.stop()

    # What happens

    def _follow(self) -> None:
        """Follow the lab that runs now, if one does and none is followed; else wait for one."""
        with self._following:
            if self._watch is not None and self._watch.running:
                return
            self._watch = None
            try:
                if self._session.running:
                    lab = self._session.lab
                    self._open = terminal_button.open_nodes(self._session)
                    if lab is not self._followed:  # nothing is known of this one
                        self._followed, self._nodes, self._verdicts = lab, {}, {}
                    self._watch = Watch(lab, self._changed, self._ended)
                    self._running = True
                    return
            except LabError:  # it has ended meanwhile
                pass
            self._gone()
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look, name="ipv6lab look", daemon=True).start()

    def _gone(self) -> None:
        self._running = False
        self._open = frozenset()
        self._verdicts = {}

    def _look(self) -> None:
        """Wait for a lab that is started elsewhere, and follow it."""
        while not self._unwatched.wait(AGAIN):
            if self._session.running:
                break
        self._looking = False
        if not self._unwatched.is_set():
            self._follow()

    def _seen(self, seen: bool) -> None:
        """No page shows it any more, or one does again."""
        if not seen:
            self._unwatched.set()
            if self._watch is not None:
                self._watch.stop()
            return
        self._unwatched.clear()
        self._follow()
        if not self._running:
            self._draw()

    def _changed(self, nodes: dict[str, Any]) -> None:
        clock = time.strftime("%H:%M:%S")
        for message in news(self._nodes, nodes):
            self._news.append((clock, self._said(message)))
        self._nodes = nodes
        self._running = True
        self._show()

    def _ended(self) -> None:
        self._gone()
        self._news.append((time.strftime("%H:%M:%S"), self._said(_("The lab has ended."))))
        self._show()
        if not self._unwatched.is_set():
            self._follow()

    def _show(self) -> None:
        """Draw anew, or let the first drawing begin."""
        if self._first.is_set():
            self._draw()
        else:
            self._first.set()

    def _hear(self, event: dict[str, Any]) -> None:
        if event["event"] == "graded":
            self._verdicts = places(event["result"])
            self._draw()
        elif event["event"] == "lab" and event["state"] == "running":
            self._follow()

    # How it looks

    def _draw(self) -> None:
        with self._lock:
            self.view.show(*self._drawn())

    def _drawn(self) -> tuple[str, str]:
        network = Topology.from_json(with_state(self._plan, self._nodes, self._said))
        cuts = list(_cuts(network, self._nodes))
        html = "".join(
            (
                self._head(),
                self._figure(network, cuts),
                self._told(),
                *(self._facts(network, name) for name in network.nodes if name in self._nodes),
            )
        )
        return html, self._words(network, cuts)

    def _head(self) -> str:
        tr = self._said
        name = f"{self._session.exercise.id} {self._session.title}"
        if self._running:
            state = tr(_("● runs on seat {seat}", seat=self._session.seat))
        else:
            state = tr(_("○ does not run"))
        # A page without its kernel hears nothing of the lab, and claims nothing.
        still = tr(_("◌ as it was then; run the cell again to follow it"))
        return (
            f'<div class="bar" data-key="bar"><h2>{escape(name)}</h2>'
            f'<span class="chip origin only-live">{escape(state)}</span>'
            f'<span class="chip origin only-still">{escape(still)}</span></div>'
        )

    def _figure(self, network: Topology, cuts: list[Cut]) -> str:
        tr = self._said
        picture = drawn(
            network,
            tr,
            self._identity,
            self._verdicts,
            cuts,
            [name for name in network.nodes if name in self._nodes],
        )
        name = escape(tr(_("The network")))
        told = [tr(_("Nodes with a thick edge are yours."))]
        if network.mixed:
            told.append(
                tr(
                    _(
                        "Below a link a dashed line: IPv4 lives there beside IPv6; a link of "
                        "another colour: IPv4 alone."
                    )
                )
            )
        if self._nodes:
            told.append(tr(_("Choose a node to see what it has.")))
        if self._verdicts:
            told.append(self._legend())
        words = escape("\n".join(lines(network, tr)))
        return (
            f'<figure data-key="figure"><div class="scroll" tabindex="0" role="region" '
            f'aria-label="{name}">{picture}</div><figcaption>{escape(" ".join(told))}</figcaption>'
            f'</figure><details class="words" data-key="words"><summary>'
            f"{escape(tr(_('The network in words')))}</summary><pre>{words}</pre></details>"
        )

    def _legend(self) -> str:
        used = [one for one in GRAVEST if one in self._verdicts.values()]
        meanings = {
            "failed": _("{sign} a check that failed looked here", sign=mark("failed").sign),
            "not_judged": _(
                "{sign} a check that could not be judged looked here", sign=mark("not_judged").sign
            ),
            "blocked": _("{sign} a check that was blocked looked here", sign=mark("blocked").sign),
            "passed": _("{sign} every check that looked here passed", sign=mark("passed").sign),
        }
        return "; ".join(self._said(meanings[one]) for one in used) + "."

    def _told(self) -> str:
        items = "".join(
            f'<li><span class="mono">{clock}</span> {escape(text)}</li>'
            for clock, text in reversed(self._news)
        )
        label = escape(self._said(_("Latest changes")))
        listed = f"<ol>{items}</ol>" if items else ""
        return f'<div class="news" data-key="news" role="log" aria-label="{label}">{listed}</div>'

    def _facts(self, network: Topology, name: str) -> str:
        tr = self._said
        node = network.nodes[name]
        verdict = self._verdicts.get(name)
        shown = f" {chip(verdict, tr)}" if verdict else ""
        yours = f", {tr(_('yours'))}" if node.trainee else ""
        button = terminal_button.button(self._session, name) if name in self._open else ""
        return (
            f'<details class="facts-of" id="{self._identity}-{name}" name="{self._identity}">'
            f"<summary><b>{escape(name)}</b> "
            f'<span class="muted">{escape(tr(node_kind(node)) + yours)}</span>{shown}</summary>'
            f"<div>{button}{node_tables.tables(self._nodes[name], tr)}</div></details>"
        )

    def _words(self, network: Topology, cuts: list[Cut]) -> str:
        tr = self._said
        text = [f"{self._session.exercise.id} {self._session.title}", *lines(network, tr)]
        for cut in cuts:
            text.append(
                tr(
                    _(
                        "{node}: the link at {interface} is down",
                        node=cut.node,
                        interface=cut.interface,
                    )
                )
            )
        for place, verdict in self._verdicts.items():
            text.append(f"{place}: {mark(verdict).sign} {tr(mark(verdict).word)}")
        return "\n".join(text)


def with_state(plan: Mapping[str, Any], nodes: Mapping[str, Any], tr: Translate) -> dict[str, Any]:
    """A network's description with the addresses that its nodes have now instead of the plan's.

    What no interface of the plan carries (a tunnel, say) is shown in its node. Link-local
    addresses, which every interface has, are left to the node's facts, unless there is no other.
    """
    described = {**plan, "nodes": {name: dict(node) for name, node in plan["nodes"].items()}}
    for name, state in nodes.items():
        node = described["nodes"].get(name)
        if node is None:
            continue
        planned = node["interfaces"]
        node["interfaces"] = {
            interface: {**planned.get(interface, {"link": None}), "addresses": shown}
            for interface, now in state["interfaces"].items()
            if (shown := _shown(now["addresses"], tr)) or interface in planned
        }
        for interface, planned_one in planned.items():  # one that was deleted leaves its place
            node["interfaces"].setdefault(interface, {**planned_one, "addresses": []})
    described["tunnels"] = tunnels(nodes)
    return described


def tunnels(nodes: Mapping[str, Any]) -> list[list[list[str]]]:
    """The pairs of tunnel interfaces that name each other's node, by node and interface.

    An end that names no address of its own may be any of its node's. One that names no other end
    (6rd, RFC 5969) leads where its routes name a relay.
    """
    ends = [
        (name, interface, *now["tunnel"])
        for name, state in nodes.items()
        for interface, now in state["interfaces"].items()
        if now.get("tunnel")
    ]
    owned = {
        name: {
            one["address"].partition("/")[0]
            for now in state["interfaces"].values()
            for one in now["addresses"]
        }
        for name, state in nodes.items()
    }
    found = []
    for at, (name, interface, local, remote) in enumerate(ends):
        for other, its_interface, its_local, its_remote in ends[at + 1 :]:
            if name == other:
                continue
            here = {local} if local not in ANYWHERE else owned[name]
            there = {its_local} if its_local not in ANYWHERE else owned[other]
            if remote in ANYWHERE and its_remote in ANYWHERE:
                joined = bool(
                    there & _relays(nodes[name], interface)
                    or here & _relays(nodes[other], its_interface)
                )
            else:
                joined = remote in there and its_remote in here
            if joined:
                found.append([[name, interface], [other, its_interface]])
    return found


def _relays(state: Mapping[str, Any], interface: str) -> set[str]:
    """The IPv4 addresses that an interface's IPv6 routes name as gateways, such as ::192.0.2.1."""
    gateways = {
        ipaddress.ip_address(hop["via"])
        for route in state["routes"]
        for hop in route["hops"]
        if hop["via"] and hop["interface"] == interface
    }
    return {
        str(ipaddress.IPv4Address(int(one)))
        for one in gateways
        if one.version == 6 and 0xFFFF < int(one) < 2**32
    }


def _shown(addresses: list[Mapping[str, Any]], tr: Translate) -> list[str]:
    found = node_tables.by_scope(addresses)
    wide = [one for one in found if one["scope"] != "link"]
    has6 = any(":" in one["address"] for one in wide)
    return [
        _marked(one, tr)
        for one in found
        if one["scope"] != "link" or (not has6 and ":" in one["address"])
    ]


def _marked(address: Mapping[str, Any], tr: Translate) -> str:
    signs: dict[str, Message] = {
        "dadfailed": _("✘ duplicate"),
        "tentative": _("… DAD"),
        "deprecated": _("deprecated"),
    }
    told = [tr(sign) for flag, sign in signs.items() if flag in address["flags"]]
    return " ".join([str(address["address"]), *told])


def _cuts(network: Topology, nodes: Mapping[str, Any]) -> list[Cut]:
    """Where a link is down."""
    found = []
    for name, node in network.nodes.items():
        if name not in nodes:
            continue
        now = nodes[name]["interfaces"]
        for interface in node.attached:
            state = now.get(interface.name)
            if interface.name and (state is None or not (state["up"] and state["carrier"])):
                found.append(Cut(name, interface.name))
    return found


def places(result: Mapping[str, Any]) -> dict[str, str]:
    """The gravest verdict of the checks that looked at a node or link, by its name.

    Notes are none: they weigh nothing.
    """
    found: dict[str, str] = {}
    for check in result["checks"]:
        verdict = shown(check)
        for evidence in check["evidence"]:
            place = str(evidence["where"] or "")
            if place and verdict in GRAVEST:
                found[place] = min(found.get(place, verdict), verdict, key=GRAVEST.index)
    return found

"""A node's facts as tables: what it has now, as `ipv6lab.agent.watching` tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ipv6lab.reports.say import Translate
from ipv6lab.words.message import Message, _

FLAGS = {
    "tentative": _("DAD under way"),
    "dadfailed": _("duplicate, not used"),
    "deprecated": _("deprecated"),
    "temporary": _("temporary"),
    "dynamic": _("learnt"),
}


def tables(node: Mapping[str, Any], tr: Translate) -> str:
    """Addresses, routes and neighbours."""
    return "".join(
        (
            _table(
                _("Addresses"),
                (_("Interface"), _("Address"), _("State")),
                _addresses(node, tr),
                tr,
            ),
            _table(
                _("Routes"),
                (_("Destination"), _("Next hop"), _("Interface"), _("From"), _("Metric")),
                _routes(node, tr),
                tr,
            ),
            _table(
                _("Neighbours"),
                (_("Address"), _("Interface"), _("MAC address"), _("State")),
                _neighbours(node, tr),
                tr,
            ),
        )
    )


def lines(node: Mapping[str, Any], tr: Translate) -> list[str]:
    """The same, one fact a line."""
    return [
        "  " + "  ".join(cell for cell in row if cell)
        for rows in (_addresses(node, tr), _routes(node, tr), _neighbours(node, tr))
        for row in rows
    ]


def by_scope(addresses: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """IPv6 first, and what reaches furthest."""
    order = {"global": 0, "site": 1, "link": 2}
    return sorted(
        addresses, key=lambda one: (":" not in one["address"], order.get(one["scope"], 3))
    )


def _addresses(node: Mapping[str, Any], tr: Translate) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, interface in node["interfaces"].items():
        state = tr(_("up"))
        if not interface["up"]:
            state = tr(_("switched off"))
        elif not interface["carrier"]:
            state = tr(_("no carrier"))
        if interface["loopback"] and not interface["addresses"]:
            continue
        rows.append((name, interface["mac"] if not interface["loopback"] else "", state))
        for address in by_scope(interface["addresses"]):
            flags = ", ".join(tr(FLAGS[flag]) for flag in address["flags"])
            rows.append(("", address["address"], flags))
    return rows


def _routes(node: Mapping[str, Any], tr: Translate) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    # IPv6 first: it is what the lab is about.
    for route in sorted(node["routes"], key=lambda one: ":" not in one["destination"]):
        kind = "" if route["kind"] == "unicast" else route["kind"]
        for index, hop in enumerate(route["hops"] or [{"via": None, "interface": None}]):
            first = index == 0
            rows.append(
                (
                    f"{kind} {route['destination']}".strip() if first else "",
                    hop["via"] or (tr(_("on the link")) if hop["interface"] else ""),
                    hop["interface"] or "",
                    str(route["protocol"]) if first else "",
                    str(route["metric"] or "") if first else "",
                )
            )
    return rows


def _neighbours(node: Mapping[str, Any], tr: Translate) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in node["neighbours"]:
        state = one["state"]
        if one["router"]:
            state = tr(_("{state}, router", state=state))
        rows.append((one["address"], one["interface"], one["mac"] or "", state))
    return rows


def _table(
    title: Message, heads: Sequence[Message], rows: Sequence[Sequence[str]], tr: Translate
) -> str:
    if not rows:
        none = tr(_("none"))
        return f"<p><b>{escape(tr(title))}</b> {escape(none)}</p>"
    head = "".join(f'<th scope="col">{escape(tr(one))}</th>' for one in heads)
    body = "".join(
        "<tr>" + "".join(f'<td class="mono">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="facts"><caption>{escape(tr(title))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )

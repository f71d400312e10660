"""The evidence of a check on the page: what was seen where, and the packets, to unfold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from ipv6lab.reports import say as words
from ipv6lab.reports.dissection import Layer, Packet, decode_all, hexdump
from ipv6lab.reports.evidence import frames
from ipv6lab.reports.say import Translate, say
from ipv6lab.words.message import _

MOST_PACKETS = 100  # of one observation on the page; the capture file has them all
CARRIERS = ("Ethernet", "Internet Protocol version 4", "Internet Protocol version 6")


def evidence(check: Mapping[str, Any], tr: Translate, lang: str, capture: str | None) -> str:
    """All evidence of a check behind one line; nothing when it has none."""
    seen = check.get("evidence") or []
    if not seen:
        return ""
    packets = sum(len(item.get("packets") or ()) for item in seen)
    title = tr(_("Evidence"))
    if packets:
        title = tr(_("Evidence, packets: {count}", count=packets))
    link = ""
    if capture:
        name = tr(_("Capture file {name}", name=capture))
        link = f'<p class="capture"><a href="{escape(capture)}" download>{escape(name)}</a></p>'
    items = "".join(_seen(item, tr, lang) for item in seen)
    return f'<details class="evidence"><summary>{escape(title)}</summary>{items}{link}</details>'


def _seen(item: Mapping[str, Any], tr: Translate, lang: str) -> str:
    packets = decode_all(frames([item]))
    start = packets[0].time if packets else 0.0
    shown = "".join(packet_item(packet, start, tr, lang) for packet in packets[:MOST_PACKETS])
    if len(packets) > MOST_PACKETS:
        more = tr(_("{count} packets more", count=len(packets) - MOST_PACKETS))
        shown += f'<li class="packet"><summary>{escape(more)}</summary></li>'
    listed = f'<ol class="packets">{shown}</ol>' if shown else ""
    told = say(item.get("text"), tr)
    sentence = f"<p>{escape(told)}</p>" if told else ""
    where = escape(str(item.get("where") or ""))
    facts = _facts(item.get("facts") or {})
    return (
        f'<article class="seen"><h3>{escape(str(item.get("probe") or ""))} '
        f'<span class="where">{where}</span></h3>{sentence}{facts}{listed}</article>'
    )


def _facts(facts: Mapping[str, Any]) -> str:
    """Names and values; a list of records one record a line."""
    items = ""
    for name, value in facts.items():
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            inner = "".join(f"<li>{_facts(one)}</li>" for one in value)
            shown = f'<dd><ol class="records">{inner}</ol></dd>'
        else:
            shown = f'<dd class="mono">{escape(_compact(value))}</dd>'
        items += f"<div><dt>{escape(str(name))}</dt>{shown}</div>"
    return f'<dl class="seen-facts">{items}</dl>' if items else ""


def _compact(value: Any) -> str:
    """A fact of any form in one line, without the signs that JSON needs and people do not."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_compact(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_compact(inner) for inner in value) or "–"
    return json.dumps(value, ensure_ascii=False)


def packet_item(packet: Packet, start: float, tr: Translate, lang: str) -> str:
    """A packet as an ``<li>``: one line, its layers and octets to unfold."""
    time = tr(_("{seconds} s", seconds="+" + words.number(max(0.0, packet.time - start), lang, 3)))
    layers = "".join(_layer(layer) for layer in packet.layers)
    octets = tr(_("Octets: {count}", count=len(packet.octets)))
    dump = (
        f'<details><summary>{escape(octets)}</summary><div class="scroll" tabindex="0" '
        f'role="region" aria-label="{escape(octets)}"><pre>{escape(hexdump(packet.octets))}</pre>'
        "</div></details>"
    )
    return (
        '<li><details class="packet"><summary>'
        f'<span class="time">{escape(time)}</span> '
        f'<span class="protocol">{escape(packet.protocol)}</span> '
        f'<span class="says"><span class="info">{escape(packet.info)}</span> '
        f'<span class="route mono">{escape(packet.source)} → {escape(packet.destination)}'
        f"{_on(packet.link)}</span></span></summary>"
        f'<div class="tree">{layers}{dump}</div></details></li>'
    )


def _layer(layer: Layer) -> str:
    """One layer to unfold; what carries the message proper is unfolded already."""
    opened = "" if layer.name in CARRIERS else " open"
    return (
        f"<details{opened}><summary>{escape(layer.name)}</summary>{_fields(layer.fields)}</details>"
    )


def _on(link: str) -> str:
    return f" · {escape(link)}" if link else ""


def _fields(fields: tuple[tuple[str, str], ...]) -> str:
    items = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="mono">{escape(value)}</dd></div>'
        for name, value in fields
    )
    return f'<dl class="fields">{items}</dl>' if items else ""

"""The flow tables of a switch: entries with their counters, and what hits them.

`SCRIPT` asks a node that is such a switch, `read` reads what it says. Ports and MAC addresses are
shown by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from ipv6lab.reports.say import Translate
from ipv6lab.words.message import Message, _

VERSIONS = "OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15"
MOST_SEEN = 24  # flows of the datapath that are traced: each takes some milliseconds
# The datapath remembers what passed within the last ten seconds, wildcards and all; tracing tells
# which entries that takes. Neither sends nor counts anything.
SCRIPT = f"""
ovs-vsctl --timeout=5 --bare --format=csv --no-headings --columns=name,ofport list interface |
  sed 's/^/port /'
path=$(ovs-appctl dpif/show | sed -n '1s/^[^@]*@\\([^:]*\\):.*/\\1/p')
for bridge in $(ovs-vsctl --timeout=5 list-br); do
  echo "bridge $bridge $(ovs-vsctl get bridge "$bridge" datapath_id fail_mode | tr '\\n' ' ')"
  for one in $(ovs-vsctl --bare --columns=controller list bridge "$bridge"); do
    ovs-vsctl --bare --columns=target,is_connected list controller "$one" | tr '\\n' ' ' |
      sed 's/^/controller /'
    echo
  done
  ovs-ofctl -O {VERSIONS} --no-names dump-flows "$bridge" | sed -n 's/^ *cookie=/flow cookie=/p'
  ovs-appctl dpif/dump-flows "$bridge" | head -n {MOST_SEEN} | while read -r seen; do
    echo "seen $seen"
    ovs-appctl ofproto/trace "$path" "${{seen%%, packets:*}}" |
      sed -n 's/^ *\\([0-9]*\\. \\)/hit \\1/p'
  done
done
true
"""
_FIELDS = re.compile(
    r"(?:^|, )(cookie|duration|table|n_packets|n_bytes|idle_timeout|hard_timeout|idle_age|hard_age|"
    r"importance|send_flow_rem|reset_counts)(?:=([^, ]*))?"
)
_MAC = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b")
_ETHER = {"0x0806": "ARP", "0x0800": "IPv4", "0x86dd": "IPv6"}


@dataclass
class Entry:
    """An entry of a table. Times are in seconds; 0 where there is no time-out."""

    table: int
    priority: int
    match: str
    actions: str
    packets: int
    octets: int
    duration: float
    idle: int = 0
    hard: int = 0
    idle_age: float | None = None  # of the switch, where its protocol tells it
    by: list[str] = field(default_factory=list)  # what hits it now, in words

    @property
    def key(self) -> tuple[int, int, str]:
        """What makes it this entry: OpenFlow 1.3 section 6.4."""
        return self.table, self.priority, self.match


@dataclass
class Bridge:
    """A datapath with its tables. `controllers` are targets, and whether each is connected."""

    name: str
    dpid: str = ""
    fail_mode: str = ""
    controllers: list[tuple[str, bool]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def read(said: str, names: Mapping[str, str]) -> list[Bridge]:
    """The bridges of a node, from what `SCRIPT` said there; `names` are nodes by their MACs."""
    ports: dict[str, str] = {}
    bridges: list[Bridge] = []
    seen = ""
    for line in said.splitlines():
        word, _space, rest = line.partition(" ")
        if word == "port":
            name, _comma, number = rest.partition(",")
            ports[number.strip()] = name.strip('"')
        elif word == "bridge":
            name, dpid, mode = [*rest.split(), "", ""][:3]
            bridges.append(Bridge(name, dpid.strip('"'), mode.strip('"[]')))
        elif not bridges:
            continue
        elif word == "controller" and rest.strip():
            target, *state = rest.split()
            bridges[-1].controllers.append((target, state == ["true"]))
        elif word == "flow":
            entry = _entry(rest)
            if entry is not None:
                bridges[-1].entries.append(entry)
        elif word == "seen":
            seen = rest
        elif word == "hit":
            _mark(bridges[-1].entries, rest, seen, names)
    for bridge in bridges:
        for entry in bridge.entries:
            entry.match = _named(entry.match, ports, names)
            entry.actions = _named(entry.actions, ports, names)
        bridge.entries.sort(key=lambda one: (one.table, -one.priority))
    return bridges


def _entry(text: str) -> Entry | None:
    head, _word, actions = text.partition(" actions=")
    told = {name: value or "" for name, value in _FIELDS.findall(head)}
    match = _FIELDS.sub("", head).strip(", ")
    priority = re.search(r"(?:^|,)priority=(\d+)", match)
    match = re.sub(r"(?:^|,)priority=\d+", "", match).strip(", ")
    try:
        return Entry(
            int(told.get("table") or 0),
            int(priority[1]) if priority else 32768,
            match,
            actions.strip(),
            int(told["n_packets"]),
            int(told["n_bytes"]),
            float(told["duration"].rstrip("s")),
            int(told.get("idle_timeout") or 0),
            int(told.get("hard_timeout") or 0),
            float(told["idle_age"]) if told.get("idle_age") else None,
        )
    except (KeyError, ValueError):
        return None


def _mark(entries: Iterable[Entry], hit: str, seen: str, names: Mapping[str, str]) -> None:
    """A line such as ``0. in_port=2,dl_dst=…, priority 1``: the entry of it has been hit."""
    matched = re.fullmatch(r"(\d+)\. (.*?)(?:, )?priority (\d+)(?:, .*)?", hit.strip())
    if matched is None:
        return
    for entry in entries:
        if entry.key == (int(matched[1]), int(matched[3]), matched[2].strip(", ")):
            told = _seen(seen, names)
            if told not in entry.by:
                entry.by.append(told)


def _seen(flow: str, names: Mapping[str, str]) -> str:
    """What passed, in short: who to whom, and by which protocol."""
    source, target = (
        re.search(rf"\b{end}=([0-9a-f:]{{17}})", flow.partition("actions:")[0])
        for end in ("src", "dst")
    )
    kind = re.search(r"eth_type\((0x[0-9a-f]+)\)", flow)
    told = _ETHER.get(kind[1], kind[1]) if kind else ""
    ends = [names.get(end[1], end[1]) if end else "…" for end in (source, target)]
    return f"{told} {ends[0]} → {ends[1]}".strip()


def _named(text: str, ports: Mapping[str, str], names: Mapping[str, str]) -> str:
    text = re.sub(
        r"\b(in_port=|output:)(\d+)\b", lambda found: found[1] + ports.get(found[2], found[2]), text
    )
    return _MAC.sub(
        lambda found: f"{found[0]} ({names[found[0]]})" if found[0] in names else found[0], text
    )


class Followed:
    """Tables that are looked at again and again: what is new since the last look."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, tuple[int, int, str]], tuple[int, float]] = {}
        self._first = True

    def take(self, bridges: Sequence[Bridge], now: float) -> dict[int, int]:
        """The packets that each entry, by its `id`, got meanwhile; idle ages are filled in.

        `now` is any clock in seconds.
        """
        grown: dict[int, int] = {}
        after: dict[tuple[str, tuple[int, int, str]], tuple[int, float]] = {}
        for bridge in bridges:
            for entry in bridge.entries:
                key = (bridge.name, entry.key)
                packets, since = self._before.get(key, (0 if not self._first else None, now))
                more = entry.packets - packets if packets is not None else 0
                if more > 0:
                    grown[id(entry)] = more
                if more:
                    since = now
                after[key] = (entry.packets, since)
                if entry.idle_age is None and not self._first:
                    entry.idle_age = min(now - since, entry.duration)
        self._before, self._first = after, False
        return grown


HEADS = (
    _("Table"),
    _("Priority"),
    _("Match"),
    _("Actions"),
    _("Packets"),
    _("Octets"),
    _("Time left"),
    _("Hit within 10 s by"),
)


def rows(bridge: Bridge, grown: Mapping[int, int], tr: Translate) -> list[tuple[str, ...]]:
    """The cells of a bridge's entries, in the order of `HEADS`."""
    return [
        (
            str(one.table),
            str(one.priority),
            one.match or tr(_("everything")),
            one.actions or "drop",
            str(one.packets) + (f" (+{grown[id(one)]})" if id(one) in grown else ""),
            str(one.octets),
            _left(one, tr),
            "; ".join(one.by),
        )
        for one in bridge.entries
    ]


def _left(entry: Entry, tr: Translate) -> str:
    told: list[Message] = []
    if entry.idle:
        if entry.idle_age is None:
            told.append(_("idle time-out {seconds} s", seconds=entry.idle))
        else:
            left = max(0, round(entry.idle - entry.idle_age))
            told.append(_("{left} of {seconds} s idle", left=left, seconds=entry.idle))
    if entry.hard:
        left = max(0, round(entry.hard - entry.duration))
        told.append(_("{left} of {seconds} s in all", left=left, seconds=entry.hard))
    return ", ".join(map(tr, told))


def head(bridge: Bridge, tr: Translate) -> str:
    """A line about the datapath and who steers it."""
    parts = [tr(_("{bridge}, datapath {dpid}", bridge=bridge.name, dpid=bridge.dpid))]
    for target, connected in bridge.controllers:
        state = _("connected to {target}") if connected else _("not connected to {target}")
        parts.append(tr(Message(state.text, {"target": target})))
    if not bridge.controllers:
        parts.append(tr(_("no controller")))
    parts.append(tr(_("fail mode {mode}", mode=bridge.fail_mode or "standalone")))
    return "; ".join(parts)


def html(bridges: Sequence[Bridge], grown: Mapping[int, int], tr: Translate) -> str:
    """All of it as tables; what has just been hit stands out."""
    if not bridges:
        return f"<p>{escape(tr(_('There is no switch of Open vSwitch here.')))}</p>"
    heads = "".join(f'<th scope="col">{escape(tr(one))}</th>' for one in HEADS)
    parts = []
    for bridge in bridges:
        body = "".join(
            "<tr>" + "".join(_cell(cell, id(entry) in grown) for cell in row) + "</tr>"
            for entry, row in zip(bridge.entries, rows(bridge, grown, tr), strict=True)
        )
        none = "" if bridge.entries else f"<p>{escape(tr(_('There is no entry.')))}</p>"
        parts.append(
            f'<div class="scroll"><table class="facts"><caption>{escape(head(bridge, tr))}'
            f"</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{none}"
        )
    return "".join(parts)


def _cell(text: str, stands_out: bool) -> str:
    shown = escape(text)
    return f'<td class="mono">{f"<b>{shown}</b>" if stands_out else shown}</td>'


def lines(bridges: Sequence[Bridge], grown: Mapping[int, int], tr: Translate) -> list[str]:
    """The same in words, an entry a line."""
    if not bridges:
        return [tr(_("There is no switch of Open vSwitch here."))]
    text = []
    for bridge in bridges:
        text.append(head(bridge, tr))
        text += ["  " + "  ".join(one for one in row if one) for row in rows(bridge, grown, tr)]
        if not bridge.entries:
            text.append("  " + tr(_("There is no entry.")))
    return text

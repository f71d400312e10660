"""The report of one graded folder as one HTML page that needs nothing else.

No script, no request: style and picture are in the page, and a policy in its head forbids the
rest. All text from results, nodes and packets passes through `escape`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from ipv6lab.reports import in_words, svg
from ipv6lab.reports import say as words
from ipv6lab.reports.graded import (
    KIND_MEANINGS,
    KINDS,
    MARKS,
    Check,
    Result,
    count,
    kind,
    mark,
    of_parts,
    ordered,
    origin,
    points,
    shown,
    shown_of_all,
)
from ipv6lab.reports.head import head
from ipv6lab.reports.page_evidence import evidence
from ipv6lab.reports.page_style import style
from ipv6lab.reports.say import Translate, say
from ipv6lab.reports.topology import Topology
from ipv6lab.words.message import _

KNOWN = tuple(MARKS)
COLOURS = {"awaits": "blocked", "noted": "origin", "so-far": "passed", "not_judged": "blocked"}


def html(
    results: Result,
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    lang: str,
    captures: Mapping[str, str] | None = None,
    states: Mapping[str, str] | None = None,
) -> str:
    """The page. `captures` gives checks a capture file beside it, `states` nodes a verdict."""
    network = topology if isinstance(topology, Topology) else Topology.from_json(topology)
    exercise = str(results.get("exercise") or "")
    title = say(results.get("title"), tr)
    named = f"{exercise} {title}".strip()
    summary = f"{points(results)}/{results.get('max_score', 100)}"
    return f"""{head(f"{summary} · {named}", lang, style())}
<body>
<a class="skip" href="#checks">{escape(tr(_("Go to the checks")))}</a>
<header>
<h1><span class="id">{escape(exercise)}</span> {escape(title)}</h1>
{_score(results, tr, lang)}
</header>
<main>
{_checks(results, tr, lang, captures or {})}
{_network(network, tr, states)}
</main>
<footer>{_footer(results, tr)}</footer>
</body>
</html>
"""


def _score(results: Result, tr: Translate, lang: str) -> str:
    of_all = tr(_("of {points} points", points=results.get("max_score", 100)))
    return f"""<section aria-labelledby="score">
<h2 id="score">{escape(tr(_("Result")))}</h2>
<div class="score">
<p class="points" style="margin:0"><b>{escape(points(results))}</b>
<span>{escape(of_all)}</span></p>
<div class="say">{chip(shown_of_all(results), tr, " large")}
<span class="chip origin">{escape(tr(origin(results)))}</span></div>
</div>
{in_parts(results, tr)}{parts(results, tr)}
{_facts(results, tr, lang)}
</section>"""


def chip(verdict: str, tr: Translate, more: str = "") -> str:
    """A verdict as its sign and word; `more` are further classes."""
    known = mark(verdict)
    return (
        f'<span class="chip {colour(verdict)}{more}">'
        f'<span aria-hidden="true">{escape(known.sign)}</span> '
        f"{escape(tr(known.word))}</span>"
    )


def colour(verdict: str) -> str:
    """The class of a verdict, which has its colour."""
    return COLOURS.get(verdict, verdict if verdict in KNOWN else "")


def in_parts(results: Result, tr: Translate) -> str:
    """The points of each part of an exercise that is cut."""
    told = "".join(f"<li>{escape(line)}</li>" for line in of_parts(results, tr))
    return f'<ul class="say" style="list-style:none;padding:0">{told}</ul>' if told else ""


def parts(results: Result, tr: Translate) -> str:
    """Where the points come from: a strip of the checks that earn, as long as their weights."""
    earning = [c for c in results["checks"] if c["kind"] == "must" and c["weight"]]
    taking = [c for c in results["checks"] if c["kind"] in ("must_not", "still") and c["weight"]]
    if not earning:
        return ""
    strip = "".join(
        f'<span class="part {colour(c["verdict"])}" '
        f'style="flex:{float(c["weight"]):g}">'
        f"{escape(mark(shown(c)).sign)} {escape(str(c['id']))}</span>"
        for c in earning
    )
    weights = tr(
        _(
            "Weights: {earned} of {total} earned, {lost} taken away.",
            earned=sum(c["weight"] for c in earning if c["verdict"] == "passed"),
            total=sum(c["weight"] for c in earning),
            lost=sum(c["weight"] for c in taking if c["verdict"] == "failed"),
        )
    )
    checks = results["checks"]
    hints = sum((results.get("hints") or {}).values())
    read = tr(_("Hints read: {count}; their cost is taken off.", count=hints)) if hints else ""
    counts = tr(
        _(
            "Checks: {passed} passed, {failed} failed, {blocked} blocked.",
            passed=count(checks, "passed"),
            failed=count(checks, "failed"),
            blocked=count(checks, "blocked"),
        )
    )
    return (
        f'<div class="parts" aria-hidden="true">{strip}</div>'
        f'<p class="sum">{escape(f"{counts} {weights} {read}".strip())}</p>'
    )


def _facts(results: Result, tr: Translate, lang: str) -> str:
    facts = [
        (_("Seat"), _seat(results.get("seat"), tr)),
        (_("Folder"), str(results.get("folder") or "")),
        (_("Graded"), words.moment(str(results.get("graded_at") or ""), lang)),
        (_("Versions"), _versions(results)),
    ]
    items = "".join(
        f"<div><dt>{escape(tr(name))}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts
        if value
    )
    return f'<dl class="facts">{items}</dl>' if items else ""


def _seat(seat: Any, tr: Translate) -> str:
    if isinstance(seat, Mapping):
        name, number = str(seat.get("name") or ""), seat.get("number")
        if number is None:
            return name
        numbered = tr(_("seat {number}", number=number))
        return f"{name} ({numbered})" if name else numbered
    return str(seat) if seat else ""  # 0 and None: nobody's


def _versions(results: Result) -> str:
    versions = results.get("versions") or {}
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _checks(results: Result, tr: Translate, lang: str, captures: Mapping[str, str]) -> str:
    rows = "".join(
        row(check, depth, tr, lang, captures.get(str(check["id"])))
        for check, depth in ordered(results["checks"])
    )
    return f"""<section aria-labelledby="checks">
<h2 id="checks">{escape(tr(_("Checks")))}</h2>
<table class="checks"><caption>{escape(caption(tr))}</caption>
{heads(tr)}
{rows}</table>
{legend(results, tr)}
</section>"""


def caption(tr: Translate) -> str:
    """What is to be known of the order of the rows."""
    return tr(
        _("In the order of the task; a check that could not be judged stands under its cause.")
    )


def heads(tr: Translate) -> str:
    """The heads of the columns of `row`."""
    names = (
        (_("Check"), ""),
        (_("Verdict"), ""),
        (_("What was checked"), ""),
        (_("Kind"), ""),
        (_("Weight"), "number"),
        (_("Time"), "number"),
        (_("Protocol"), "number"),
    )
    named = "".join(
        f'<th scope="col" class="{colour}">{escape(tr(name))}</th>' for name, colour in names
    )
    return f"<thead><tr>{named}</tr></thead>"


def row(
    check: Check, depth: int, tr: Translate, lang: str, capture: str | None, more: str = ""
) -> str:
    """A check as a ``<tbody>``; `more` is HTML that stands below what it says."""
    verdict = shown(check)
    branch = '<span class="branch" aria-hidden="true">↳</span>' if depth else ""
    told = words.message(check, tr)
    messages = f'<p class="told {colour(verdict) or "passed"}">{escape(told)}</p>' if told else ""
    protocol = words.protocol_seconds(check, tr, lang)
    proof = evidence(check, tr, lang, capture)
    if proof:
        proof = f'<tr class="proof"><td colspan="7">{proof}</td></tr>\n'
    identity = escape(str(check["id"]))
    return f"""<tbody data-key="check-{identity}"><tr>
<th scope="row"><span class="depth{min(depth, 3)}">{branch}{identity}</span></th>
<td>{chip(shown(check), tr)}</td>
<td class="what"><p class="title">{escape(say(check.get("title"), tr))}</p>{messages}{more}</td>
<td class="kind">{escape(tr(kind(check)))}</td>
{_number(str(check["weight"]), tr(_("Weight")))}
{_number(words.seconds(check, tr, lang), "")}
{_number(protocol, tr(_("Protocol")))}
</tr>
{proof}</tbody>
"""


def _number(value: str, label: str) -> str:
    named = f' data-label="{escape(label)}"' if label and value else ""
    return f'<td class="number"{named}>{escape(value)}</td>'


def legend(results: Result, tr: Translate) -> str:
    """What the kinds mean, of those that occur, and what the protocol's seconds are."""
    used = {check["kind"] for check in results["checks"]}
    entries = [
        (tr(KINDS[name]), tr(meaning)) for name, meaning in KIND_MEANINGS.items() if name in used
    ]
    protocol = _("the part of the time that the protocol's own timers prescribe")
    entries.append((tr(_("Protocol")), tr(protocol)))
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in entries)
    return f'<dl class="legend">{items}</dl>'


def _network(network: Topology, tr: Translate, states: Mapping[str, str] | None) -> str:
    drawing = svg.inline(network, tr, states)
    told = escape("\n".join(in_words.lines(network, tr)))
    mine = tr(_("Nodes with a thick edge are the trainee's."))
    caption = (
        f"<figcaption>{escape(mine)}</figcaption>"
        if any(node.trainee for node in network.nodes.values())
        else ""
    )
    name = escape(tr(_("The network")))
    return f"""<section aria-labelledby="network">
<h2 id="network">{name}</h2>
<figure><div class="scroll" tabindex="0" role="region" aria-label="{name}">{drawing}</div>{caption}
</figure>
<details class="words"><summary>{escape(tr(_("The network in words")))}</summary>
<pre>{told}</pre></details>
</section>"""


def _footer(results: Result, tr: Translate) -> str:
    if results.get("origin") == "replay":
        meaning = _("Graded by replay: the answer was applied in a fresh lab and judged there.")
    else:
        meaning = _("Self-reported: what a session says of itself; marks that count need a replay.")
    return f"<p>{escape(tr(meaning))}</p>"

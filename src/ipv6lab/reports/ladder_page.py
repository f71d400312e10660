"""The ladder as one HTML page that needs nothing else.

No script, no request, as in `ipv6lab.reports.report_page`. Every drawing has its twin in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ipv6lab.reports import say as words
from ipv6lab.reports import translated_page
from ipv6lab.reports.graded import mark
from ipv6lab.reports.head import head
from ipv6lab.reports.ladder import Step
from ipv6lab.reports.ladder_names import Names, label
from ipv6lab.reports.ladder_svg import drawing
from ipv6lab.reports.page_style import style
from ipv6lab.reports.say import Translate
from ipv6lab.reports.translated import Pairs
from ipv6lab.words.message import _

ON_A_SHEET = 100  # steps; more are drawn one drawing below the other

LIGHT = {
    "neighbours": "#0b6a74",
    "addresses": "#8a2f83",
    "names": "#1f5fa8",
    "transport": "#505b67",
    "error": "#a81c16",
    "echo": "#116b2e",
    "web": "#734b00",
    "other": "#505b67",
}
DARK = {
    "neighbours": "#5fd0dc",
    "addresses": "#e39add",
    "names": "#85b8f5",
    "transport": "#a8b3bf",
    "error": "#ff9d94",
    "echo": "#6adb88",
    "web": "#edc05a",
    "other": "#a8b3bf",
}
ABOUT = {
    "neighbours": _("neighbours and routers"),
    "addresses": _("addresses (DHCP)"),
    "names": _("names (DNS)"),
    "transport": _("connections"),
    "web": _("web"),
    "echo": _("echo"),
    "error": _("errors"),
    "other": _("anything else"),
}
RULES = """
.sheet{margin:0 0 1rem}
.sheet>summary{color:var(--accent);padding:.2rem 0;font-weight:600;width:fit-content}
.ladder{font:14px/1.35 system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
.ladder .name{font-weight:700;fill:var(--ink)}
.ladder .who{fill:var(--inset);stroke:var(--rule)}
.ladder .line{stroke:var(--rule);stroke-width:1.5}
.ladder .line.all{stroke-dasharray:3 4;stroke:var(--muted)}
.ladder .time{fill:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
.ladder .said{font-weight:600}
.ladder .detail{fill:var(--ink)}
.ladder .pipe{fill:var(--inset);stroke:var(--muted);stroke-width:1}
.ladder .pipename{fill:var(--muted);font-size:11px}
.ladder .arrow{stroke-width:1.8;fill:none}
.ladder .missed{stroke:var(--muted);stroke-dasharray:2 5;stroke-width:1.2}
.ladder .ended{stroke:var(--of-error);stroke-width:2.6;fill:none}
.ladder .via{fill:var(--card);stroke-width:1.8}
.ladder .stripe{fill:var(--paper)}
header,main{max-width:84rem}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:.9rem 0 1rem;padding:0;
 font-size:.9rem;color:var(--muted)}
.key li::before{content:"";display:inline-block;width:1.4em;height:3px;vertical-align:middle;
 margin-right:.45em;background:var(--of);border-radius:2px}
details.step>summary{padding:.15rem 0;overflow-wrap:anywhere}
ol.told{list-style:none;margin:.4rem 0 0;padding:0;border:0;font-size:.9rem}
ol.told li{display:grid;grid-template-columns:5.5rem minmax(0,1fr);gap:0 .8rem;padding:.2rem 0}
ol.told .time{color:var(--muted);text-align:right;font-variant-numeric:tabular-nums}
"""


def html(
    steps: Sequence[Step],
    names: Names,
    place: str,
    filter: str,
    frames: int,
    tr: Translate,
    lang: str,
    pairs: Pairs | None = None,
) -> str:
    """The page for what was captured at `place` with a `filter`: of so many frames these steps.

    `pairs` are what was translated, and are shown side by side.
    """
    title = tr(_("Who said what to whom on {place}", place=place))
    sheets = [steps[at : at + ON_A_SHEET] for at in range(0, len(steps), ON_A_SHEET)]
    start = steps[0].time if steps else 0.0
    drawn = "".join(
        _sheet(sheet, number, steps, names, tr, lang, start) for number, sheet in enumerate(sheets)
    )
    if not steps:
        drawn = f"<p>{escape(tr(_('No packet was seen.')))}</p>"
    told = "".join(_told(step, start, tr, lang) for step in steps)
    translated = _translated(pairs, tr, lang) if pairs else ""
    return f"""{head(title, lang, style() + _colours() + RULES)}
<body>
<a class="skip" href="#words">{escape(tr(_("Go to the words")))}</a>
<header>
<h1>{escape(title)}</h1>
</header>
<main>
<section aria-labelledby="drawing">
<h2 id="drawing">{escape(tr(_("The ladder")))}</h2>
{facts(steps, filter, frames, tr, lang)}
{key(steps, tr)}
{drawn}
</section>
{translated}<section aria-labelledby="words">
<h2 id="words">{escape(tr(_("In words")))}</h2>
<details><summary>{escape(tr(_("Every step, one a line")))}</summary>
<ol class="told">{told}</ol></details>
</section>
</main>
</body>
</html>
"""


def _translated(pairs: Pairs, tr: Translate, lang: str) -> str:
    """The section of what was translated; empty where nothing was."""
    shown = translated_page.section(pairs, "translated", tr, lang)
    if not shown:
        return ""
    return (
        f'<section aria-labelledby="translated"><h2 id="translated">'
        f"{escape(translated_page.heading(tr))}</h2>{shown}</section>\n"
    )


def sentence(step: Step, tr: Translate) -> str:
    """What a step says, without who and when."""
    details = ", ".join(tr(detail) for detail in step.all_details)
    return f"{step.title}: {details}" if details else step.title


def route(step: Step, tr: Translate) -> str:
    """Between whom a step is; with a sign where it ended on its way."""
    source, target = label(step.source, tr), label(step.target, tr)
    if step.ends_at is None:
        return f"{source} → {target}"
    return f"{source} → {label(step.ends_at, tr)} {mark('failed').sign} {target}"


def _colours() -> str:
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in _variables(colours).items())
        for colours in (LIGHT, DARK)
    )
    return (
        f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{{light}}}}}"
    )


def _variables(colours: dict[str, str]) -> dict[str, str]:
    return {f"of-{name}": colour for name, colour in colours.items()}


def facts(steps: Sequence[Step], filter: str, frames: int, tr: Translate, lang: str) -> str:
    """When it was, and how many packets and steps it has."""
    facts = []
    if steps:
        from datetime import datetime

        begun = datetime.fromtimestamp(steps[0].time).astimezone().isoformat(timespec="seconds")
        facts.append((_("Begun"), words.moment(begun, lang)))
        facts.append((_("Lasted"), words.duration(steps[-1].time - steps[0].time, tr, lang)))
    facts.append((_("Packets"), str(frames)))
    facts.append((_("Steps drawn"), str(len(steps))))
    if filter:
        facts.append((_("Filter"), filter))
    items = "".join(
        f"<div><dt>{escape(tr(what))}</dt><dd>{escape(value)}</dd></div>" for what, value in facts
    )
    return f'<dl class="facts" style="margin-top:0;padding-top:0;border:0">{items}</dl>'


def key(steps: Sequence[Step], tr: Translate) -> str:
    """What the colours of these steps mean."""
    used = {step.about for step in steps}
    items = "".join(
        f'<li style="--of:var(--of-{about})">{escape(tr(meaning))}</li>'
        for about, meaning in ABOUT.items()
        if about in used
    )
    return f'<ul class="key">{items}</ul>' if items else ""


def _sheet(
    sheet: Sequence[Step],
    number: int,
    steps: Sequence[Step],
    names: Names,
    tr: Translate,
    lang: str,
    start: float,
) -> str:
    first = number * ON_A_SHEET + 1
    title = tr(
        _(
            "Steps {first} to {last} of {count}",
            first=first,
            last=first + len(sheet) - 1,
            count=len(steps),
        )
    )
    picture = drawing(sheet, f"sheet{number}", title, names, tr, lang, start)
    held = (
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"{picture}</div></figure>"
    )
    if len(steps) <= ON_A_SHEET:
        return held
    opened = " open" if number == 0 else ""
    return f'<details class="sheet"{opened}><summary>{escape(title)}</summary>{held}</details>'


def _told(step: Step, start: float, tr: Translate, lang: str) -> str:
    time = words.number(step.time - start, lang, 3)
    return (
        f'<li><span class="time">{escape(time)}</span><span><b>{escape(route(step, tr))}</b> '
        f"{escape(sentence(step, tr))}</span></li>"
    )

"""An audit as tables for the terminal and as one page for who decides."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ipv6lab.audit.finding import CRITERIA, FAILED, NOTHING, NOTICE, PASSED, Site
from ipv6lab.reports.head import head
from ipv6lab.reports.page_style import style
from ipv6lab.reports.say import Translate
from ipv6lab.reports.terminal_tables import Cell, Column, Grid
from ipv6lab.words.message import _

SIGNS = {PASSED: "✔", FAILED: "✘", NOTICE: "!", NOTHING: "–"}
WORDS = {
    PASSED: _("passed"),
    FAILED: _("failed"),
    NOTICE: _("to be looked at"),
    NOTHING: _("does not apply"),
}
COLOURS = {PASSED: "passed", FAILED: "failed", NOTICE: "blocked", NOTHING: "blocked"}
STYLES = {PASSED: "green", FAILED: "red", NOTICE: "yellow", NOTHING: "dim"}
GRANTED = {True: _("would be granted"), False: _("would not be granted")}
CONTENT = {True: _("would find no fault"), False: _("would find faults")}


def summary(sites: Sequence[Site], tr: Translate) -> Grid:
    """A line for each site."""
    grid = Grid(
        [
            Column(tr(_("Site")), flexible=True),
            Column(tr(_("Logo"))),
            Column("internet.nl"),
            Column(tr(_("Failed")), right=True),
        ]
    )
    for site in sites:
        failed = sum(one == FAILED for one in site.verdicts.values())
        grid.add(
            Cell(site.name, "bold"),
            tr(GRANTED[site.logo]),
            tr(CONTENT[site.internet_nl]),
            f"{failed}/{len(CRITERIA)}",
        )
    return grid


def details(site: Site, tr: Translate) -> Grid:
    """A site's criteria with their sentences."""
    grid = Grid([Column(site.name), Column("", flexible=True)])
    for one, title in CRITERIA.items():
        verdict = site.verdicts[one]
        grid.add(
            Cell(f"{SIGNS[verdict]} {tr(WORDS[verdict])}", STYLES[verdict]),
            "\n".join([tr(title), *map(tr, site.told[one])]),
        )
    return grid


def page(sites: Sequence[Site], tr: Translate, lang: str) -> str:
    """One HTML page that needs nothing else; all that sites say is escaped."""
    title = tr(_("Are these sites on IPv6?"))
    good = sum(site.passed for site in sites)
    said = tr(_("{good} of {count} sites have no fault.", good=good, count=len(sites)))
    parts = "".join(_section(site, tr) for site in sites)
    return f"""{head(title, lang, style())}
<body>
<header><h1>{escape(title)}</h1><p>{escape(said)}</p></header>
<main>{parts}</main>
</body>
</html>
"""


def _section(site: Site, tr: Translate) -> str:
    logo = tr(_("The logo for IPv6 sites {granted}.", granted=tr(GRANTED[site.logo])))
    other = tr(_("internet.nl {found}.", found=tr(CONTENT[site.internet_nl])))
    rows = ""
    for one, title in CRITERIA.items():
        verdict = site.verdicts[one]
        told = "".join(f"<p>{escape(tr(each))}</p>" for each in site.told[one])
        rows += (
            f'<tr><td><span class="chip {COLOURS[verdict]}">{SIGNS[verdict]} '
            f"{escape(tr(WORDS[verdict]))}</span></td>"
            f'<td class="what"><strong>{escape(tr(title))}</strong>{told}</td></tr>'
        )
    return (
        f"<section><h2>{escape(site.name)}</h2><p>{escape(logo)} {escape(other)}</p>"
        f'<table class="checks"><thead><tr><th scope="col">{escape(tr(_("Verdict")))}</th>'
        f'<th scope="col">{escape(tr(_("What was asked")))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )

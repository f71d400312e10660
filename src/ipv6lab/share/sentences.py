"""The share as tables and sentences; beside a picture the same text says what it shows."""

from __future__ import annotations

from ipv6lab.reports.say import Translate, number
from ipv6lab.reports.terminal_tables import Cell, Column, Grid
from ipv6lab.share.reading import File
from ipv6lab.share.records import IPV4, KINDS, NAT64, NATIVE, OTHER, TUNNEL
from ipv6lab.share.tally import MEASURES, Report, Source, Sums
from ipv6lab.words.message import Message, _

SOURCES = {
    "web": _("Web servers' logs"),
    "flows": _("Flows"),
    "counters": _("Counters"),
}
TITLES = {"bytes": _("Octets"), "requests": _("Requests"), "clients": _("Clients")}
WORDS = {
    NATIVE: _("IPv6, native"),
    TUNNEL: _("IPv6 in a tunnel"),
    IPV4: _("IPv4"),
    NAT64: _("to IPv4 through NAT64 (apart)"),
    OTHER: _("not counted (control, own probes)"),
}


def parts(
    report: Report, tr: Translate, lang: str, target: float | None
) -> list[Grid | Cell | str]:
    """All tables, in order."""
    found: list[Grid | Cell | str] = []
    for source in report.sources.values():
        found += [*_source(source, tr, lang, target), ""]
    return found + _files(report, tr)


def percent(value: float | None, lang: str) -> str:
    """A share such as ``8.61 %``, and a dash where there was nothing to share.

    >>> percent(8.614, "vi"), percent(None, "en")
    ('8,61 %', '–')
    """
    return "–" if value is None else f"{number(value, lang, 2)} %"


def _source(
    source: Source, tr: Translate, lang: str, target: float | None
) -> list[Grid | Cell | str]:
    used = [one for one in MEASURES if any(source.all.of(one, kind) for kind in KINDS)]
    kinds = Grid([Column(tr(SOURCES[source.name]), flexible=True), *_columns(used, tr)])
    for kind in KINDS:
        kinds.add(tr(WORDS[kind]), *(str(source.all.of(one, kind)) for one in used))
    kinds.add(
        Cell(tr(_("Share of IPv6")), "bold"),
        *(Cell(percent(source.all.share(one), lang), "bold") for one in used),
    )
    found: list[Grid | Cell | str] = [kinds]
    if target is not None:
        found.append(tr(_against(source.all, used, target, lang)))
    for title, sums in ((_("Month"), source.months), (_("Office"), source.offices)):
        if sums:
            grid = Grid([Column(tr(title), flexible=True), *_columns(used, tr)])
            for name in sorted(sums):
                grid.add(name, *(percent(sums[name].share(one), lang) for one in used))
            found += ["", grid]
    if source.networks:
        grid = Grid([Column(tr(_("Clients' prefix"))), Column(tr(TITLES["requests"]), right=True)])
        for prefix, count in source.networks.most_common(5):
            grid.add(prefix, str(count))
        found += ["", grid]
    return found


def _columns(measures: list[str], tr: Translate) -> list[Column]:
    return [Column(tr(TITLES[one]), right=True) for one in measures]


def _against(sums: Sums, measures: list[str], target: float, lang: str) -> Message:
    shares = [share for one in measures if (share := sums.share(one)) is not None]
    if shares and min(shares) >= target:
        return _("The target of {target} is reached.", target=percent(target, lang))
    return _("The target of {target} is not reached.", target=percent(target, lang))


def _files(report: Report, tr: Translate) -> list[Grid | Cell | str]:
    found: list[Grid | Cell | str] = []
    for file in report.files:
        found.append(
            tr(
                _(
                    "{file} ({format}): {lines} lines, {counted} counted, {bad} bad.",
                    file=file.name,
                    format=file.format,
                    lines=file.lines,
                    counted=file.counted,
                    bad=file.bad_lines,
                )
            )
        )
        found += [f"  {line}" for line in named(file, tr)]
    return found


def named(file: File, tr: Translate) -> list[str]:
    """The first bad lines with their reasons; what stood there is nobody's to read."""
    return [
        tr(_("line {number}: {reason}", number=number, reason=tr(reason)))
        for number, reason in file.bad
    ]

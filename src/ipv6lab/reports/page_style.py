"""The style sheet of the page: light and dark, on paper, wide and narrow.

Every pair of text and ground has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from ipv6lab.reports.picture import DARK as NET_DARK
from ipv6lab.reports.picture import LIGHT as NET_LIGHT
from ipv6lab.reports.svg import variables

LIGHT = {
    "paper": "#f4f6f8",
    "card": "#ffffff",
    "ink": "#1b2128",
    "muted": "#505b67",
    "rule": "#d5dbe1",
    "inset": "#f0f3f6",
    "accent": "#1f5fa8",
    "passed": "#116b2e",
    "passed-ground": "#e2f4e6",
    "failed": "#a81c16",
    "failed-ground": "#fdeae8",
    "blocked": "#734b00",
    "blocked-ground": "#fbf0d7",
}
DARK = {
    "paper": "#0d1116",
    "card": "#12171d",
    "ink": "#e8edf3",
    "muted": "#a8b3bf",
    "rule": "#2b343e",
    "inset": "#1a2129",
    "accent": "#85b8f5",
    "passed": "#6adb88",
    "passed-ground": "#11301b",
    "failed": "#ff9d94",
    "failed-ground": "#3d1614",
    "blocked": "#edc05a",
    "blocked-ground": "#352705",
}


def style() -> str:
    """The whole style sheet."""
    light, dark = _variables(LIGHT) + variables(NET_LIGHT), _variables(DARK) + variables(NET_DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{color-scheme:light;{light}--paper:#ffffff;}}}}" + RULES
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);line-height:1.5;
 font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
header,main,footer{max-width:70rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 1.25rem;text-wrap:balance}
h1 .id{color:var(--accent);margin-right:.35em}
h2{font-size:1.2rem;margin:0 0 .75rem}
h3{font-size:.95rem;margin:0 0 .4rem;font-weight:600}
section{background:var(--card);border:1px solid var(--rule);border-radius:.75rem;
 padding:1.25rem;margin:0 0 1.25rem}
code,pre,.mono{font-family:ui-monospace,"Cascadia Mono","DejaVu Sans Mono",Menlo,monospace;
 font-size:.86em}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.25rem}
.score{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;align-items:center}
.points{display:flex;align-items:baseline;gap:.35rem;font-variant-numeric:tabular-nums}
.points b{font-size:3.5rem;line-height:1;font-weight:700}
.points span{color:var(--muted);font-size:1.1rem}
.say{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center}
.chip{display:inline-flex;gap:.4em;align-items:center;white-space:nowrap;font-weight:600;
 border:1px solid currentColor;border-radius:99px;padding:.05em .7em}
.chip.large{font-size:1.15rem}
.passed{color:var(--passed)}.failed{color:var(--failed)}.blocked{color:var(--blocked)}
.chip.passed,.part.passed{background:var(--passed-ground)}
.chip.failed,.part.failed{background:var(--failed-ground)}
.chip.blocked,.part.blocked{background:var(--blocked-ground)}
.chip.origin{color:var(--muted);background:var(--inset)}
.parts{display:flex;gap:3px;margin:1.1rem 0 .4rem}
.part{border:1px solid currentColor;border-radius:.3rem;text-align:center;font-weight:600;
 font-size:.85rem;padding:.15rem .2rem;min-width:0;overflow:hidden;white-space:nowrap}
.part.blocked{border-style:dashed}
.sum{color:var(--muted);font-size:.9rem;margin:0}
dl.facts{display:flex;flex-wrap:wrap;
 gap:.75rem 2.5rem;margin:1.25rem 0 0;padding-top:1rem;border-top:1px solid var(--rule)}
dl.facts div{min-width:0}
dl.facts dt{color:var(--muted);font-size:.8rem}
dl.facts dd{margin:0;overflow-wrap:anywhere}
table.checks{width:100%;border-collapse:collapse}
caption{text-align:left;color:var(--muted);font-size:.9rem;padding:0 0 .75rem}
.checks th,.checks td{text-align:left;vertical-align:top;padding:.7rem .75rem}
.checks thead th{color:var(--muted);font-size:.8rem;font-weight:600;white-space:nowrap;
 padding-top:.25rem;padding-bottom:.4rem;border-bottom:2px solid var(--rule)}
.checks tbody{border-bottom:1px solid var(--rule)}
.checks tbody:last-child{border-bottom:0}
.checks tr.proof td{padding-top:0}
.checks td.number,.checks thead th.number{text-align:right;white-space:nowrap;
 font-variant-numeric:tabular-nums}
.checks td.what{width:99%}
.checks th[scope=row]{white-space:nowrap;font-weight:700}
.checks .kind{white-space:nowrap}
.branch{color:var(--blocked);font-weight:400;margin-right:.3em}
.depth1{padding-left:.9em}.depth2{padding-left:1.9em}.depth3{padding-left:2.9em}
.title{margin:0}
.told{margin:.35rem 0 0;padding:.35rem .7rem;border-left:4px solid currentColor;
 border-radius:0 .35rem .35rem 0;overflow-wrap:anywhere}
.told.failed{background:var(--failed-ground)}
.told.blocked{background:var(--blocked-ground)}
.told.passed,.told.origin{background:var(--inset);color:var(--ink)}
.capture{margin:.5rem 0 0;font-size:.9rem}
summary{cursor:pointer}
details.evidence>summary{color:var(--accent);font-size:.9rem;width:fit-content}
.seen{background:var(--inset);border-radius:.5rem;padding:.75rem .9rem;margin-top:.6rem}
.seen .where{color:var(--muted);font-weight:400}
.seen p{margin:0 0 .5rem}
dl.seen-facts,dl.fields{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;
 margin:.2rem 0 .6rem;font-size:.86rem}
dl.seen-facts div,dl.fields div{min-width:0}
dl.seen-facts dt,dl.fields dt{color:var(--muted);font-size:.78rem;line-height:1.3}
dl.seen-facts dd,dl.fields dd{margin:0;overflow-wrap:anywhere}
ol.records{list-style:none;margin:.15rem 0;padding:0}
ol.records>li{border-left:2px solid var(--rule);padding-left:.7rem;margin:.2rem 0}
ol.records dl.seen-facts{margin:0}
ol.packets{list-style:none;margin:.4rem 0 0;padding:0;border:1px solid var(--rule);
 border-radius:.4rem;background:var(--card);font-size:.86rem}
ol.packets>li+li{border-top:1px solid var(--rule)}
.packet>summary{display:grid;grid-template-columns:6.2rem 3.6rem minmax(0,1fr);gap:0 .8rem;
 padding:.4rem .6rem;list-style:none}
.packet>summary::-webkit-details-marker{display:none}
.packet>summary .time::before{content:"▸ ";color:var(--accent)}
.packet[open]>summary .time::before{content:"▾ "}
.packet>summary:hover{background:var(--inset)}
.packet .time{font-variant-numeric:tabular-nums;white-space:nowrap;color:var(--muted)}
.packet .protocol{font-weight:600}
.packet .route{color:var(--muted);overflow-wrap:anywhere;display:block}
.packet .info{overflow-wrap:anywhere;display:block}
.tree{padding:.2rem .6rem .6rem 1.6rem;border-top:1px dashed var(--rule)}
.tree details>summary{font-weight:600;padding:.15rem 0}
.tree dl.fields{padding-left:1.1rem}
.scroll{overflow-x:auto}
.scroll pre{margin:.25rem 0;padding-left:1.1rem;line-height:1.35}
figure{margin:0}
figure .scroll svg{display:block;margin:0 auto;width:100%;height:auto}
figcaption,.legend{color:var(--muted);font-size:.9rem;margin-top:.6rem}
.words{margin-top:.6rem}
.words summary{color:var(--accent);font-size:.9rem;width:fit-content}
.words pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0 0}
.legend{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0 0;
 padding-top:.9rem;border-top:1px solid var(--rule)}
.legend dt{font-weight:600}.legend dd{margin:0}
footer{color:var(--muted);font-size:.85rem;padding-bottom:2rem}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
@media (max-width:60rem){
 header,main,footer{padding-left:.75rem;padding-right:.75rem}
 header{padding-top:1rem}
 h1{font-size:1.35rem}
 section{padding:.9rem}
 .checks,.checks tbody,.checks caption{display:block}
 .checks thead{position:absolute;left:-999rem}
 .checks tbody{padding:.8rem 0}
 .checks tbody tr{display:flex;flex-wrap:wrap;gap:.1rem .75rem;align-items:baseline}
 .checks tr.proof td{width:100%}
 .checks th,.checks td{padding:0}
 .checks td.number{text-align:left;color:var(--muted);font-size:.9rem}
 .checks td.kind{color:var(--muted);font-size:.9rem}
 .checks td.number:empty{display:none}
 .checks td[data-label]::before{content:attr(data-label) " "}
 .checks td.what{width:100%;order:9;margin-top:.3rem}
 .packet>summary{grid-template-columns:6.2rem minmax(0,1fr)}
 .packet>summary .says{grid-column:1/-1}
 .tree{padding-left:.8rem}
 .parts{flex-wrap:wrap}
}
@media print{
 body{font-size:10pt}
 section{border:0;padding:0;margin-bottom:1rem}
 .checks tr,.seen,figure{break-inside:avoid}
 .chip,.part,.told{print-color-adjust:exact}
 .checks tr.proof:not(:has(>td>details[open])),.words:not([open]),.skip{display:none}
 figure .scroll{overflow:visible}
 figure .scroll svg{min-width:0!important}
}
"""

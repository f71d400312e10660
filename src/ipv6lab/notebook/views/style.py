"""The style sheet of views: the report pages' own, kept within a view, with JupyterLab's theme.

Light or dark is what JupyterLab says (``data-jp-theme-light`` on its body); outside of it, what
the reader's system says; on paper always light.
"""

from __future__ import annotations

import functools

from ipv6lab.reports import ladder_page, page_style
from ipv6lab.reports.picture import DARK as NET_DARK
from ipv6lab.reports.picture import LIGHT as NET_LIGHT
from ipv6lab.reports.svg import variables

CLASS = "ipv6lab"


@functools.cache
def style() -> str:
    """The whole style sheet."""
    light = _colours(page_style.LIGHT, ladder_page.LIGHT) + variables(NET_LIGHT)
    dark = _colours(page_style.DARK, ladder_page.DARK) + variables(NET_DARK)
    return (
        f".{CLASS}{{color-scheme:light;{light}}}"
        f'[data-jp-theme-light="false"] .{CLASS}{{color-scheme:dark;{dark}}}'
        f"@media (prefers-color-scheme:dark){{body:not([data-jp-theme-light]) .{CLASS}"
        f"{{color-scheme:dark;{dark}}}}}"
        f"@media print{{.{CLASS},[data-jp-theme-light] .{CLASS}{{color-scheme:light;{light}}}}}"
        f".{CLASS}{{{_of_its_place(page_style.RULES)}{ladder_page.RULES}{RULES}}}"
    )


def _of_its_place(rules: str) -> str:
    """What a page does where it is narrow, a view does where its cell is: beside it are others."""
    return rules.replace("@media (max-width:", "@container (max-width:")


def _colours(page: dict[str, str], ladder: dict[str, str]) -> str:
    named = page | {f"of-{name}": colour for name, colour in ladder.items()}
    return "".join(f"--{name}:{colour};" for name, colour in named.items())


RULES = """
&{background:var(--card);color:var(--ink);border:1px solid var(--rule);border-radius:.6rem;
 padding:.9rem 1rem;margin:.3rem 0;overflow:visible;max-width:78rem;container-type:inline-size;
 font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}
h2{font-size:1.1rem;margin:0 0 .5rem;color:inherit;font-weight:600}
h3{color:inherit}
p{margin:0 0 .4rem}
section{border:0;padding:0;margin:0;border-radius:0;background:none}
&:not(.live) .only-live,&.live .only-still{display:none}
&[aria-busy=true] .waits{opacity:.55}
.bar{display:flex;flex-wrap:wrap;gap:.4rem .7rem;align-items:center;margin:0 0 .6rem}
.bar h2{margin:0}
.muted{color:var(--muted)}
button{font:inherit;font-size:.9em;color:var(--accent);background:var(--card);cursor:pointer;
 border:1px solid currentColor;border-radius:.4rem;padding:.1rem .65rem;min-height:1.75rem}
button:hover:not(:disabled){background:var(--inset)}
button:disabled{color:var(--muted);cursor:default;border-style:dashed}
button[aria-busy=true]{opacity:.6}
svg a{cursor:pointer;text-decoration:none}
svg .hit{fill:transparent;stroke:none}
svg a:hover .hit{fill:var(--accent);fill-opacity:.1}
svg a:focus-visible{outline:none}
svg a:focus-visible .hit{stroke:var(--accent);stroke-width:2.5}
svg .cut{stroke:var(--net-failed);stroke-width:2;stroke-dasharray:3 3;fill:none}
svg .cutground{fill:var(--net-paper);stroke:var(--net-failed);stroke-width:1.2}
svg .cutsign{fill:var(--net-failed);font-weight:700;font-size:8px}
details.facts-of{border-top:1px solid var(--rule)}
details.facts-of>summary{padding:.35rem .2rem}
details.facts-of>div{padding:0 0 .7rem 1.1rem}
table.facts{border-collapse:collapse;margin:.2rem 0 .7rem;font-size:.9em;border:0;
 table-layout:auto;width:auto}
table.facts caption{text-align:left;font-weight:600;color:var(--ink);padding:0;font-size:1em;
 caption-side:top}
table.facts th,table.facts td{text-align:left;vertical-align:top;padding:.12rem 1.1rem .12rem 0;
 border:0;color:var(--ink);background:none;white-space:normal;overflow-wrap:anywhere;max-width:none}
table.facts thead th{color:var(--muted);font-weight:600;font-size:.9em}
table tr,table tr:nth-child(odd),table tr:nth-child(even),table tr:hover{background:none}
table.checks{font-size:1em;border:0;margin:.6rem 0 0;table-layout:auto}
.checks th,.checks td{border:0;color:inherit;background:none;max-width:none;white-space:normal;
 line-height:1.45;font-size:1em;padding:.5rem .6rem}
.checks thead th{white-space:nowrap;font-size:.85em}
@container (max-width:60rem){.checks th,.checks td{padding:.1rem .2rem}
 .checks tbody{padding:.4rem 0}}
.checks caption{caption-side:top;padding:0 0 .5rem}
.chip.running,.chip.waiting{color:var(--accent);background:var(--inset)}
.chip.waiting{color:var(--muted)}
.told.running,.told.waiting{background:var(--inset);color:var(--ink);border-left-color:var(--rule)}
.points{margin:0}
.points b{font-size:2rem}
.hint{margin:.35rem 0 0;padding:.35rem .7rem;background:var(--inset);border-radius:.35rem}
.hint code{background:none;color:inherit;padding:0}
.hints{margin:.4rem 0 0}
details.fold{border-top:1px solid var(--rule);padding:.35rem 0 0;margin:.35rem 0 0}
details.fold.read{border:0;padding:0;margin:.1rem 0 0;font-size:.9em}
.badges{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem .6rem;margin:.5rem 0 0;padding:0}
.news{margin:.5rem 0;font-size:.88em;color:var(--muted)}
.news ol{list-style:none;margin:0;padding:0}
.news li{overflow-wrap:anywhere}
.pages{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.6rem 0}
details.step>summary{padding:.15rem 0;overflow-wrap:anywhere}
details.step>summary .time{display:inline-block;min-width:4.2rem;margin-right:.6rem;
 text-align:right;color:var(--muted);font-variant-numeric:tabular-nums}
details.step>ol{margin-left:1.2rem}
ol.steps{list-style:none;margin:.4rem 0 0;padding:0;font-size:.92em}
figure.plot svg{width:auto;min-width:0;max-width:100%}
.key{margin:.5rem 0}
pre{background:none;color:inherit}
dl dt,dl dd{float:none;width:auto;clear:none;padding:0;font-weight:normal}
summary{list-style-position:inside}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
 white-space:nowrap}
@media print{
 &{border:0;padding:0}
 .only-live,button{display:none}
 details.facts-of:not([open]){display:none}
}
"""

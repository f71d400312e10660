"""The picture as SVG that follows the reader's theme, for pages and as a file of its own.

The picture is drawn once, in colours that stand for their purpose, and these are then replaced by
CSS variables. So one drawing serves a light and a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from ipv6lab.reports.in_words import description
from ipv6lab.reports.picture import DARK, FONT, LIGHT, Palette, draw
from ipv6lab.reports.say import Translate
from ipv6lab.reports.topology import Topology
from ipv6lab.words.message import _

NAMESPACE = "http://www.w3.org/2000/svg"
# What stands in for DejaVu Sans where it is missing must not be wider: these are not.
FALLBACKS = "Verdana, 'Noto Sans', 'Segoe UI', sans-serif"
PIXELS = 96 / 72  # of CSS, in a point
SMALLEST = 0.75  # of the size drawn
LINES = "stroke-linejoin:round;stroke-linecap:butt"
# Colours that stand for the variables; no picture has them otherwise.
_STANDINS = Palette(*(f"#0a0b{number:02x}" for number in range(len(Palette._fields))))


def variables(palette: Palette) -> str:
    """CSS declarations of a palette's colours."""
    return "".join(f"{_variable(n)}:{colour};" for n, colour in palette._asdict().items())


def inline(
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    states: Mapping[str, str] | None = None,
    title: str = "",
) -> str:
    """An ``<svg>`` element for a page that declares `variables`."""
    root = _drawing(topology, tr, states, title)
    # As wide as drawn where there is room, and never so small that it cannot be read.
    width = float(root.get("width", "0").removesuffix("pt")) * PIXELS
    root.set("style", f"max-width:{width:.0f}px;min-width:{width * SMALLEST:.0f}px;{LINES}")
    del root.attrib["width"], root.attrib["height"]
    return ElementTree.tostring(root, encoding="unicode")


def standalone(
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    states: Mapping[str, str] | None = None,
    title: str = "",
) -> str:
    """A whole SVG file, light or dark as the reader's system is."""
    root = _drawing(topology, tr, states, title)
    style = ElementTree.Element(f"{{{NAMESPACE}}}style")
    style.text = (
        f"svg{{{variables(LIGHT)}}}@media (prefers-color-scheme:dark){{svg{{{variables(DARK)}}}}}"
    )
    root.insert(2, style)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _drawing(
    topology: Mapping[str, Any] | Topology,
    tr: Translate,
    states: Mapping[str, str] | None,
    title: str,
) -> ElementTree.Element:
    buffer = io.BytesIO()
    draw(topology, buffer, "svg", _STANDINS, states or {}, title)
    ElementTree.register_namespace("", NAMESPACE)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(buffer.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            # matplotlib's style sheet would reach out of the picture into the page.
            if child.tag in (f"{{{NAMESPACE}}}metadata", f"{{{NAMESPACE}}}style"):
                parent.remove(child)
    for element in root.iter():
        style = element.get("style")
        if style:
            element.set("style", _themed(style))
    _describe(root, title or tr(_("The network")), description(topology, tr))
    return root


def _themed(style: str) -> str:
    for name, standin in _STANDINS._asdict().items():
        style = style.replace(standin, f"var({_variable(name)})")
    return re.sub(rf"'?{FONT}'?", f"'{FONT}', {FALLBACKS}", style)


def _variable(name: str) -> str:
    return "--net-" + name.replace("_", "-")


def _describe(root: ElementTree.Element, title: str, text: str) -> None:
    """Say what the picture shows to those who do not see it."""
    for position, (tag, content) in enumerate((("title", title), ("desc", text))):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", {"id": f"network-{tag}"})
        element.text = content
        root.insert(position, element)
    root.set("role", "img")
    root.set("aria-labelledby", "network-title network-desc")
    root.set("style", LINES)

"""The page says everything, to everybody, and nothing in it can do harm."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import ModuleType
from typing import Any

import pytest

from ipv6lab.reports.page_style import DARK, LIGHT
from ipv6lab.reports.picture import DARK as NET_DARK
from ipv6lab.reports.picture import LIGHT as NET_LIGHT
from ipv6lab.reports.report_page import html

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Reads a page as a tree would: every element closed where it was opened."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def tags(self) -> set[str]:
        return {tag for tag, _attributes in self.elements}


@pytest.fixture
def page(samples: ModuleType) -> Page:
    return Page(html(samples.wrong(), samples.l04(), str, "en"))


def test_the_head_of_the_page(page: Page) -> None:
    for said in (
        "L04 SLAAC for the staff LAN",
        "18 of 100 points",
        "✘ failed",
        "graded by replay",
        "Nguyễn Thị Lan (seat 7)",
        "4 March 2026, 09:05 (GMT+07:00)",
        "ipv6lab 0.1.0, image 3f9c2a7be01d",
        "Weights: 3 of 11 earned, 1 taken away.",
        "Checks: 5 passed, 2 failed, 2 blocked.",
    ):
        assert said in page.text


def test_checks_stand_in_order_and_blocked_ones_under_their_cause(page: Page) -> None:
    text = page.text[page.text.index("What was checked") :]
    order = ["↳ M3", "↳ M5", "M2", "M4", "N1", "N3", "S1", "I1"]
    places = [text.index(name + " ") for name in ("M1", *order)]
    assert places == sorted(places)
    assert "Blocked by M1." in text
    assert "Hosts may not build addresses from 2001:db8:100:110::/64." in text
    assert "3.4 s 3.0 s" in text


def test_evidence_unfolds_to_decoded_packets(page: Page) -> None:
    assert "Router Advertisement, lifetime 30 s, prefix 2001:db8:100:110::/64 (L)" in page.text
    assert "preferred lifetime 14400" in page.text
    assert "Solicit XID 0xabcdef" in page.text
    assert page.tags() >= {"details", "summary"}


def test_what_a_trainees_own_session_reports_is_labelled(samples: ModuleType) -> None:
    for origin in ("self-reported", None):
        result = samples.right()
        result["origin"] = origin
        text = Page(html(result, samples.l04(), str, "en")).text
        assert "self-reported" in text
        assert "graded by replay" not in text


def test_the_page_asks_for_nothing_outside(samples: ModuleType) -> None:
    content = html(samples.wrong(), samples.l04(), str, "en", captures={"M1": "evidence/M1.pcap"})
    page = Page(content)
    assert not page.tags() & {"script", "iframe", "object", "embed", "form", "base", "img"}
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "poster"):
            value = attributes.get(name) or ""
            assert value in ("", "data:,", "evidence/M1.pcap") or value.startswith("#"), (
                tag,
                value,
            )
        assert not [name for name in attributes if name.startswith("on")]
    style = content[content.index("<style>") : content.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert ("meta", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in [
        (tag, attributes.get("content")) for tag, attributes in page.elements
    ]


HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&--><!--"


def hostile(value: Any) -> Any:
    """The same results with hostile text in every place that takes any."""
    if isinstance(value, dict):
        keep = ("verdict", "kind", "frame", "blocked_by", "graded_at", "text")
        return {k: v if k in keep and isinstance(v, str) else hostile(v) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return HOSTILE + value if isinstance(value, str) else value


def test_hostile_text_stays_text(samples: ModuleType) -> None:
    result = hostile(samples.wrong())
    for check in result["checks"]:
        check["message"] = {
            "text": "{output}" + HOSTILE.replace("{", ""),
            "values": {"output": HOSTILE},
        }
    topology = samples.l04()
    topology["nodes"][HOSTILE] = {"kind": HOSTILE, "interfaces": {HOSTILE: {"link": HOSTILE}}}
    clean = Page(html(samples.wrong(), samples.l04(), str, "en")).tags()
    page = Page(html(result, topology, str, '"><script>', captures={HOSTILE + "M1": HOSTILE}))
    assert page.tags() <= clean | {"a"}
    assert HOSTILE in "".join(page.words)
    assert not [a for _tag, attributes in page.elements for a in attributes if a.startswith("on")]


def test_octets_of_no_meaning_do_not_stop_the_page(samples: ModuleType) -> None:
    result = samples.wrong()
    for number, check in enumerate(result["checks"]):
        for item in check["evidence"]:
            item["packets"] = [
                {"time": None, "link": None, "frame": ["", "AAAA", "no base64", None][number % 4]}
            ]
    assert "no Ethernet frame" in Page(html(result, samples.l04(), str, "en")).text


def test_hints_that_were_read_are_told(samples: ModuleType) -> None:
    result = {**samples.right(), "score": 80, "hints": {"M1": 2, "M3": 1}}
    assert "Hints read: 3" in Page(html(result, samples.l04(), str, "en")).text


def test_few_keys_are_enough() -> None:
    result = {
        "folder": "x",
        "exercise": "L04",
        "seat": None,
        "score": 0,
        "max_score": 100,
        "verdict": "failed",
        "checks": [],
    }
    assert "0 of 100 points" in Page(html(result, {"nodes": {}, "links": {}}, str, "en")).text


def test_it_speaks_the_readers_language(samples: ModuleType, vietnamese: Any) -> None:
    content = html(samples.wrong(), samples.l04(), vietnamese, "vi")
    text = Page(content).text
    assert '<html lang="vi">' in content
    assert "✘ không đạt" in text
    assert "Máy trạm không được tự tạo địa chỉ từ 2001:db8:100:110::/64." in text
    assert "3,4 giây" in text
    assert "04/03/2026 09:05 (GMT+07:00)" in text


def test_landmarks_headings_and_tables_are_named(page: Page) -> None:
    assert page.tags() >= {"header", "main", "footer", "caption", "h1", "h2"}
    ids = {attributes.get("id") for _tag, attributes in page.elements}
    for tag, attributes in page.elements:
        if tag == "section":
            assert attributes["aria-labelledby"] in ids
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    scrolled = [a for _tag, a in page.elements if a.get("class") == "scroll"]
    assert scrolled
    for attributes in scrolled:  # reachable by keyboard, and named
        assert attributes["tabindex"] == "0"
        assert attributes["aria-label"]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_told_from_its_ground(theme: dict[str, str]) -> None:
    for ground in ("paper", "card", "inset"):
        for text in ("ink", "muted", "accent"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    for verdict in ("passed", "failed", "blocked"):
        assert contrast(theme[verdict], theme[f"{verdict}-ground"]) >= 4.5, verdict


@pytest.mark.parametrize("theme", [NET_LIGHT, NET_DARK], ids=["light", "dark"])
def test_the_pictures_text_can_be_told_from_its_ground(theme: Any) -> None:
    for ground in (theme.paper, theme.router, theme.host, theme.bar):
        assert contrast(theme.ink, ground) >= 4.5
        for verdict in (theme.passed, theme.failed, theme.blocked):
            assert contrast(verdict, ground) >= 4.5
    for ground in (theme.paper, theme.host):
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.wire, theme.paper) >= 3  # WCAG 1.4.11: graphical objects
    assert contrast(theme.bar_edge, theme.paper) >= 3
    assert contrast(theme.router_edge, theme.paper) >= 3


def test_every_variable_of_the_style_is_declared(samples: ModuleType) -> None:
    content = html(samples.wrong(), samples.l04(), str, "en")
    declared = set(re.findall(r"(--[a-z-]+):", content))
    assert set(re.findall(r"var\((--[a-z-]+)\)", content)) <= declared

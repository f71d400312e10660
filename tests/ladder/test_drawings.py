"""The ladder as people see it: in a terminal of any width, and as a page."""

from __future__ import annotations

import importlib.util
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.course import languages
from ipv6lab.reports import ladder_page
from ipv6lab.reports.cells import width
from ipv6lab.reports.ladder import Ladder, Step
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.ladder_terminal import TerminalLadder
from ipv6lab.words.message import Message
from tests.ladder.frames import ADDRESSES, FRAMES, NETWORK, octets

VOID = {"meta", "link"}


CONVERSATION = """
            pc      gw     rogue    all
             │       │       │       ┊
   0.000     ├───────┼───────┼──────▶┊    Router Solicitation: to all routers
   1.000     │◀──────┤       │       ┊    Neighbor Advertisement: 2001:db8:1::1 is at
             │       │       │       ┊    02:00:00:00:00:02, flags R S O

            pc      gw     rogue    srv     all
             │       │       │       │       ┊
   2.000     ├───────○───────┼──────▶│       ┊    Echo Request: id 0x0007, seq 1, 0
             │       │       │       │       ┊    octets, by way of gw
   3.000     ├═══════╪═══════╪══════▶│       ┊    Echo Request: id 0x0007, seq 1, 0
             │       │       │       │       ┊    octets, in 6in4 198.51.100.2 →
             │       │       │       │       ┊    192.0.2.80
"""


def made(*frames: bytes) -> tuple[list[Step], Names]:
    names = Names(NETWORK, ADDRESSES)
    names.begin_at("pc")
    ladder = Ladder(names)
    done = []
    for number, frame in enumerate(frames):
        done += ladder.add(100 + number, frame)
    return done + ladder.rest(), names


def lines(cells: int, *names: str, colour: bool = False) -> list[str]:
    steps, known = made(*map(octets, names))
    return list(TerminalLadder(known, cells, str, "en", colour).lines(steps))


def vietnamese(message: Message | str) -> str:
    if isinstance(message, str):
        return languages.translate_text(message, "vi")
    return languages.translate(message, "vi")


def test_a_conversation_in_a_wide_terminal() -> None:
    drawn = [line.rstrip() for line in lines(88, "rs", "na", "echo", "6in4")]
    assert drawn == CONVERSATION.splitlines()


@pytest.mark.parametrize("cells", [40, 60, 80, 100, 200])
def test_no_line_is_longer_than_the_terminal(cells: int) -> None:
    for line in lines(cells, *FRAMES):
        assert width(line) <= cells, line


@given(st.integers(20, 300), st.lists(st.sampled_from(sorted(FRAMES)), max_size=8))
def test_every_step_is_said_in_any_width(cells: int, names: list[str]) -> None:
    drawn = lines(cells, *names)
    assert all(width(line) <= max(cells, 30) for line in drawn)
    steps, _names = made(*map(octets, names))
    words = "".join(drawn).replace(" ", "").replace("│", "").replace("┊", "")
    for step in steps:
        assert step.title.split()[0] in words


def test_colours_add_nothing_that_is_not_said() -> None:
    plain = [line.rstrip() for line in lines(90, *FRAMES)]
    coloured = lines(90, *FRAMES, colour=True)
    assert any("\x1b[" in line for line in coloured)
    assert [re.sub("\x1b\\[[0-9;]*m", "", line).rstrip() for line in coloured] == plain


def test_no_packet_steers_the_terminal() -> None:
    frame = FRAMES["get"].copy()
    frame["TCP"].remove_payload()
    steps, known = made(bytes(frame / b"GET /\x1b]0;x\x07 HTTP/1.1\r\nHost: \x1b[2J\r\n\r\n"))
    drawn = "".join(TerminalLadder(known, 80, str, "en").lines(steps))
    assert "GET /" in drawn
    assert drawn.isprintable()


class Page(HTMLParser):
    """Notes what a page holds, and complains about tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(frames: list[bytes], lang: str = "en") -> str:
    steps, known = made(*frames)
    tr = vietnamese if lang == "vi" else str
    return ladder_page.html(steps, known, "pc <eth0>", "icmp6 & udp", len(frames), tr, lang)


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    text = page([octets(name) for name in FRAMES])
    parsed = Page(text)
    assert parsed.open == []
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _attributes in parsed.tags}
    linked = [value for _tag, given in parsed.tags for key, value in given.items() if key == "href"]
    assert all(value and value.startswith(("#", "data:")) for value in linked)
    assert "pc &lt;eth0&gt;" in text
    assert "icmp6 &amp; udp" in text


def test_each_drawing_has_a_name_a_description_and_words() -> None:
    text = page([octets(name) for name in FRAMES] * 8)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img"
        named = str(root.get("aria-labelledby")).split()
        found = {element.get("id"): element.text for element in root.iter()}
        assert all(found[name] for name in named)
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    steps, _known = made(*[octets(name) for name in FRAMES] * 8)
    assert text.count('<span class="time">') == len(steps)


def test_the_page_speaks_vietnamese() -> None:
    text = page([octets(name) for name in FRAMES], "vi")
    assert '<html lang="vi">' in text
    for english in ("to all nodes", "by way of", "who has", "In words", "Packets"):
        assert english not in text
    assert "Router Advertisement" in text


def test_an_empty_capture_is_a_page_too() -> None:
    assert "No packet was seen." in page([])


def _browser() -> ModuleType:
    file = Path(__file__).parents[1] / "reports/test_browser.py"
    spec = importlib.util.spec_from_file_location("report_browser", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_browser_shows_the_page(tmp_path: Path) -> None:
    file = tmp_path / "ladder.html"
    file.write_text(page([octets(name) for name in FRAMES]), encoding="utf-8")
    assert _browser().visit(file, tmp_path) == ([], [])

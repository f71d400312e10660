"""Reports of people and of the class, as pages and on paper: everything in them is text."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest

from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook import beside, ledger, paper, people
from ipv6lab.classroom.gradebook.documents import Document, Section, Table
from ipv6lab.classroom.gradebook.ledger import ByHand
from ipv6lab.cli.program import run
from ipv6lab.course import content, learnt, questions
from tests.classroom.handing_in import NAMES, TWIN, a_class, result

KNOWN = {"html", "head", "body", "main", "h1", "h2", "p", "bdi", "section", "div", "table"}
KNOWN |= {"thead", "tbody", "tr", "th", "td", "footer", "meta", "title", "link", "style"}


class Seen(HTMLParser):
    """A page's elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def text_of(file: Path | bytes) -> str:
    import io

    reader = pypdf.PdfReader(io.BytesIO(file) if isinstance(file, bytes) else file)
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages))


@pytest.fixture
def room(tmp_path: Path) -> Class:
    return a_class(tmp_path / "class", [*NAMES, TWIN, TWIN], "vi")


def closed_tests(room: Class, seat: int) -> None:
    """A seat that knew nothing before and everything after."""
    asked = questions.drawn(questions.load(content.find()), seat)
    sheet = learnt.Sheet(seat, closed=list(questions.FORMS))
    sheet.chosen[questions.AFTER] = {one.id: one.right for one in asked[questions.AFTER]}
    file = room.home(seat).joinpath(*beside.KEPT)
    learnt.write(file, sheet)


def test_reports_say_everything_and_nothing_in_them_steers(
    room: Class, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seat, holder in people.holders(room).items():
        with ledger.opened(room) as book:
            book.add_grading(holder, "L02", result(score=60))
            if seat == 9:
                reason = '<b>sai</b> "chấm"'
                mark = ByHand(holder, "L02", "M2", 25, reason, "Lê Thị B", "2026-11-30T18:00:00")
                book.add_mark(mark)
    told = {"scores": {"L02": 77}, "spent": {"L02": 1500.0, "L03": "x"}}
    (room.room / "board.json").write_text(json.dumps({"seats": {"9": told}}))
    closed_tests(room, 9)
    out = tmp_path / "out"
    words = ["class", "report", str(out), "--folder", str(room.folder), "--lang", "vi"]
    assert run(words) == 0
    assert len(list(out.iterdir())) == 2 * (len(room.seats) + 1)
    assert all(file.stat().st_mode & 0o077 == 0 for file in out.iterdir())
    for file in out.glob("*.html"):
        page = Seen(file.read_text("utf-8"))
        assert page.tags <= KNOWN
        assert not {one for one in page.attributes if one.startswith("on")}
        assert "style" in page.tags
        assert not {"\x1b", "\u202e", "\u202c"} & set(file.read_text("utf-8"))
    whole = " ".join(Seen((out / "class.html").read_text("utf-8")).text)
    assert all(people.plain_text(name) in whole for name in NAMES)
    person = " ".join(Seen((out / "seat-09.html").read_text("utf-8")).text)
    paper_says = text_of(out / "seat-09.pdf")
    for text in (TWIN, "85*", "25 điểm, Lê Thị B", '<b>sai</b> "chấm"', "Nothing arrives.",
                 "chấm được 60", "L02: 77", "không được tính"):  # fmt: skip
        assert text in person, text
        assert text in paper_says, text
    assert re.search(r"L02 [^|]*? 25 ", paper_says)  # minutes at work
    gained = re.findall(r"0/\d+ (\d+)/\1 \+100 %", paper_says)
    assert len(gained) == len(questions.load(content.find()))
    assert "+100" not in text_of(out / "seat-10.pdf")
    on_paper = text_of(out / "class.pdf")
    assert TWIN in on_paper
    assert '=HYPERLINK("http://x","y")' in on_paper.replace("\n", "")
    assert "1 người đã nộp cả hai bài" in on_paper


def test_the_font_is_in_the_paper_and_has_every_letter_of_vietnamese() -> None:
    marks = "\u0300\u0301\u0303\u0309\u0323"
    vowels = "aăâeêioôơuưy"
    letters = [v + m for v in vowels for m in marks] + list(vowels) + ["đ"]
    text = people.plain_text("".join(letters + [one.upper() for one in letters]))
    rows = [["✔ đạt", text, "日本", "=1+1"]]
    told = Document(TWIN, "vi", [text], [Section("Điểm", [text], Table("abcd", rows))], "chân")
    data = paper.pdf(told, "2026-11-30T18:00:00+07:00")
    found = text_of(data)
    assert found.replace(" ", "").count(text) >= 2
    assert r"\u65e5\u672c" in found
    for one in pypdf.PdfReader(__import__("io").BytesIO(data)).pages:
        for font in one["/Resources"]["/Font"].values():  # type: ignore[index]
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile2" in inner["/FontDescriptor"].get_object()


@pytest.mark.parametrize("what", ["link", "folder-link", "pipe", "junk", "large", "other-seat"])
def test_what_a_seat_puts_for_its_tests_harms_nobody(
    room: Class, tmp_path: Path, what: str
) -> None:
    closed_tests(room, 3)
    assert beside.sheet(room, 3) is not None
    file = room.home(3).joinpath(*beside.KEPT)
    kept = tmp_path / "kept.json"
    file.rename(kept)
    if what == "link":
        file.symlink_to(kept)
    elif what == "folder-link":
        file.parent.rename(tmp_path / "elsewhere")
        kept.rename(tmp_path / "elsewhere" / file.name)
        file.parent.symlink_to(tmp_path / "elsewhere")
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "junk":
        file.write_bytes(b"[" * 200_000)
    elif what == "large":
        file.write_bytes(kept.read_bytes() + b" " * (1 << 20))
    else:
        file.write_text(kept.read_text("utf-8").replace('"seat": 3', '"seat": 4'), "utf-8")
    found = beside.sheet(room, 3)
    assert found is None or what == "large"  # blanks at the end are none of it

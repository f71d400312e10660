"""What leaves the class is signed, and `class verify` says what of it is otherwise."""

from __future__ import annotations

import base64
import io
import json
import random
import re
from pathlib import Path

import pypdf
import pytest

from ipv6lab.classroom import moving
from ipv6lab.classroom.folder import Class
from ipv6lab.classroom.gradebook import ledger, people, signed, signing, verifying
from ipv6lab.cli.program import run
from tests.classroom.handing_in import NAMES, TWIN, a_class, result

ENDINGS = (".html", ".pdf")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Class:
    found = a_class(tmp_path_factory.mktemp("room") / "class", [TWIN, NAMES[3], NAMES[4], "Bình"])
    for seat, score in ((1, 100), (2, 60), (3, 60), (4, 30)):
        with ledger.opened(found) as book:
            book.add_grading(people.holders(found)[seat], "L02", result(score=score))
    return found


def command(room: Class, *words: str) -> int:
    return run(["class", *words, "--folder", str(room.folder), "--lang", "en"])


@pytest.fixture(scope="module")
def issued(room: Class, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("issued")
    assert command(room, "certificates", str(folder)) == 0
    assert command(room, "results", str(folder / "marks.json")) == 0
    return folder


@pytest.fixture
def key(room: Class, issued: Path) -> str:
    assert issued.exists()
    return signing.public(signing.public_file(room))


def certificate(issued: Path, seat: int, ending: str) -> Path:
    [found] = issued.glob(f"seat-{seat:02}-*{ending}")
    return found


def said(found: verifying.Found) -> str:
    return " ".join(map(str, found.wrong))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_certificate_is_as_it_was_signed(
    room: Class, issued: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(map(str, issued.glob(f"*{ending}")))
    assert len(files) == 3  # nobody is certified for 30 points
    assert command(room, "verify", *files) == 0
    out = capsys.readouterr().out
    assert f"Certified: {TWIN}, seat 1" in out
    assert "\x1b" not in out
    public = str(signing.public_file(room))
    elsewhere = ["class", "verify", files[0], "--folder", "/nowhere", "--key", public]
    assert run([*elsewhere, "--lang", "vi"]) == 0
    private = room.secrets / signing.PRIVATE
    assert private.stat().st_mode & 0o077 == 0
    for file in issued.iterdir():
        assert private.read_bytes()[40:80] not in file.read_bytes()


def test_a_certificate_says_the_same_in_both_languages_as_page_and_on_paper(issued: Path) -> None:
    page = certificate(issued, 2, ".html").read_text("utf-8")
    reader = pypdf.PdfReader(certificate(issued, 2, ".pdf"))
    paper = re.sub(r"\s+", " ", " ".join(one.extract_text() for one in reader.pages))
    for text in ("Certificate", "Giấy chứng nhận", "60 of 100 points", "60 trên 100 điểm"):
        assert text in page, text
        assert text in paper, text
    assert NAMES[3] not in page
    assert NAMES[3] in paper


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_byte_counts(issued: Path, key: str, ending: str) -> None:
    data = certificate(issued, 1, ending).read_bytes()
    assert not verifying.verify(data, key).wrong
    draw = random.Random(1)
    places = {0, len(data) - 1, *range(len(data) - 60, len(data), 15)}
    places |= {draw.randrange(len(data)) for _number in range(12)}
    for at in sorted(places):
        changed = bytearray(data)
        changed[at] ^= draw.choice((1, 2, 0x20, 0x80))
        assert verifying.verify(bytes(changed), key).wrong, at
    for other in (
        data[:-1],
        data + b"\n",
        data[1:],
        data + data,
        b"",
        data.replace(b"\n", b"\r\n"),
    ):
        assert verifying.verify(other, key).wrong


@pytest.mark.parametrize("ending", ENDINGS)
def test_which_byte_is_said(issued: Path, key: str, ending: str) -> None:
    data = bytearray(certificate(issued, 1, ending).read_bytes())
    data[700] ^= 1
    assert "is byte 701." in said(verifying.verify(bytes(data), key))


def test_a_changed_name_is_said_wherever_it_was_changed(
    room: Class, issued: Path, tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = certificate(issued, 1, ".html").read_bytes()
    shown = data.replace(TWIN.encode(), "Nguyễn Văn B".encode())
    told = said(verifying.verify(shown, key))
    assert "Nguyễn Văn B" in told
    assert TWIN in told
    for ending in ENDINGS:  # and where it is signed
        parts = signed.parted(certificate(issued, 1, ending).read_bytes())
        assert parts is not None
        assert parts.block is not None
        block = {**parts.block, "claims": {**parts.block["claims"], "name": "Nguyễn Văn B"}}
        file = tmp_path / f"forged{ending}"
        file.write_bytes(signed.joined(parts.document, block))
        capsys.readouterr()
        assert command(room, "verify", str(file)) == 1
        out = capsys.readouterr().out
        assert f"name: it says “Nguyễn Văn B”, and “{TWIN}” was certified." in out


@pytest.mark.parametrize("ending", ENDINGS)
def test_another_class_s_key_is_said(issued: Path, tmp_path: Path, key: str, ending: str) -> None:
    other = a_class(tmp_path / "other", [TWIN])
    parts = signed.parted(certificate(issued, 1, ending).read_bytes())
    assert parts is not None
    assert parts.block is not None
    block = signing.sign(other, parts.block["claims"])
    forged = signed.joined(parts.document, block)
    told = said(verifying.verify(forged, key))
    assert "key of another class" in told
    assert signing.fingerprint(key) in told
    block["key"] = key
    assert "changed" in said(verifying.verify(signed.joined(parts.document, block), key))


def test_a_gradebook_says_whose_entries_were_changed(issued: Path, key: str) -> None:
    data = (issued / "marks.json").read_bytes()
    assert not verifying.verify(data, key).wrong
    whole = json.loads(data)

    def otherwise(**changes: object) -> str:
        people = [{**whole["people"][0], **changes}, *whole["people"][1:]]
        return said(verifying.verify(as_file({**whole, "people": people}), key))

    def as_file(told: object) -> bytes:
        return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()

    assert otherwise() == ""
    assert otherwise(name="B") == "Seat 1: the name was changed."
    assert otherwise(total=1) == "Seat 1: marks, or what belongs to them, were changed."
    assert "missing" in said(
        verifying.verify(as_file({**whole, "people": whole["people"][1:]}), key)
    )
    assert "title" in said(verifying.verify(as_file({**whole, "class": "x"}), key))
    assert "no signature" in said(verifying.verify(as_file({"people": []}), key))
    draw = random.Random(2)
    for _number in range(60):
        changed = bytearray(data)
        changed[draw.randrange(len(data))] ^= draw.choice((1, 2, 0x20))
        assert verifying.verify(bytes(changed), key).wrong
    assert "no JSON" in said(verifying.verify(data[:-5], key))


@pytest.mark.parametrize("junk", [b"", b"\xff" * 99, b"{}", b"[" * 99_999, b"%PDF-1.7\n%%EOF\n"])
def test_what_is_none_of_ours_is_said(key: str, junk: bytes) -> None:
    assert "no signature" in said(verifying.verify(junk, key))
    block = base64.b64encode(b'{"claims": []}')
    assert verifying.verify(junk + b"<!--ipv6lab-signed " + block + b"-->\n", key).wrong


def test_the_key_that_signs_stays_and_the_other_goes_along(
    room: Class, issued: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moving.export(room, tmp_path / "class.tar")
    there = moving.take_in(tmp_path / "class.tar", tmp_path / "there")
    assert command(there, "verify", str(certificate(issued, 1, ".pdf"))) == 0
    assert command(there, "certificates", str(tmp_path / "more")) == 2
    assert signing.PRIVATE in capsys.readouterr().err
    assert command(there, "results", str(tmp_path / "unsigned.json")) == 0
    assert "signed" not in json.loads((tmp_path / "unsigned.json").read_text("utf-8"))
    bad = tmp_path / "bad.pub"
    bad.write_text("no key")
    file = str(certificate(issued, 1, ".pdf"))
    assert command(room, "verify", file, "--key", str(bad)) == 2
    assert command(room, "verify", str(tmp_path / "none")) == 2
    pypdf.PdfReader(io.BytesIO(Path(file).read_bytes()), strict=True)

"""The report as files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from ipv6lab.reports.report_files import names, write_report
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message


def test_a_report_is_a_folder(samples: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "báo cáo" / "L04"
    page = write_report(folder, samples.wrong(), samples.l04(), str, "en", states={"pc1": "failed"})
    assert page == folder / "report.html"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [
        "evidence/M1.pcap",
        "evidence/M2.pcap",
        "evidence/N1.pcap",
        "evidence/N3.pcap",
        "evidence/S1.pcap",
        "picture.png",
        "picture.svg",
        "report.html",
        "report.json",
    ]
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == samples.wrong()
    assert ElementTree.parse(folder / "picture.svg").getroot().tag.endswith("svg")
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert 'href="evidence/N3.pcap"' in page.read_text(encoding="utf-8")


def test_a_second_report_takes_the_place_of_the_first(samples: ModuleType, tmp_path: Path) -> None:
    write_report(tmp_path, samples.wrong(), samples.l04(), str, "en")
    write_report(tmp_path, samples.right(), samples.l04(), str, "en")
    assert (
        "18" not in (tmp_path / "report.html").read_text(encoding="utf-8").split("<title>")[1][:4]
    )
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["score"] == 100


def test_the_same_results_give_the_same_files(samples: ModuleType, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_report(tmp_path / name, samples.wrong(), samples.l04(), str, "en")
    for path in (tmp_path / "one").rglob("*.*"):
        assert (
            path.read_bytes()
            == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
        )


def test_messages_in_results_are_written_as_their_json(samples: ModuleType, tmp_path: Path) -> None:
    result = samples.wrong()
    result["title"] = Message("SLAAC for {lan}", {"lan": "staff"})
    page = write_report(tmp_path, result, samples.l04(), str, "en")
    assert "SLAAC for staff" in page.read_text(encoding="utf-8")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["title"] == {"text": "SLAAC for {lan}", "values": {"lan": "staff"}}


def test_a_folder_that_cannot_be_written_is_named(samples: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here already", encoding="utf-8")
    with pytest.raises(LabError, match=r"The report cannot be written to .*file/report"):
        write_report(tmp_path / "file" / "report", samples.wrong(), samples.l04(), str, "en")


def test_captures_of_an_earlier_report_are_not_taken_for_this_one_s(
    samples: ModuleType, tmp_path: Path
) -> None:
    write_report(tmp_path, samples.wrong(), samples.l04(), str, "en")
    result = samples.wrong()
    for check in result["checks"]:
        check["evidence"] = []
    page = write_report(tmp_path, result, samples.l04(), str, "en")
    assert os.listdir(tmp_path / "evidence") == []
    assert ".pcap" not in page.read_text(encoding="utf-8")


def test_a_folder_whose_name_is_no_utf_8_has_its_report(
    samples: ModuleType, tmp_path: Path
) -> None:
    result = {**samples.right(), "folder": os.fsdecode(b"in/latin-\xe9")}
    folder = tmp_path / os.fsdecode(b"latin-\xe9")
    page = write_report(folder, result, samples.l04(), str, "en")
    assert "in/latin-\\udce9" in page.read_text(encoding="utf-8")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["folder"] == "in/latin-\udce9"


def test_every_folder_has_a_report_by_its_name(tmp_path: Path) -> None:
    for name in ("an/work", "binh/work", "binh/other/work"):
        (tmp_path / name).mkdir(parents=True)
    folders = [str(tmp_path / name) for name in ("an/work", "binh/work", "binh/other/work")]
    assert names(folders) == ["an-work", "binh-work", "other-work"]
    assert names(folders[:1]) == ["work"]
    assert names([folders[0], folders[0]])[1].endswith("work-2")
    assert names(["/"]) == ["folder"]
    assert names([]) == []

"""Findings as people write them down, against what is known of a site, an offer, a clause."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ipv6lab.expect import audits
from ipv6lab.probes import Blocked, Failed
from ipv6lab.probes.given import Answers
from ipv6lab.words.errors import NotJudged


def lab(given: str | list[str] | None) -> Any:
    return SimpleNamespace(answers=Answers({} if given is None else {"x": given}))


@pytest.mark.parametrize(
    "given",
    [
        ["web-aaaa", "ptr"],
        "PTR, web-aaaa",
        ["`web-aaaa`", "ptr."],
        ["web-aaaa", "web-reach", "tls", "only6", "ptr"],
    ],
)
def test_faults_may_be_written_in_many_ways(given: str | list[str]) -> None:
    audits.faults_are(lab(given), "x", ["web-aaaa", "ptr"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ptr", "more than was found"),
        (["web-aaaa", "ptr", "ns-aaaa"], "meets ns-aaaa"),
        (["web-aaaa", "ptr", "mx-reach"], "meets mx-reach"),
        ("none", "more than was found"),
        (["none", "ptr"], "something beside it"),
        ("everything", "none of ns-aaaa"),
        (None, "no answer yet"),
    ],
)
def test_faults_that_are_not_those(given: str | list[str] | None, said: str) -> None:
    with pytest.raises(Failed, match=said):
        audits.faults_are(lab(given), "x", ["web-aaaa", "ptr"])


def test_a_good_site() -> None:
    audits.faults_are(lab("none"), "x", [])
    audits.nothing_is_said_of(lab("None."), "x", by="M1")
    with pytest.raises(Failed, match="meets web-same"):
        audits.nothing_is_said_of(lab("web-same"), "x", by="M1")
    with pytest.raises(Blocked):
        audits.nothing_is_said_of(lab(None), "x", by="M1")


def test_choices_are_all_of_them_and_no_other() -> None:
    among = ("an-phu", "binh-an", "cam-hoa")
    audits.choices_are(lab("www.AN-PHU.example.net binh-an"), "x", among[:2], among=among)
    for given, said in (("an-phu", "lacks 1"), (list(among), "does not belong"), ("dong", "none")):
        with pytest.raises(Failed, match=said):
            audits.choices_are(lab(given), "x", among[:2], among=among)


@pytest.mark.parametrize("given", ["8200", "RFC 8200", "rfc8200", "RFC-8200"])
def test_an_rfc_by_its_number(given: str) -> None:
    audits.rfc_is(lab(given), "x", {8200})
    with pytest.raises(Failed, match="holds today"):
        audits.rfc_is(lab(given), "x", {9915})


def test_a_clause_has_three_parts() -> None:
    def clause(*given: str) -> None:
        audits.clause_is(lab(list(given)), "x", rfcs={7113, 7610}, tests={"L23"})

    clause("RFC 7113", "L23", "buyer")
    clause("7113 7610", "l23", "Laboratory")
    for given, said in (
        (("L23", "buyer"), "no RFC"),
        (("RFC 7113", "RFC 4191", "L23", "buyer"), "no RFC"),
        (("RFC 7113", "buyer"), "no exercise"),
        (("RFC 7113", "L05", "buyer"), "no exercise"),
        (("RFC 7113", "L23"), "who sells"),
        (("RFC 7113", "L23", "supplier", "buyer"), "who sells"),
    ):
        with pytest.raises(Failed, match=said):
            clause(*given)


def test_without_the_solutions_nobody_judges(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(audits, "TRUTH", tmp_path / "truth.json")
    with pytest.raises(NotJudged, match="trainer"):
        audits.truth(lab(None))
    (tmp_path / "truth.json").write_text('{"skill": "b"}', encoding="utf-8")
    assert audits.truth(lab(None)) == {"skill": "b"}

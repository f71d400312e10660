"""The recorded ladders are of the course as it is, and each says something."""

from __future__ import annotations

import json

import pytest

from ipv6lab.course import content, ladders
from ipv6lab.course.place import Place
from ipv6lab.words.errors import LabError
from tests.backends import require, require_image

COURSE = content.find()
RECORDINGS = ladders.recordings(COURSE)
MOST = 16  # steps; more are nothing for a slide


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_of_the_network_as_it_is(name: str) -> None:
    recorded = ladders.read(COURSE, RECORDINGS[name])
    assert 2 <= len(recorded.steps) <= MOST
    kept = json.loads(ladders.file(COURSE, name).read_text(encoding="utf-8"))
    described = Place.of(name, None).description()["nodes"]
    assert set(kept["network"]["nodes"]) == set(described)
    for node, about in described.items():
        interfaces = about["interfaces"].items()
        links = {key: one["link"] for key, one in interfaces if one["link"]}
        then = kept["network"]["nodes"][node]["interfaces"]
        assert {key: one["link"] for key, one in then.items()} == links, f"record {name} anew"


def test_what_is_recorded_is_what_is_wanted() -> None:
    there = {one.stem for one in (COURSE.labs / ladders.FOLDER).glob("*.json")}
    assert there == set(RECORDINGS)


def test_a_damaged_recording_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladders, "file", lambda *_of: COURSE.labs / "badges.toml")
    with pytest.raises(LabError, match="cannot be read"):
        ladders.read(COURSE, RECORDINGS["L04"])


@pytest.mark.slow
def test_what_was_recorded_is_seen_again() -> None:
    from tools.ladders import record

    require_image()
    name = "L04"
    require(Place.of(name, None).exercise.needs)
    kept = ladders.read(COURSE, RECORDINGS[name])
    again = ladders.made(RECORDINGS[name], record(RECORDINGS[name], COURSE))
    told = [(one.source, one.target, one.title) for one in again.steps]
    wanted = [(one.source, one.target, one.title) for one in kept.steps]
    assert [one for one in told if one in wanted] == wanted

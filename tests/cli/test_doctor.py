"""The doctor names for every exercise the kernel it will run on, and for every lack its remedy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ipv6lab.cli import doctor
from ipv6lab.course import content, exercises
from ipv6lab.kernel import finished
from ipv6lab.platform import features
from ipv6lab.platform.features import MISSING, NETWORK, OK, SANDBOX, Feature
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import Message
from tests.cli.conftest import Cli

L04 = exercises.load(content.find(), "L04")
TUNNELS = replace(L04, id="T1", needs=("sit", "netem"))
ODD = replace(L04, id="T2", needs=("teleport",))
SOUND = [Feature(name, Message(name), OK) for name in ("image", *SANDBOX, *NETWORK)]


def without(name: str, mend: str | None = None, required: bool = False) -> list[Feature]:
    gone = Feature(name, Message(name), MISSING, Message("gone"), mend, required)
    return [one for one in SOUND if one.name != name] + [gone]


@pytest.fixture
def lab_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished, "find", lambda: None)


@pytest.fixture
def no_lab_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> None:
        raise Unsupported("not there yet")

    monkeypatch.setattr(finished, "find", find)


@pytest.mark.usefixtures("lab_kernel")
def test_what_the_machine_lacks_the_lab_kernel_has() -> None:
    assert [one.kernel for one in doctor.outlook(SOUND, [L04, TUNNELS])] == ["host", "host"]
    found = doctor.outlook(without("sit"), [L04, TUNNELS])
    assert [one.kernel for one in found] == ["host", "lab"]
    assert "lacks sit" in str(found[1].reason)
    found = doctor.outlook(without("namespaces", required=True), [L04, TUNNELS])
    assert [one.kernel for one in found] == ["lab", "lab"]


@pytest.mark.usefixtures("no_lab_kernel")
def test_where_no_kernel_will_do_the_remedy_is_named() -> None:
    found = doctor.outlook(without("sit", "sudo modprobe sit"), [L04, TUNNELS])
    assert [one.kernel for one in found] == ["host", None]
    assert "'sudo modprobe sit', or 'ipv6lab kernel build'" in str(found[1].reason)


@pytest.mark.usefixtures("lab_kernel")
def test_without_an_image_nothing_runs() -> None:
    found = doctor.outlook(without("image", "ipv6lab image build", required=True), [L04])
    assert [one.kernel for one in found] == [None]


@pytest.mark.usefixtures("lab_kernel")
def test_a_need_that_nobody_knows_does_not_stop_the_doctor() -> None:
    found = doctor.outlook(SOUND, [ODD, L04])
    assert [one.kernel for one in found] == [None, "host"]
    assert "teleport" in str(found[0].reason)


def test_every_exercise_is_told(run: Cli) -> None:
    course = exercises.load_all(content.find())
    answer = json.loads(run("doctor", "--json").out)
    assert [one["exercise"] for one in answer["exercises"]] == [one.id for one in course]
    for one in answer["exercises"]:
        assert one["kernel"] in ("host", "lab", None)
        assert one["reason"]["text"]
    for one in answer["features"]:
        if one["state"] == MISSING and one["name"] in NETWORK:
            assert one["mend"] or any(
                other["name"] == "lab-kernel" and other["state"] != MISSING
                for other in answer["features"]
            )
    table = run("doctor").out
    assert course[0].id in table
    assert course[-1].id in table


def test_every_exercise_names_what_it_needs_as_the_doctor_does() -> None:
    for exercise in exercises.load_all(content.find()):
        features.check(exercise.needs)

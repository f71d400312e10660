"""Labs with faults: what is drawn fires, mended it is quiet, and what is forced earns nothing.

How many draws are tried is said by ``EIGHTS``; ``make soak`` tries 200.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest

from ipv6lab.words import drawn_faults as words
from tests.backends import require, require_image
from tests.faults.judging import CLASHES, KNOWN, apply, drawn, judge, lab_with, mend, place

EIGHTS = int(os.environ.get("EIGHTS", "4"))
BOTH = ("symptom", "mended")
OTHERWISE = [(fault, name) for fault in KNOWN.values() for name in fault.otherwise]
FORCED = [(fault, name) for fault in KNOWN.values() for name in fault.forbidden]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Labs of the test's own; a machine that lacks what they need is named."""
    require_image()
    require(place().exercise.needs)
    with tempfile.TemporaryDirectory(prefix="v6-") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        monkeypatch.setenv("XDG_DATA_HOME", directory)
        yield


@pytest.mark.parametrize("seat", range(EIGHTS))
def test_eight_that_were_drawn_fire_and_are_mended(seat: int) -> None:
    names = drawn(seat)
    with lab_with(names) as lab:
        fired, _seconds = judge(lab, names)
        assert set(fired) == {f"{name}.{what}" for name in names for what in BOTH}
        mend(lab, names)
        left, _seconds = judge(lab, names)
        assert left == {}


@pytest.mark.slow
def test_without_faults_every_judgement_is_quiet() -> None:
    with lab_with(()) as lab:
        assert judge(lab)[0] == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_a_fault_alone_fires_and_others_do_not(name: str) -> None:
    """What else fires is declared to clash, or the two could not be told apart in a draw."""
    with lab_with([name]) as lab:
        fired, _seconds = judge(lab)
        assert {f"{name}.{what}" for what in BOTH} <= set(fired)
        others = {one.partition(".")[0] for one in fired} - {name}
        assert {one for one in others if words.compatible(name, one, CLASHES)} == set(), fired
        mend(lab, [name])
        assert judge(lab)[0] == {}


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "way"), OTHERWISE, ids=lambda one: getattr(one, "name", one))
def test_another_right_mend_is_as_good(fault: object, way: str) -> None:
    name = fault.name  # type: ignore[attr-defined]
    with lab_with([name]) as lab:
        apply(lab, KNOWN[name].to_mend_otherwise(way, place().plan))
        assert judge(lab, [name])[0] == {}


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "forced"), FORCED, ids=lambda one: getattr(one, "name", one))
def test_a_mend_by_force_earns_nothing(fault: object, forced: str) -> None:
    name = fault.name  # type: ignore[attr-defined]
    with lab_with([name]) as lab:
        apply(lab, KNOWN[name].to_forbid(forced, place().plan))
        assert judge(lab, [name])[0], "neither the symptom nor the cause was seen any more"

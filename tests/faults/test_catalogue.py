"""The catalogue of faults, without a lab: what it says, and what is drawn from it."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ipv6lab.course import faults, folders, languages
from ipv6lab.course.lookups import PLACE
from ipv6lab.course.place import Place
from ipv6lab.words import drawn_faults as words
from ipv6lab.words.errors import LabError
from tests.faults.judging import CLASHES, COURSE, EXERCISE, KNOWN, drawn, place
from tools import exam

LEAST = {
    **{"slaac": 6, "dhcpv6": 6, "names": 5, "web": 5, "routes": 6, "tunnels": 5},
    **{"firewall": 5, "rogue": 2},
}
SEATS = range(300)


def start() -> dict[str, object]:
    made = place()
    return folders.read(made.exercise.start, made.nodes, plan=made.plan).to_request()


def test_there_are_forty_of_every_subject() -> None:
    assert len(KNOWN) == 40
    assert Counter(fault.group for fault in KNOWN.values()) == LEAST


@pytest.mark.parametrize("fault", KNOWN.values(), ids=lambda fault: fault.name)
def test_a_fault_says_all_that_it_has_to(fault: faults.Fault) -> None:
    plan = place().plan
    assert set(fault.ticket) == set(fault.cause) == set(languages.LANGUAGES)
    for language in languages.LANGUAGES:
        ticket, cause = fault.told(language, plan), fault.explained(language, plan)
        assert len(ticket) > 40, ticket
        assert len(cause) > 30, cause
        assert "{{" not in ticket + cause
        assert cause not in ticket
    assert fault.edits or fault.typed
    assert fault.mend
    assert fault.forbidden
    own = place().exercise.nodes
    assert set(fault.nodes) <= set(own), "a fault that nobody may mend"
    scripts = [fault.to_mend(plan), *(fault.to_forbid(one, plan) for one in fault.forbidden)]
    scripts += [fault.to_mend_otherwise(one, plan) for one in fault.otherwise]
    for script in scripts:
        assert set(script) <= set(own)
        assert not any(PLACE.search(text) for text in script.values())


@pytest.mark.parametrize("fault", KNOWN.values(), ids=lambda fault: fault.name)
def test_a_ticket_does_not_name_the_daemon_that_is_at_fault(fault: faults.Fault) -> None:
    """Tickets say symptoms, never causes."""
    for language in languages.LANGUAGES:
        said = fault.ticket[language].lower()
        for word in ("radvd", "unbound", "nginx", "kea", "nsd", "dnsmasq", "nft", "sysctl"):
            assert word not in said


def test_all_780_pairs_are_declared_compatible_or_not() -> None:
    found = words.pairs(CLASHES)
    assert len(found) == 780
    together = [pair for pair, compatible in found.items() if compatible]
    assert 0 < len(together) < len(found)
    for one, other in found:
        assert words.compatible(other, one, CLASHES) == found[one, other], "the same both ways"


def test_compatible_faults_can_be_injected_together() -> None:
    plan, before = place().plan, start()
    for (one, other), compatible in words.pairs(CLASHES).items():
        if compatible:
            words.inject(before, [KNOWN[name].to_inject(plan) for name in (one, other)])


def test_a_draw_is_of_eight_that_fit_together() -> None:
    plan, before, often = place().plan, start(), Counter[str]()
    for seat in SEATS:
        found = drawn(seat)
        assert len(set(found)) == 8
        for one in found:
            assert all(words.compatible(one, other, CLASHES) for other in found if other != one)
        words.inject(before, [KNOWN[name].to_inject(plan) for name in found])
        often.update(found)
    assert set(often) == set(KNOWN), "each is drawn sometimes"
    assert max(often.values()) < len(SEATS)


def test_the_same_seat_draws_the_same_and_others_do_not() -> None:
    first = [Place.of(EXERCISE, seat).faults for seat in (7, 8, 9)]
    assert [[fault.name for fault in one] for one in first] == [drawn(seat) for seat in (7, 8, 9)]
    assert len({tuple(fault.name for fault in one) for one in first}) == 3
    assert words.draw(CLASHES, 8, "a") != words.draw(CLASHES, 8, "b")


def test_what_does_not_fit_together_is_not_drawn() -> None:
    clashes = {"a": frozenset({"b"}), "b": frozenset[str](), "c": frozenset[str]()}
    for seed in map(str, range(20)):
        assert set(words.draw(clashes, 2, seed)) in ({"a", "c"}, {"b", "c"})
    with pytest.raises(ValueError, match="of 3 faults no 3 are compatible"):
        words.draw(clashes, 3, "seed")


def test_a_fault_is_in_the_files_and_commands_of_its_nodes_alone() -> None:
    plan, before = place().plan, start()
    healthy = {(one["node"], one["path"]): one["content"] for one in before["files"]}  # type: ignore[attr-defined]
    scripts = {one["node"]: one["script"] for one in before["commands"]}  # type: ignore[attr-defined]
    for fault in KNOWN.values():
        made = words.inject(before, [fault.to_inject(plan)])
        other = {
            one["node"]
            for one in made["files"]
            if healthy.get((one["node"], one["path"])) != one["content"]
        } | {one["node"] for one in made["commands"] if scripts.get(one["node"]) != one["script"]}
        assert other == set(fault.nodes), fault.name


def test_an_edit_that_does_not_fit_is_a_defect() -> None:
    content = base64.b64encode(b"one one\n").decode()
    before = {"files": [{"node": "a", "path": "etc/x", "mode": 0o644, "content": content}],
              "commands": []}  # fmt: skip
    with pytest.raises(ValueError, match="a: etc/x has 2 times 'one', and not once"):
        words.inject(before, [{"edits": [["a", "etc/x", "one", "two"]], "typed": {}}])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("GROUP = 'x'\n", "it does not say CAUSE"),
        ("GROUP = str(1)\n", "GROUP is no plain value"),
        ("def (:\n", "invalid syntax"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "broken.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=f"broken.py is no fault: .*{reason}"):
        faults.read(file)


def test_a_course_without_the_catalogue_says_where_it_is(tmp_path: Path) -> None:
    made = place().exercise
    nowhere = replace(COURSE, root=tmp_path)
    with pytest.raises(LabError, match="The faults of K1 are not here"):
        faults.catalogue(nowhere, made)


def test_the_reference_is_what_the_faults_say() -> None:
    """``python tools/exam.py K1`` writes it anew."""
    folder = COURSE.solutions / EXERCISE / "reference"
    assert written(folder) == exam.reference(COURSE, place().exercise)


def test_the_alternatives_are_what_the_faults_say() -> None:
    """Each mends the eight of the tests' seat, of which at least half in another way."""
    folder = COURSE.solutions / EXERCISE / "alternatives"
    made = exam.alternatives(COURSE, place().exercise)
    assert {one.name: written(one) for one in folder.iterdir()} == made
    known = [KNOWN[name] for name in drawn(exam.SEAT)]
    for number in range(len(made)):
        assert sum(len(fault.otherwise) > number for fault in known) >= 4


def written(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }

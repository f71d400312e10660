"""What checks do to each other: nothing."""

import contextlib
import json
from pathlib import Path

import pytest

from ipv6lab.grading import load, run
from ipv6lab.probes import Lab
from ipv6lab.probes.seen.fabric import Fabric
from ipv6lab.words.errors import LabError

HEAD = """
import os, time
from ipv6lab.grading import *
from ipv6lab.grading import _
"""


@pytest.fixture
def graded(tmp_path):
    """Run checks that are given as text; their results by id, and the events."""

    def grade(text, **options):
        (tmp_path / "checks.py").write_text(HEAD + text, encoding="utf-8")
        lab = Lab(
            Fabric({"nodes": {}, "links": {}, "trainee": ["own"]}),
            {"staff.prefix": "2001:db8::/64"},
        )
        events = []
        results = run(load(tmp_path), lab, events.append, **options)
        json.dumps(results)
        return {one["id"]: one for one in results}, events

    return grade


def said(result):
    message = result["message"]
    return message["text"].format(**message["values"])


def test_verdicts_and_messages(graded):
    results, _events = graded('''
@must("M1", weight=3)
def passes(lab):
    """It holds.

    More about it."""
    require(str(lab.plan.staff.prefix) == "2001:db8::/64", _("no"))

@must("M2", weight=2)
def fails(lab):
    """It does not."""
    lab.record.add("probe", "pc1", _("It is {what}.", what="so"), {"n": 1})
    require(False, _("{node} is {count} short.", node=lab, count=3))

@note("M3")
def remark(lab):
    """A remark."""
''')
    assert [results[name]["verdict"] for name in results] == ["passed", "failed", "passed"]
    assert results["M1"]["title"] == "It holds."
    assert results["M1"]["message"] is None
    assert said(results["M2"]).endswith("is 3 short.")
    assert results["M2"]["evidence"][0]["facts"] == {"n": 1}
    assert (results["M3"]["kind"], results["M3"]["weight"]) == ("note", 0)


def test_a_check_waits_for_what_it_needs_and_is_blocked_by_the_first_cause(graded):
    results, events = graded('''
@must("M1", weight=1)
def one(lab):
    """One."""
    time.sleep(0.3)
    require(False, _("no"))

@must("M2", weight=1)
def two(lab):
    """Two."""
    require(False, _("no"))

@must("M3", weight=1, needs=("M1", "M2"))
def three(lab):
    """Three."""

@must("M4", weight=1, needs="M3")
def four(lab):
    """Four."""
''')
    assert [one["verdict"] for one in results.values()] == ["failed"] * 2 + ["blocked"] * 2
    # Also though M2 failed first.
    assert (results["M3"]["blocked_by"], results["M4"]["blocked_by"]) == ("M1", "M1")
    assert {"waiting", "running", "failed", "blocked"} == {one["state"] for one in events}


def test_independent_checks_run_together(graded, tmp_path):
    folder = tmp_path / "came"
    folder.mkdir()
    checks = "".join(
        f'''
@must("M{n}", weight=1)
def f{n}(lab):
    """It waits for all others."""
    open("{folder}/{n}", "w").close()
    while len(os.listdir("{folder}")) < 6:
        time.sleep(0.01)
'''
        for n in range(6)
    )
    results, _events = graded(checks)
    assert {one["verdict"] for one in results.values()} == {"passed"}


def test_a_check_that_wants_to_be_alone_is(graded, tmp_path):
    results, _events = graded(f'''
def busy(name, seconds):
    with open("{tmp_path}/log", "a") as log:
        log.write(f"+{{name}} ")
        log.flush()
        time.sleep(seconds)
        log.write(f"-{{name}} ")

@must("A", weight=1)
def a(lab):
    """A."""
    busy("a", 0.2)

@must("B", weight=1, alone=True)
def b(lab):
    """B."""
    busy("b", 0.2)

@must("C", weight=1)
def c(lab):
    """C."""
    busy("c", 0.1)
''')
    assert all(one["verdict"] == "passed" for one in results.values())
    log = (tmp_path / "log").read_text().split()
    assert log.index("-b") == log.index("+b") + 1, log


RUINS = '''
@must("A", weight=1, ruins=True)
def a(lab):
    """A."""
    lab.record.ask({"shutdown": "r1"})
    lab.record.ask({"reboot": "r2"})

@must("B", weight=1)
def b(lab):
    """B."""

@must("C", weight=1, needs="B")
def c(lab):
    """C."""
'''


def test_what_ruins_the_lab_is_the_last_and_on_a_replay_only(graded):
    results, events = graded(RUINS)
    assert [one["verdict"] for one in results.values()] == ["blocked", "passed", "passed"]
    assert "ipv6lab check --replay" in said(results["A"])
    assert not [one for one in events if one["event"] == "shutdown"]
    results, events = graded(RUINS, replay=True)
    assert {one["verdict"] for one in results.values()} == {"passed"}
    assert {"event": "shutdown", "node": "r1"} in events
    assert {"event": "reboot", "node": "r2"} in events
    assert [one["id"] for one in events if one.get("state") == "passed"][-1] == "A"


ORDERS = '''
@must("A", weight=1, alone=True)
def a(lab):
    """A."""
    lab.record.ask({"unit": "day@moved.service", "node": "gw"})

@must("B", weight=1, alone=True)
def b(lab):
    """B."""
    node = type("Own", (), {"name": "own"})()
    try:
        lab.order(node, "x.service")
    except ValueError as error:
        require("trainee" in str(error), _("no"))
    else:
        fail(_("A unit of a trainee's node may be ordered."))
'''


def test_what_is_ordered_of_others_nodes_is_told_at_once_and_of_a_trainees_never(graded):
    results, events = graded(ORDERS)
    assert [one["verdict"] for one in results.values()] == ["passed", "passed"]
    asked = [one for one in events if one["event"] == "unit"]
    assert asked == [{"event": "unit", "node": "gw", "unit": "day@moved.service"}]


def test_a_broken_check_is_that_checks_alone(graded):
    results, _events = graded(
        '''
@must("M1", weight=1)
def raises(lab):
    """Raises."""
    {}["x"]

@must("M2", weight=1)
def dies(lab):
    """Dies."""
    os.kill(os.getpid(), 9)

@must("M3", weight=1, deadline=0.3)
def hangs(lab):
    """Hangs."""
    while True:
        time.sleep(1)

@must("M4", weight=1)
def eats(lab):
    """Eats memory."""
    bytearray(8 << 30)

@must("M5", weight=1)
def floods(lab):
    """Floods."""
    for _each in range(100):
        lab.record.add("probe", "x", _("x"), {"x": "x" * 100000})

@must("M6", weight=1)
def fine(lab):
    """Fine."""
''',
        grace=0.3,
    )
    verdicts = {name: one["verdict"] for name, one in results.items()}
    assert verdicts == {
        "M1": "not_judged", "M2": "not_judged", "M3": "not_judged", "M4": "not_judged",
        "M5": "passed", "M6": "passed",
    }  # fmt: skip
    assert "itself is broken" in said(results["M1"])
    assert "KeyError" in results["M1"]["evidence"][0]["facts"]["traceback"]
    assert "ended with status -9" in said(results["M2"])
    assert "within 0.3 s" in said(results["M3"])
    assert "MemoryError" in said(results["M4"])
    assert len(results["M5"]["evidence"]) == 40


def test_what_broke_off_is_tried_once_more_by_itself(graded, tmp_path):
    results, events = graded(f'''
@must("M1", weight=1)
def stumbles(lab):
    """It stumbles the first time."""
    if not os.path.exists("{tmp_path}/tried"):
        open("{tmp_path}/tried", "w").close()
        raise OSError("the machine had none left")
    require(len(os.listdir("{tmp_path}/running")) == 0, _("it is not by itself"))

@must("M2", weight=1, needs="M1")
def after(lab):
    """It waits for the second try."""

@must("M3", weight=1)
def meanwhile(lab):
    """It runs meanwhile."""
    os.mkdir("{tmp_path}/running")
    open("{tmp_path}/running/M3", "w").close()
    time.sleep(0.5)
    os.unlink("{tmp_path}/running/M3")
''')
    assert {one["verdict"] for one in results.values()} == {"passed"}
    assert sum(one["id"] == "M1" and one["state"] == "running" for one in events) == 2


BUSY = """
from ipv6lab.grading import trouble
counted = iter(range(1000))
trouble.counters = lambda: trouble.Counters({dropped}, {full})
"""


@pytest.mark.parametrize("lost", [("next(counted)", "0"), ("0", "next(counted)")])
def test_only_what_failed_is_put_off_on_a_machine_that_loses_packets(graded, monkeypatch, lost):
    from ipv6lab.grading import trouble

    monkeypatch.setattr(trouble, "counters", trouble.counters)  # put back afterwards
    results, _events = graded(
        BUSY.format(dropped=lost[0], full=lost[1])
        + '''
@must("M1", weight=1)
def passes(lab):
    """It passes."""

@must("M2", weight=1)
def fails(lab):
    """It fails."""
    require(False, _("no"))

@must("M3", weight=1)
def waits(lab):
    """It is blocked."""
    raise Blocked("M2", _("no"))
'''
    )
    assert [one["verdict"] for one in results.values()] == ["passed", "not_judged", "blocked"]
    assert "so nothing is known" in said(results["M2"])


def test_the_counters_of_this_machine_can_be_read():
    from ipv6lab.grading import trouble

    before = trouble.counters()
    assert min(before) >= 0
    assert trouble.since(before._replace(dropped=-1)) is not None
    assert trouble.since(before._replace(full=-1)) is not None


BROKEN_HELPER = '''
@must("M1", weight=1)
def names(lab):
    """Names are answered."""
    require(False, _("no"))

@must("M2", weight=1)
def goal(lab):
    """Goal."""
    helped(False, by="M1", on="{node}", message=_("{{node}} answers no name.", node="{node}"))

@must_not("N1", weight=1)
def bad(lab):
    """Bad."""
    helped(False, by="M1", on="{node}", message=_("{{node}} answers no name.", node="{node}"))

@still("S1", weight=1)
def old(lab):
    """Old."""
    helped(False, by="M1", on="{node}", message=_("{{node}} answers no name.", node="{node}"))
'''


@pytest.mark.parametrize(("node", "verdict"), [("own", "failed"), ("theirs", "blocked")])
def test_a_question_whose_helper_is_broken(graded, node, verdict):
    results, _events = graded(BROKEN_HELPER.format(node=node))
    assert [one["verdict"] for one in results.values()] == ["failed", "blocked", verdict, verdict]
    assert said(results["N1"]) == f"{node} answers no name."


def test_a_still_that_is_blocked_by_what_passed_has_failed(graded):
    results, _events = graded('''
@still("S1", weight=1)
def first(lab):
    """It ends before M1 does."""
    raise Blocked("M1", _("nothing comes through"))

@still("S2", weight=1)
def second(lab):
    """By a check that fails."""
    raise Blocked("M2", _("nothing comes through"))

@still("S3", weight=1)
def third(lab):
    """By no check that there is."""
    raise Blocked("M9", _("nothing comes through"))

@must("M1", weight=1)
def slow(lab):
    """It passes."""
    time.sleep(0.4)

@must("M2", weight=1)
def fails(lab):
    """It fails."""
    time.sleep(0.4)
    require(False, _("no"))

@must("M3", weight=1, needs="S1")
def needing(lab):
    """It needs what was held."""
''')
    assert [one["verdict"] for one in results.values()] == [
        "failed", "blocked", "failed", "passed", "failed", "blocked",
    ]  # fmt: skip
    assert results["M3"]["blocked_by"] == "S1"


def test_several_that_are_held_by_each_other_are_each_settled_once(graded):
    results, events = graded('''
@still("S1", weight=1)
def first(lab):
    """By what fails later."""
    raise Blocked("M1", _("nothing comes through"))

@still("S2", weight=1)
def second(lab):
    """By the first."""
    raise Blocked("S1", _("nothing comes through"))

@still("S3", weight=1)
def third(lab):
    """By the second."""
    raise Blocked("S2", _("nothing comes through"))

@still("S4", weight=1)
def fourth(lab):
    """By what passes later."""
    raise Blocked("M2", _("nothing comes through"))

@still("S5", weight=1)
def fifth(lab):
    """By the first, too."""
    raise Blocked("S1", _("nothing comes through"))

@must("M1", weight=1)
def fails(lab):
    """It fails."""
    time.sleep(0.4)
    require(False, _("no"))

@must("M2", weight=1)
def passes(lab):
    """It passes."""
    time.sleep(0.4)
''')
    verdicts = {name: one["verdict"] for name, one in results.items()}
    assert verdicts == {
        "S1": "blocked", "S2": "blocked", "S3": "blocked", "S4": "failed", "S5": "blocked",
        "M1": "failed", "M2": "passed",
    }  # fmt: skip
    ends = [one["id"] for one in events if one["state"] in ("blocked", "failed", "passed")]
    assert sorted(ends) == sorted(results)


def children():
    """The processes that this one has started and not yet buried."""
    mine = set()
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the thread has ended meanwhile
            mine |= set((thread / "children").read_text(encoding="ascii").split())
    return mine


def test_nothing_is_left_running(graded):
    # Other tests of this process may keep a browser or a server of their own.
    before = children()
    results, _events = graded(
        '''
@must("M1", weight=1, deadline=0.2)
def hangs(lab):
    """Hangs."""
    time.sleep(60)
''',
        grace=0.1,
    )
    assert results["M1"]["verdict"] == "not_judged"
    assert children() <= before


def test_a_must_not_needs_its_control(graded):
    results, _events = graded('''
@must("M1", weight=1)
def goal(lab):
    """Goal."""

@must_not("N1", weight=1)
def without(lab):
    """Without control."""

@must_not("N2", weight=1)
def controlled(lab):
    """With control."""
    control(True, by="M1", message=_("nothing is heard"))

@must_not("N3", weight=1)
def silent(lab):
    """With a control that shows nothing."""
    control(False, by="M1", message=_("Nothing is heard anywhere."))

@must_not("N4", weight=1)
def seen(lab):
    """Broken, whatever the control says."""
    for one in unwanted(["rogue"]):
        fail(_("{one} is there.", one=one))
    control(False, by="M1", message=_("nothing is heard"))
''')
    assert results["N1"]["verdict"] == "not_judged"
    assert "without control" in said(results["N1"])
    assert results["N2"]["verdict"] == "passed"
    # Nothing else keeps the control from getting through, since M1 passed.
    assert (results["N3"]["verdict"], results["N3"]["blocked_by"]) == ("failed", None)
    assert said(results["N4"]) == "rogue is there."


def test_what_is_waited_for_is_told_and_accounted(graded):
    results, events = graded('''
@must("M1", weight=1)
def waits(lab):
    """Waits."""
    with lab.record.waiting(_("waiting for {what}", what="DAD")):
        with lab.record.waiting(_("waiting for more")):
            time.sleep(0.2)
    time.sleep(0.1)
''')
    assert 0.2 <= results["M1"]["protocol_seconds"] < 0.3 <= results["M1"]["seconds"]
    told = [one["doing"]["text"] for one in events if one["doing"]]
    assert told == ["waiting for {what}", "waiting for more"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no check"),
        ("def f(:", "SyntaxError"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ('@must("M1", weight=1)\ndef f(lab):\n    pass', "docstring"),
        ('@must("M1", weight=0)\ndef f(lab):\n    """T."""', "without weight"),
        ('@must("M1", weight=1, needs="M2")\ndef f(lab):\n    """T."""', "not declared before"),
        (
            '@must("M1", weight=1)\ndef f(lab):\n    """T."""\n'
            '@must("M1", weight=1)\ndef g(lab):\n    """T."""',
            "two checks are called M1",
        ),
    ],
)
def test_a_file_of_checks_that_does_not_fit_is_refused(tmp_path, text, complaint):
    (tmp_path / "checks.py").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(LabError, match=complaint):
        load(tmp_path)

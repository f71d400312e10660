"""A film is made from before the work is laid on, follows a node that is rebooted, and is read."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from ipv6lab.agent.filming import fork
from tests.sandbox import support

CHECKS = '''
from ipv6lab.grading import _, fail, must, note, require

@must("M1", weight=1)
def before(lab):
    """What was typed is in the film, with what was there before."""
    film = lab.film
    require(film.complete(["a", "b"]), _("something was lost"))
    one = film.address("b", "2001:db8::bb")
    require(one is not None, _("the address was not filmed"))
    require(film.began < one.began < film.laid < film.asked, _("not in this order"))
    start = film.address("b", "2001:db8::b")
    require(start.began < one.began, _("the start state was not filmed"))

@must("M2", weight=1)
def rebooted(lab):
    """A node that was rebooted is filmed on."""
    one = lab.film.address("a", "2001:db8::aa")
    require(one.flapped and one.there, _("{spans}", spans=len(one.spans)))
    require(lab.film.address("a", "2001:db8::ac").there is False, _("it is there"))

@must("M3", weight=1)
def asked(lab):
    """Nobody asked before the grader began to; the film still goes on."""
    film = lab.film
    require(film.asked - film.laid >= 2, _("asked too soon"))
    with lab.link("lan").attach():
        found = film.wait(lambda: film.solicitations("lan", after=film.asked), 8, _("waiting"))
    require(found, _("nothing more is filmed"))
'''
PREPARED = "ip address add {}/64 dev eth0 nodad\n"
ALL = {"M1": "passed", "M2": "passed", "M3": "passed"}


def verdicts(answer: dict[str, Any]) -> dict[str, str]:
    return {one["id"]: one["verdict"] for one in answer["checks"]}


def test_a_film_begins_before_the_work_and_follows_a_reboot() -> None:
    start = {name: PREPARED.format(f"2001:db8::{name}") for name in ("a", "b")}
    start["a"] += PREPARED.format("2001:db8::aa")
    request = support.build_request(**start)
    request["checks"] = {"checks.py": CHECKS}
    request["trainee"] = ["a", "b"]
    with support.throwaway() as lab:
        lab.request("build", **request)
        lab.request("film")
        assert (
            support.run(lab, "b", "ip", "address", "add", "2001:db8::bb/64", "dev", "eth0").status
            == 0
        )
        assert (
            support.run(lab, "a", "ip", "address", "add", "2001:db8::ac/64", "dev", "eth0").status
            == 0
        )
        assert support.run(lab, "a", "sh", "-c", "echo net.x=1 > /etc/sysctl.conf").status == 0
        lab.request("reboot", node="a")
        answer = lab.request("check", replay=True)
        assert verdicts(answer) == ALL, answer["checks"]
        (note,) = answer["notes"]
        assert note["values"] == {"file": "/etc/sysctl.conf", "node": "a"}
        told = support.run(lab, "a", "journalctl", "-u", "systemd-sysctl").out
        assert "/etc/sysctl.conf: no longer read" in told


def test_a_lab_that_somebody_works_on_is_filmed_from_the_check_on() -> None:
    request = support.build_request()
    request["checks"] = {
        "checks.py": CHECKS[: CHECKS.index("@must")] + CHECKS[CHECKS.index('@must("M3"') :]
    }
    with support.throwaway() as lab:
        lab.request("build", **request)
        for _time in range(2):
            assert verdicts(lab.request("check")) == {"M3": "passed"}


def test_a_child_that_has_hardly_begun_can_be_ended() -> None:
    """Whoever asked for a grading may be killed at any moment."""
    for _number in range(50):
        child = fork(lambda: time.sleep(60), set())
        os.killpg(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

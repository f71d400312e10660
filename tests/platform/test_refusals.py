"""Why there are no namespaces: the true cause, and a mend that outlives a restart or none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipv6lab.platform import features, findings, refusals, trial
from ipv6lab.platform.trial import Outcome

REFUSED = "unshare: Operation not permitted"


class Machine:
    """A machine that states what the test says; by default nothing stands in the way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings: dict[str, str] = {}
        self.status = {"NoNewPrivs": "0", "Seccomp": "0", "CapEff": "1ffffffffff"}
        self.files: set[str] = set()
        self.first = self.privileged = True
        self.uid = 1000
        self.ids = refusals.ALL_IDS
        monkeypatch.setattr(refusals, "setting", self.settings.get)
        monkeypatch.setattr(refusals, "status", self.status.get)
        monkeypatch.setattr(refusals.os, "getuid", lambda: self.uid)
        monkeypatch.setattr(refusals.os.path, "exists", self.files.__contains__)
        monkeypatch.setattr(refusals, "_is_first_namespace", lambda: self.first)
        monkeypatch.setattr(refusals, "_ids", lambda: self.ids)
        monkeypatch.setattr(refusals, "_is_privileged", lambda program: self.privileged)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("user/max_user_namespaces", "0", "15000"),
        ("user/max_user_namespaces", "2", "15000"),
        ("user/max_net_namespaces", "0", "15000"),
    ],
)
def test_a_setting_is_mended_now_and_at_every_start(
    machine: Machine, name: str, value: str, wanted: str
) -> None:
    machine.settings[name] = value
    mend = str(refusals.find(REFUSED).mend)
    dotted = name.replace("/", ".")
    assert mend.startswith(f"echo {dotted}={wanted} | sudo tee /etc/sysctl.d/60-ipv6lab-")
    assert mend.endswith(" && sudo sysctl --system")
    machine.settings[name] = wanted
    assert refusals.find(REFUSED).mend is None


def container(machine: Machine) -> None:
    machine.files.add("/.dockerenv")
    machine.status["Seccomp"] = "2"


def test_root_of_one_id_is_told_so_in_a_container_too(machine: Machine) -> None:
    container(machine)
    machine.uid, machine.first, machine.ids = 0, False, 1
    told = refusals.find(REFUSED)
    assert str(told.meaning).startswith("You are root of a user namespace only")
    assert told.mend is None
    machine.ids = 65536  # a rootless container's own
    assert str(refusals.find(REFUSED).meaning).startswith("This container refuses them")


def test_a_container_needs_nothing_where_the_lab_kernel_runs(machine: Machine) -> None:
    container(machine)
    told = str(refusals.find(REFUSED).meaning)
    assert "Nothing has to be mended, labs run on the lab kernel" in told
    assert "seccomp=unconfined" in told
    assert "systempaths=unconfined" in told
    assert "SYS_ADMIN" not in told
    assert refusals.find(REFUSED).mend is None
    told = str(refusals.find(REFUSED, lab_kernel=False).meaning)
    assert "Nothing" not in told
    assert "seccomp=unconfined" in told


@pytest.mark.parametrize("why", ["root", "newuidmap without privilege", "no new privileges"])
def test_a_container_is_given_the_capability_where_it_takes_that(
    machine: Machine, why: str
) -> None:
    container(machine)
    if why == "root":
        machine.uid = 0
    elif why == "no new privileges":
        machine.status["NoNewPrivs"] = "1"
    else:
        machine.privileged = False
    assert "--cap-add SYS_ADMIN" in str(refusals.find(REFUSED).meaning)


def test_a_container_without_a_filter_is_not_to_blame(machine: Machine) -> None:
    machine.files.add("/.dockerenv")
    assert "container" not in str(refusals.find(REFUSED).meaning)


def test_what_is_missing_already_is_the_cause(machine: Machine) -> None:
    container(machine)  # also there; its options would not help
    cause = refusals.find("/etc/subuid gives user 1003 no range of 65535 ids", ["subuid", "subgid"])
    assert str(cause.meaning) == "Cannot be had before this is mended: subuid, subgid."
    assert cause.mend is None


CAUSES: dict[str, tuple[Callable[[Machine], object], str]] = {
    "no new privileges": (lambda m: m.status.update(NoNewPrivs="1"), "no_new_privs"),
    "a newuidmap without its privilege": (
        lambda m: setattr(m, "privileged", False), "newuidmap has lost"
    ),
    "root of a user namespace": (
        lambda m: (setattr(m, "uid", 0), setattr(m, "first", False)),
        "root of a user namespace only",
    ),
    "root without SYS_ADMIN": (
        lambda m: (setattr(m, "uid", 0), m.status.update(CapEff="a80425fb")), "SYS_ADMIN"
    ),
    "nothing that is known": (lambda m: None, REFUSED),
}  # fmt: skip


@pytest.mark.parametrize(("make", "told"), CAUSES.values(), ids=CAUSES)
def test_the_cause_is_named(machine: Machine, make: Callable[[Machine], object], told: str) -> None:
    make(machine)
    assert told in str(refusals.find(REFUSED).meaning)


def test_without_subordinate_ids_the_doctor_blames_them_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    container(machine)
    missing = features.Feature("subuid", features.NAMESPACES, "missing", required=True)
    outcome = Outcome("/etc/subuid gives user 1003 no range of 65535 ids", {})
    row = findings._sandbox(outcome, [missing])
    assert (row.state, row.mend) == ("missing", None)
    assert "subuid" in str(row.meaning)
    assert "Errno" not in str(row.meaning)


def test_a_count_that_is_enough_for_one_is_not_enough_for_a_lab(machine: Machine) -> None:
    machine.settings["user/max_user_namespaces"] = "2"
    row = findings._sandbox(Outcome(None, {"mounts": None}), [])
    assert row.state == "missing"
    assert "allows 2 of them (user.max_user_namespaces)" in str(row.meaning)
    machine.settings.clear()
    assert findings._sandbox(Outcome(None, {"mounts": None}), []).state == "ok"


@pytest.mark.skipif(os.getuid() != 0, reason="makes a user namespace with all ids")
@pytest.mark.parametrize("count", [0, 2])
def test_such_a_machine_is_tried_to_the_end(count: int) -> None:
    """In a user namespace that has every id: the machine's own setting stays as it is."""
    program = (
        "import os, sys\n"
        "from ipv6lab.linux import syscalls\n"
        "from ipv6lab.platform import findings, trial\n"
        "ready, tell = os.pipe()\n"
        "mapped, told = os.pipe()\n"
        "child = os.fork()\n"
        "if child:\n"
        "    os.read(ready, 1)\n"
        "    for name in ('uid_map', 'gid_map'):\n"
        "        open(f'/proc/{child}/{name}', 'w').write('0 0 4294967295\\n')\n"
        "    os.write(told, b'x')\n"
        "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "syscalls.unshare(syscalls.CLONE_NEWUSER)\n"
        "os.write(tell, b'x')\n"
        "os.read(mapped, 1)\n"
        f"open('/proc/sys/user/max_user_namespaces', 'w').write('{count}')\n"
        "outcome = trial.run(['node', 'veth'])\n"
        "row = findings._sandbox(outcome, [])\n"
        "print(row.state, '|', row.meaning, '|', row.mend)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(trial.SOURCE)}
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout.startswith(f"missing | A setting allows {count} of them"), done.stderr
    assert Path("/proc/sys/user/max_user_namespaces").read_text() != f"{count}\n"

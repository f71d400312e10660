"""What a trial's outcome means for labs, and the command that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipv6lab.platform import features, findings, memory, trial
from ipv6lab.platform.operations import OPERATIONS
from ipv6lab.platform.trial import Outcome
from ipv6lab.words.errors import LabError

GONE = (95, "Operation not supported")


def test_every_feature_can_be_tried() -> None:
    assert {*features.SANDBOX, *features.NETWORK} <= set(OPERATIONS)


def test_what_worked_is_ok() -> None:
    found = features.judge(Outcome(None, {"sit": None, "overlay": None}), ["sit", "overlay"])
    assert [(one.state, one.required) for one in found.values()] == [("ok", False), ("ok", True)]


def test_a_kernel_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "load_command", lambda module: None)
    (found,) = features.judge(Outcome(None, {"sit": GONE}), ["sit"]).values()
    assert (found.state, found.mend, found.required) == ("missing", None, False)
    assert "built without" in str(found.meaning)


def test_a_module_that_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "load_command", lambda module: f"sudo modprobe {module}")
    (found,) = features.judge(Outcome(None, {"vlan": GONE}), ["vlan"]).values()
    assert found.mend == "sudo modprobe 8021q"


def test_modules_are_found_whatever_their_files_are_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "Path", lambda _: tmp_path)
    monkeypatch.setattr(features, "_is_ubuntu", lambda: False)
    folder = tmp_path / features.platform.release()
    folder.mkdir()
    (folder / "modules.dep").write_text(
        "kernel/net/ipv6/sit.ko.xz: kernel/net/x.ko\nkernel/net/sched/sch-netem.ko:\n"
    )
    assert (
        features.load_command("sit")
        == "sudo modprobe sit && echo sit | sudo tee /etc/modules-load.d/ipv6lab-sit.conf"
    )
    assert str(features.load_command("sch_netem")).startswith("sudo modprobe sch_netem && ")
    assert features.load_command("x") is None
    monkeypatch.setattr(features, "_is_ubuntu", lambda: True)
    assert "linux-modules-extra" in str(features.load_command("vrf"))


@pytest.fixture
def forgetful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that nothing is remembered of."""
    monkeypatch.setattr(memory, "_file", lambda: tmp_path / "worked.json")


@pytest.mark.usefixtures("forgetful")
def test_what_worked_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def run(names: list[str]) -> Outcome:
        tried.append(names)
        return Outcome(None, {"sit": GONE})

    monkeypatch.setattr(trial, "run", run)
    assert features.lacking(["tun"]) == []
    assert features.lacking(["tun"]) == []
    assert len(tried) == 1
    for _attempt in (1, 2):  # somebody may have mended it
        assert [one.name for one in features.lacking(["tun", "sit"])] == ["sit"]
    assert len(tried) == 3


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    "outcome",
    [Outcome("unshare: no", {}), Outcome(None, {"mounts": (1, "mount: no"), "tun": (2, "")})],
)
def test_without_a_sandbox_one_thing_is_missing(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome
) -> None:
    monkeypatch.setattr(trial, "run", lambda names: outcome)
    (found,) = features.lacking(["tun"])
    assert (found.name, found.required) == ("namespaces", True)
    assert str(found.meaning).endswith(": no")


@pytest.mark.usefixtures("forgetful")
def test_other_circumstances_are_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    memory.remember(["sit"])
    memory.remember(["tun"])
    assert memory.recall() == {"sit", "tun"}
    monkeypatch.setattr(memory, "_circumstances", lambda: ["max_user_namespaces 0"])
    assert memory.recall() == set()
    memory._file().write_text("{", "utf-8")
    assert memory.recall() == set()


def test_a_need_that_nobody_knows_is_the_authors_mistake() -> None:
    with pytest.raises(LabError, match="teleport"):
        features.lacking(["teleport"])


def test_this_machine_can_be_tried() -> None:
    found = features.features()
    assert set(found) == {*features.SANDBOX, *features.NETWORK}
    for one in found.values():
        assert one.state in ("ok", "missing")
        assert (one.meaning is None) == (one.state == "ok")


def test_the_trial_is_quick_and_leaves_nothing() -> None:
    before = (Path("/proc/self/mounts").read_text(), Path("/proc/net/dev").read_text().count(":"))
    findings.examine()
    after = (Path("/proc/self/mounts").read_text(), Path("/proc/net/dev").read_text().count(":"))
    assert before == after


def test_doctor_names_the_range_that_is_free(tmp_path: Path) -> None:
    file = tmp_path / "subuid"
    assert findings.free_range(file) == 100_000
    file.write_text("b:165536:65536\na:100000:65536\n")
    assert findings.free_range(file) == 231_072
    file.write_text("a:300000:65536\n")
    assert findings.free_range(file) == 100_000


def test_without_a_sandbox_nothing_else_is_blamed() -> None:
    found = features.judge(Outcome("no", {}), ["sit", "veth"])
    assert {one.required for one in found.values()} == {False}
    assert {one.state for one in found.values()} == {"missing"}

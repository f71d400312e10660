"""Which kernel a lab gets, and what is said where none will do."""

from __future__ import annotations

import platform
from collections.abc import Callable

import pytest

from ipv6lab import kernel
from ipv6lab.kernel import finished
from ipv6lab.platform import features, findings
from ipv6lab.platform.features import MISSING, NAMESPACES, Feature
from ipv6lab.sandbox import choice
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message

SIT = Feature("sit", Message("6in4"), MISSING, Message("lacks"))
SIT_TO_LOAD = Feature("sit", Message("6in4"), MISSING, Message("lacks"), "sudo modprobe sit")
NETEM = Feature("netem", Message("delay"), MISSING, Message("lacks"))
REFUSED = Feature("namespaces", NAMESPACES, MISSING, Message("unshare: no"), required=True)
NOT_THERE = Unsupported("not there yet")


@pytest.fixture
def lab_kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[Unsupported | None], None]:
    """Makes a lab kernel be found, or looking for it raise."""

    def set_to(error: Unsupported | None) -> None:
        def find() -> None:
            if error:
                raise error

        monkeypatch.setattr(finished, "find", find)

    return set_to


def test_the_lab_kernel_has_every_feature() -> None:
    assert {*features.SANDBOX, *features.NETWORK} == kernel.FEATURES


def test_the_machines_own_where_it_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished, "find", lambda: pytest.fail("looked for"))
    assert choice.choose_among([]).kernel == "host"
    assert choice.choose_among([], "host").kernel == "host"


@pytest.mark.parametrize(
    ("lacking", "told"),
    [([SIT], "lacks sit"), ([SIT_TO_LOAD], "lacks sit"), ([REFUSED], "refuses sandboxes")],
)
def test_the_lab_kernel_where_it_will_not(
    lab_kernel: Callable[[Unsupported | None], None], lacking: list[Feature], told: str
) -> None:
    lab_kernel(None)
    chosen = choice.choose_among(lacking)
    assert chosen.kernel == "lab"
    assert told in str(chosen.reason)
    assert choice.choose_among([], "lab").kernel == "lab"


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ([SIT], "needs sit, .* lacks: run 'ipv6lab kernel build'"),
        ([SIT_TO_LOAD], "run 'sudo modprobe sit', or 'ipv6lab kernel build'"),
        ([SIT_TO_LOAD, NETEM], "needs sit, netem, .* lacks: run 'ipv6lab kernel build'"),
        ([REFUSED], "refuses sandboxes: 'ipv6lab kernel build'"),
    ],
)
def test_without_the_lab_kernel_it_is_named(
    lab_kernel: Callable[[Unsupported | None], None], lacking: list[Feature], told: str
) -> None:
    lab_kernel(NOT_THERE)
    with pytest.raises(Unsupported, match=told):
        choice.choose_among(lacking)


def test_what_mends_a_refusal_is_named(
    lab_kernel: Callable[[Unsupported | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab_kernel(NOT_THERE)
    monkeypatch.setattr(findings.os, "getuid", lambda: 1000)
    monkeypatch.setattr(findings.shutil, "which", lambda name: None)
    with pytest.raises(Unsupported, match="run 'sudo apt install uidmap', or 'ipv6lab kernel"):
        choice.choose_among([REFUSED])
    with pytest.raises(Unsupported, match="run 'sudo apt install uidmap'"):
        choice.choose_among([REFUSED], "host")


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ([SIT], "run it on another machine"),
        ([SIT_TO_LOAD], "sudo modprobe sit may help"),
        ([REFUSED], "ipv6lab doctor says why"),
    ],
)
@pytest.mark.parametrize("wanted", ["auto", "host"])
def test_where_no_lab_kernel_runs_it_is_not_named(
    monkeypatch: pytest.MonkeyPatch, lacking: list[Feature], told: str, wanted: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(Unsupported, match=told) as error:
        choice.choose_among(lacking, wanted)
    assert "kernel build" not in str(error.value)
    assert "--kernel" not in str(error.value)


def test_a_damaged_lab_kernel_is_told(lab_kernel: Callable[[Unsupported | None], None]) -> None:
    lab_kernel(finished.Damaged("is damaged"))
    with pytest.raises(Unsupported, match="is damaged"):
        choice.choose_among([SIT])


def test_who_asks_for_a_kernel_gets_no_other(
    lab_kernel: Callable[[Unsupported | None], None],
) -> None:
    lab_kernel(None)
    with pytest.raises(Unsupported, match=r"needs sit.*--kernel lab"):
        choice.choose_among([SIT], "host")
    lab_kernel(NOT_THERE)
    with pytest.raises(Unsupported, match="not there yet"):
        choice.choose_among([], "lab")


def test_the_variable_stands_in_for_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "lacking", lambda needs: pytest.fail("tried"))
    monkeypatch.setenv(choice.VARIABLE, "host")
    assert choice.choose().kernel == "host"
    monkeypatch.setenv(choice.VARIABLE, "guest")
    with pytest.raises(LabError, match="no kernel guest"):
        choice.choose()
    assert choice.choose(wanted="host").kernel == "host"


def test_an_unknown_need_is_the_authors_mistake() -> None:
    for wanted in choice.KERNELS:
        with pytest.raises(LabError, match="teleport"):
            choice.choose(["teleport"], wanted)

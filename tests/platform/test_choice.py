"""Which kernel a lab gets, and what is said where none will do."""

from __future__ import annotations

import platform

import pytest

from ipv6lab import kernel
from ipv6lab.kernel import store
from ipv6lab.platform import features
from ipv6lab.platform.features import MISSING, NAMESPACES, Feature
from ipv6lab.sandbox import choice
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message

SIT = Feature("sit", Message("6in4"), MISSING, Message("lacks"))
SIT_TO_LOAD = Feature("sit", Message("6in4"), MISSING, Message("lacks"), "sudo modprobe sit")
NETEM = Feature("netem", Message("delay"), MISSING, Message("lacks"))
REFUSED = Feature("namespaces", NAMESPACES, MISSING, Message("unshare: no"), required=True)


def found() -> None:
    """There is a lab kernel."""


def missing() -> None:
    raise Unsupported("not there yet")


def damaged() -> None:
    raise store.Damaged("is damaged")


def untouched() -> None:
    raise AssertionError("looked for")


def test_the_lab_kernel_has_every_feature() -> None:
    assert {*features.SANDBOX, *features.NETWORK} == kernel.FEATURES


def test_the_machines_own_where_it_will_do() -> None:
    assert choice.decide("auto", [], untouched).kernel == "host"
    assert choice.decide("host", [], untouched).kernel == "host"
    assert choice.decide("lab", [], found).kernel == "lab"


@pytest.mark.parametrize("lacking", [[SIT], [SIT_TO_LOAD], [REFUSED]])
def test_the_lab_kernel_where_it_will_not(lacking: list[Feature]) -> None:
    chosen = choice.decide("auto", lacking, found)
    assert chosen.kernel == "lab"
    assert ("sit" if lacking[0] is not REFUSED else "unshare: no") in str(chosen.reason)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ([SIT], "needs sit, .* lacks: run 'ipv6lab kernel build'"),
        ([SIT_TO_LOAD], "run 'sudo modprobe sit', or 'ipv6lab kernel build'"),
        ([SIT_TO_LOAD, NETEM], "needs sit, netem, .* lacks: run 'ipv6lab kernel build'"),
        ([REFUSED], r"refuses a sandbox \(unshare: no\): 'ipv6lab kernel build'"),
    ],
)
def test_without_the_lab_kernel_it_is_named(lacking: list[Feature], told: str) -> None:
    with pytest.raises(Unsupported, match=told):
        choice.decide("auto", lacking, missing)


@pytest.mark.parametrize(
    ("lacking", "told"),
    [
        ([SIT], "run it on another machine"),
        ([SIT_TO_LOAD], "sudo modprobe sit may help"),
        ([REFUSED], "ipv6lab doctor says what mends it"),
    ],
)
def test_where_no_lab_kernel_runs_it_is_not_named(
    monkeypatch: pytest.MonkeyPatch, lacking: list[Feature], told: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(Unsupported, match=told) as error:
        choice.decide("auto", lacking)
    assert "kernel build" not in str(error.value)


def test_a_damaged_lab_kernel_is_told() -> None:
    with pytest.raises(Unsupported, match="is damaged"):
        choice.decide("auto", [SIT], damaged)


def test_who_asks_for_a_kernel_gets_no_other() -> None:
    with pytest.raises(Unsupported, match=r"needs sit.*--kernel lab"):
        choice.decide("host", [SIT], found)
    with pytest.raises(Unsupported, match="not there yet"):
        choice.decide("lab", [], missing)


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

"""Answers of measurements, however they are written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ipv6lab.expect import measuring
from ipv6lab.probes import Blocked, Failed
from ipv6lab.probes.given import Answers
from ipv6lab.words.message import _


def lab(**given: str | list[str]) -> Any:
    return SimpleNamespace(answers=Answers(given))


@pytest.mark.parametrize("text", ["47", "47.0", "47,4 %", "46.01%", "48 per cent", " 47 % "])
def test_a_share_may_be_written_in_many_ways(text: str) -> None:
    measuring.share_is(lab(x=text), "x", 47)


@pytest.mark.parametrize("text", ["45.9", "48.1", "0.47", "53", "100"])
def test_a_share_that_is_another_is_not_right(text: str) -> None:
    with pytest.raises(Failed, match="differs"):
        measuring.share_is(lab(x=text), "x", 47)


@pytest.mark.parametrize("text", ["", "many", "-47", "47 of 100", "1e2", "٤٧", "nan"])
def test_what_is_no_number_is_said(text: str) -> None:
    with pytest.raises(Failed, match=r"no answer yet|no number"):
        measuring.share_is(lab(x=text), "x", 47)


def test_a_known_mistake_is_named() -> None:
    mistakes = [(60.0, _("Nothing is published."))]
    with pytest.raises(Failed, match="published"):
        measuring.share_is(lab(x="60.4"), "x", 47, mistakes=mistakes)
    why = _("Nothing is published.")
    with pytest.raises(Failed, match="published"):
        measuring.share_is_not(lab(x="59.2"), "x", 60, by="M1", why=why)
    measuring.share_is_not(lab(x="47"), "x", 60, by="M1", why=why)
    with pytest.raises(Blocked):
        measuring.share_is_not(lab(), "x", 60, by="M1", why=why)


@pytest.mark.parametrize(
    ("text", "right"),
    [("2028-06", True), ("2028-5", True), ("2028-07", True), ("2028-04", False), ("2030-01", False),
     ("06/2028", False), ("2028-13", False)],
)  # fmt: skip
def test_a_month(text: str, right: bool) -> None:
    if right:
        measuring.month_is(lab(x=text), "x", (2026, 11), months=18.46)
    else:
        with pytest.raises(Failed):
            measuring.month_is(lab(x=text), "x", (2026, 11), months=18.46)


NETWORKS = ["3fff:e:1::/48", "198.51.100.0/25"]


@pytest.mark.parametrize(
    "given",
    [
        ["3fff:e:1::/48", "198.51.100.0/24"],
        ["3FFF:E:1:0:0:0:0:0/48 57", "198.51.100.0/24 12"],
        "3fff:e:1::/48, ::ffff:198.51.100.0/120",
    ],
)
def test_networks_are_read_whatever_stands_beside_them(given: str | list[str]) -> None:
    measuring.networks_are(lab(x=given), "x", NETWORKS)
    measuring.truncated(lab(x=given), "x", six=48, four=24, by="M6")


def test_networks_that_lack_or_are_nobodys() -> None:
    with pytest.raises(Failed, match="lacks 1"):
        measuring.networks_are(lab(x=NETWORKS[:1]), "x", NETWORKS)
    with pytest.raises(Failed, match="no visitor's"):
        measuring.networks_are(lab(x=[*NETWORKS, "3fff:e:2::/48"]), "x", NETWORKS)
    with pytest.raises(Failed, match="no network"):
        measuring.networks_are(lab(x="3fff::e::1"), "x", NETWORKS)


@pytest.mark.parametrize(
    "one", ["3fff:e:1::7", "3fff:e:1:1::/64", "198.51.100.7", "::ffff:198.51.100.7"]
)
def test_a_visitor_is_not_published(one: str) -> None:
    with pytest.raises(Failed, match="more of a visitor"):
        measuring.truncated(lab(x=["3fff:e:2::/48", one]), "x", six=48, four=24, by="M6")
    with pytest.raises(Blocked):
        measuring.truncated(lab(), "x", six=48, four=24, by="M6")

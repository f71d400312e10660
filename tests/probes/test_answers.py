"""What counts as the same answer, and what is said of one that is none."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipv6lab.probes.given import Answers
from ipv6lab.probes.seen.outcome import Failed

MAC = "33:33:ff:00:00:80"


def one(text: str) -> Answers:
    return Answers({"q": text})


@pytest.mark.parametrize(
    "text",
    [
        *("33:33:ff:00:00:80", "33-33-FF-00-00-80", "33:33:ff:0:0:80", "3333.ff00.0080"),
        *("3333.FF00.80", "3333-ff00-0080", "3333:ff00:0080", "3333ff000080", "3333ff-000080"),
    ],
)
def test_a_mac_address_in_any_usual_spelling(text: str) -> None:
    assert one(text).mac("q") == MAC


@pytest.mark.parametrize("text", ["33:33:ff:00:00", "3333ff0080", "3333.ff00.0080.1", "x", "::1"])
def test_what_is_no_mac_address(text: str) -> None:
    with pytest.raises(Failed, match="is no MAC address"):
        one(text).mac("q")


@given(st.integers(0, 2**48 - 1))
def test_dots_colons_and_dashes_mean_the_same(number: int) -> None:
    digits = f"{number:012x}"
    pairs = [digits[at : at + 2] for at in range(0, 12, 2)]
    fours = [digits[at : at + 4] for at in range(0, 12, 4)]
    spelled = {one(text).mac("q") for text in (":".join(pairs), "-".join(pairs), ".".join(fours))}
    assert spelled == {":".join(pairs)}


@pytest.mark.parametrize(
    "text",
    [
        *("fe80::1", "FE80:0:0:0:0:0:0:1", "fe80::0.0.0.1", "fe80::1%eth0", "[fe80::1]"),
        *("fe80:0000::0001", "fe80::1/64", "fe80::1%eth0/64"),
    ],
)
def test_an_address_in_any_spelling(text: str) -> None:
    assert one(text).address("q") == IPv6Address("fe80::1")
    assert one(text).any_address("q") == IPv6Address("fe80::1")


def test_what_is_no_address_of_the_family() -> None:
    assert str(one("192.0.2.1").any_address("q")) == "192.0.2.1"
    with pytest.raises(Failed, match=r"is no IPv6 address: 192\.0\.2\.1"):
        one("192.0.2.1").address("q")
    with pytest.raises(Failed, match="is no address: pc1"):
        one("pc1").any_address("q")


WORDS = ("link-local", "global")


@pytest.mark.parametrize(
    "text", ["link-local", "Link-Local", "link local", "LINK_LOCAL", "`link-local`"]
)
def test_a_word_however_it_is_written(text: str) -> None:
    assert one(text).choice("q", WORDS) == "link-local"


def test_a_word_that_was_not_to_be_chosen_names_those_that_are() -> None:
    with pytest.raises(Failed, match=r"one of link-local, global, and local is none"):
        one("local").choice("q", WORDS)

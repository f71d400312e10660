"""Which advertisements to new hosts are answers, and which are there by chance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ipv6lab.probes import link
from ipv6lab.probes.hosts.fresh import opposite_mac, random_mac


def answers(*heard: tuple[str, float]) -> Any:
    """Answers of one router: to whom, ``all`` or ``one``, and after how many seconds."""
    return [
        SimpleNamespace(
            heard=SimpleNamespace(
                advertisement=SimpleNamespace(
                    destination=SimpleNamespace(is_multicast=to == "all")
                ),
                time=time,
                sender="hq-core",
            )
        )
        for to, time in heard
    ]


@pytest.mark.parametrize(
    "heard",
    [
        [("one", 0), ("one", 1)],
        [("all", 0), ("one", 0.5), ("one", 1)],
        [("all", 0), ("all", 0.5), ("all", 1)],
        [("all", 0), ("all", 3), ("all", 6), ("all", 9)],
    ],
)
def test_two_hosts_in_a_row_are_answered(heard: list[tuple[str, float]]) -> None:
    assert link._convincing(answers(*heard))
    assert not link._convincing(answers(*heard[:1]))


@pytest.mark.parametrize(
    "heard",
    [
        [],
        [("all", 0), ("all", 5), ("one", 5.5)],  # the second may have heard it by chance
        [("one", 0), ("all", 4), ("one", 4.5)],
        [("one", 0), ("all", 1), ("one", 1.5), ("all", 4.5), ("one", 5)],
        [("all", 0), ("all", 4), ("all", 5)],
        [("all", 0), ("all", 3), ("all", 8), ("all", 11)],
    ],
)
def test_one_that_is_answered_proves_nothing_for_the_other(heard: list[tuple[str, float]]) -> None:
    assert not link._convincing(answers(*heard))


def test_each_free_bit_of_the_next_mac_address_is_another() -> None:
    mac = random_mac()
    one, other = (int(each.replace(":", ""), 16) for each in (mac, opposite_mac(mac)))
    assert one ^ other == 0xFCFFFFFFFFFF
    assert opposite_mac(opposite_mac(mac)) == mac

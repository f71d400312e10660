"""What protocols make a grading wait for, by the names that the RFCs give these times.

A probe or judgement that waits so long though everything is right says so::

    @waits(MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS)
    def advertisements(self) -> list[Heard]: ...

From that the protocol floor of an exercise is added up (`ipv6lab.course.floors`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

F = TypeVar("F", bound=Callable[..., object])


class Wait(NamedTuple):
    """A time that a protocol takes, in seconds, and where it is written."""

    name: str
    seconds: float
    source: str


MAX_RTR_SOLICITATION_DELAY = Wait("MAX_RTR_SOLICITATION_DELAY", 1.0, "RFC 4861 §10")
RETRANS_TIMER = Wait("RETRANS_TIMER", 1.0, "RFC 4861 §10, RFC 4862 §5.4")
MAX_RA_DELAY_TIME = Wait("MAX_RA_DELAY_TIME", 0.5, "RFC 4861 §10")
MIN_DELAY_BETWEEN_RAS = Wait("MIN_DELAY_BETWEEN_RAS", 3.0, "RFC 4861 §10")
SOL_TIMEOUT = Wait("SOL_TIMEOUT", 1.0, "RFC 8415 §7.6")
SOL_MAX_DELAY = Wait("SOL_MAX_DELAY", 1.0, "RFC 8415 §7.6")
T1 = Wait("T1 of the lab's delegations", 10.0, "RFC 8415 §21.21")
INITIAL_RTO = Wait("initial RTO", 1.0, "RFC 6298 §2")
# What an exercise on switches says: who was silent for so long is forgotten.
IDLE_TIME_OUT = Wait("idle time-out of the lab's flows", 20.0, "OpenFlow 1.3 §5.5")
SWITCHED_ON = Wait("a switch looked at that was just switched on", 10.0, "ovs-vswitchd.conf.db(5)")
# Two questions without an answer, 5 s each, and then three times that.
CONTROLLER_GIVEN_UP = Wait("a controller given up by Open vSwitch", 30.0, "ovs-vswitchd.conf.db(5)")
EVERY = (
    MAX_RTR_SOLICITATION_DELAY,
    RETRANS_TIMER,
    MAX_RA_DELAY_TIME,
    MIN_DELAY_BETWEEN_RAS,
    SOL_TIMEOUT,
    SOL_MAX_DELAY,
    T1,
    INITIAL_RTO,
    IDLE_TIME_OUT,
    SWITCHED_ON,
    CONTROLLER_GIVEN_UP,
)


def waits(*_terms: Wait) -> Callable[[F], F]:
    """Declare that a function takes these times, one after the other; it stays as it is."""
    return lambda function: function

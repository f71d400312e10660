"""The Happy Eyeballs client does what RFC 8305 says, in the order in which it says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ipv6lab.tools.happy_eyeballs import (
    Candidate,
    Event,
    Gone,
    Race,
    interleaved,
    main,
    written,
)

LOOPBACK = {6: "::1", 4: "127.0.0.1"}
FAMILIES = {6: socket.AF_INET6, 4: socket.AF_INET}
LONG = 60.0  # seconds that no test waits for


@contextmanager
def listening(family: int, port: int = 0, backlog: int = 8) -> Iterator[int]:
    with socket.socket(FAMILIES[family]) as one:
        one.bind((LOOPBACK[family], port))
        one.listen(backlog)
        yield one.getsockname()[1]


@contextmanager
def black_hole(family: int) -> Iterator[int]:
    """A port whose queue is full: what asks for a connection there is dropped in silence."""
    with ExitStack() as opened:
        port = opened.enter_context(listening(family, backlog=0))
        for _each in range(3):
            one = opened.enter_context(socket.socket(FAMILIES[family]))
            one.setblocking(False)
            one.connect_ex((LOOPBACK[family], port))
        yield port


@contextmanager
def nobody(family: int) -> Iterator[int]:
    """A port that refuses connections, since it is bound and nobody listens."""
    with socket.socket(FAMILIES[family]) as one:
        one.bind((LOOPBACK[family], 0))
        yield one.getsockname()[1]


def at(family: int, port: int) -> Candidate:
    return Candidate(family, (LOOPBACK[family], port))


def race(six: list[Candidate], four: list[Candidate], **terms) -> Race:
    return Race("www", 80, ask=lambda name, port, family: six if family == 6 else four, **terms)


def happened(one: Race, *what: str) -> list[tuple[str, int | None]]:
    return [(event.what, event.family) for event in one.events if event.what in what]


def when(one: Race, what: str, family: int) -> float:
    return next(event.seconds for event in one.events if event[1:3] == (what, family))


def test_ipv6_wins_where_both_work():
    with listening(6) as six, listening(4) as four:
        one = race([at(6, six)], [at(4, four)], attempt_delay=LONG)
        one.run().close()
    assert happened(one, "attempt", "connected") == [("attempt", 6), ("connected", 6)]


def test_a_black_hole_costs_one_attempt_delay():
    with black_hole(6) as six, listening(4) as four:
        one = race([at(6, six)], [at(4, four)], attempt_delay=0.25)
        one.run().close()
    assert happened(one, "attempt", "connected", "lost") == [
        ("attempt", 6),
        ("attempt", 4),
        ("connected", 4),
        ("lost", 6),
    ]
    assert when(one, "attempt", 4) - when(one, "attempt", 6) >= 0.25


def test_a_refusal_costs_nothing():
    with nobody(6) as six, listening(4) as four:
        one = race([at(6, six)], [at(4, four)], attempt_delay=LONG)
        one.run().close()
    assert happened(one, "attempt", "failed", "connected") == [
        ("attempt", 6),
        ("failed", 6),
        ("attempt", 4),
        ("connected", 4),
    ]


def test_the_families_take_turns():
    six = [Candidate(6, (f"2001:db8::{at}", 80)) for at in range(1, 4)]
    four = [Candidate(4, (f"192.0.2.{at}", 80)) for at in range(1, 3)]
    assert [one.family for one in interleaved(six, four)] == [6, 4, 6, 4, 6]
    assert [one.family for one in interleaved(six, four, first=2)] == [6, 6, 4, 6, 4]
    assert interleaved([], four) == four


def test_ipv4_alone_waits_for_the_answer_that_is_on_its_way():
    answered = threading.Event()

    def ask(name: str, port: int, family: int) -> list[Candidate]:
        if family == 6:
            assert answered.wait(LONG)
        return [at(family, ports[family])]

    def tell(event: Event) -> None:
        if (event.what, event.family) == ("answered", 4):
            answered.set()

    with listening(6) as six, listening(4) as four:
        ports = {6: six, 4: four}
        one = Race("www", 80, resolution_delay=LONG, attempt_delay=LONG, ask=ask, tell=tell)
        one.run().close()
    assert happened(one, "answered", "attempt")[:3] == [
        ("answered", 4),
        ("answered", 6),
        ("attempt", 6),
    ]


def test_an_answer_that_is_late_is_not_waited_for():
    over = threading.Event()

    def ask(name: str, port: int, family: int) -> list[Candidate]:
        if family == 6:
            over.wait(LONG)
        return [at(family, four)]

    with listening(4) as four:
        one = Race("www", 80, ask=ask)
        one.run().close()
    over.set()
    assert happened(one, "answered", "connected") == [("answered", 4), ("connected", 4)]
    assert when(one, "attempt", 4) - when(one, "answered", 4) >= 0.05


def test_a_late_answer_joins_in():
    attempted = threading.Event()

    def ask(name: str, port: int, family: int) -> list[Candidate]:
        if family == 6:
            assert attempted.wait(LONG)
        return [at(family, ports[family])]

    def tell(event: Event) -> None:
        if event.what == "attempt":
            attempted.set()

    with listening(6) as six, black_hole(4) as four:
        ports = {6: six, 4: four}
        one = Race("www", 80, ask=ask, tell=tell)
        one.run().close()
    assert happened(one, "attempt", "connected") == [
        ("attempt", 4),
        ("attempt", 6),
        ("connected", 6),
    ]


def test_who_has_no_address_and_who_does_not_answer_are_told_apart():
    with pytest.raises(Gone, match="no address"):
        race([], []).run()
    with nobody(6) as six, nobody(4) as four, pytest.raises(Gone, match="no connection"):
        race([at(6, six)], [at(4, four)]).run()
    with black_hole(4) as four, pytest.raises(Gone, match=r"within 0\.2 s"):
        race([], [at(4, four)], patience=0.2).run()


def test_the_race_is_shown(capsys):
    with listening(4) as four:
        assert main(["-4", "127.0.0.1", str(four)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[3] for line in shown] == ["asked", "answered", "attempt", "connected"]
    assert written(Event(0.25, "failed", 6, "[::1]:80", "refused")) == (
        "    250 ms  IPv6  failed  [::1]:80: refused"
    )


@pytest.mark.parametrize(
    "arguments", [["www", "0"], ["www", "x"], ["--attempt-delay", "99", "www"], []]
)
def test_nonsense_is_refused_in_a_sentence(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err

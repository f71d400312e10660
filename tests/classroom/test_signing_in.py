from __future__ import annotations

import time
from pathlib import Path

import pytest

pytest.importorskip("jupyterhub")

from ipv6lab.classroom import folder, tokens
from ipv6lab.classroom.hub.signing_in import Gate, Lockout, PinAuthenticator, Roster
from ipv6lab.classroom.roster import Person
from tests import loops

SECRET = "s" * 64


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_five_wrong_pins_lock_a_seat_for_a_minute(tmp_path: Path) -> None:
    people = [Person(1, "An", "vi"), Person(2, "Bình", "vi")]
    found = folder.create(tmp_path / "class", "L", "vi", people, {})
    clock = Clock()
    gate = PinAuthenticator()
    gate.roster, gate.lockout = Roster(found.folder), Lockout(clock)
    shown = Gate(gate.roster, gate.lockout)
    right = found.seats[1].pin

    def sign_in(seat: str, pin: str) -> str | None:
        return loops.run(gate.authenticate(None, {"username": seat, "password": pin}))

    for typed in ("1", " 01 ", "seat01", "SEAT 1"):
        assert sign_in(typed, f" {right[:3]} {right[3:]} ") == "seat01"
    for _number in range(4):
        assert sign_in("1", "000000x") is None
    assert sign_in("1", right) == "seat01"  # which forgives the four
    for _number in range(5):
        assert sign_in("1", "000000x") is None
    assert sign_in("1", right) is None
    assert shown.wait("seat01") == 60
    assert sign_in("2", found.seats[2].pin) == "seat02"  # nobody else is locked
    clock.now += 60.1
    assert sign_in("1", right) == "seat01"
    for unknown in ("", "3", "root", "1;2", "٣", "../1", "1" * 400):
        assert sign_in(unknown, right) is None
    assert sign_in("1", "") is None


def test_a_token_says_whose_it_is_until_it_ends() -> None:
    made = tokens.sign(SECRET, tokens.seat_name(7), 100)
    assert tokens.holder(SECRET, made) == "seat-7"
    assert tokens.seat_number("seat-7") == 7
    assert tokens.seat_number(tokens.TRAINER) is None
    assert tokens.holder(SECRET, tokens.sign(SECRET, "seat-7", -1)) is None
    assert tokens.holder("other", made) is None
    who, until, signature = made.split(".")
    for forged in (
        f"trainer.{until}.{signature}",
        f"{who}.{int(until) + 1}.{signature}",
        f"{who}.{until}.",
        f"{who}.{until}",
        made + "x",
        "",
        "..",
        f"{who}.{'9' * 400}.{signature}",
        f"{who}.{until}.é",
    ):
        assert tokens.holder(SECRET, forged) is None
    assert time.time() < int(until)

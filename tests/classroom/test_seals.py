"""Draws that decide marks: made by the agent, sealed for the trainer, open to who studies alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipv6lab import sandbox
from ipv6lab.classroom import handed, seals
from ipv6lab.classroom.folder import Class
from ipv6lab.course import draws, grading, recorded, room
from ipv6lab.course.place import Place
from ipv6lab.words import lots, seal
from ipv6lab.words.errors import LabError
from tests.backends import require_image
from tests.sandbox import support

PATTERNS: dict[str, Any] = {"port": "8###", "kind": {"a{{ secret.port }}": "one", "b": "two"}}


@pytest.fixture
def room_of(tmp_path: Path) -> Class:
    (tmp_path / "secrets").mkdir()
    return Class(tmp_path, "IPv6", "en", "CODE")


def entries(told: str) -> list[dict[str, Any]]:
    return [{"seq": 0, "kind": "bits", "sealed": told}]


def test_the_trainer_opens_what_a_seat_seals_for_its_own_exercise(room_of: Class) -> None:
    modulus = int(seals.modulus(room_of), 16)
    bits = bytes(range(16))
    told = seal.sealed(bits + seal.bound("K1", 7), modulus)
    assert told != seal.sealed(bits + seal.bound("K1", 7), modulus)
    assert bits.hex() not in told
    assert seals.opened(room_of, entries(told), "K1", 7) == bits
    for exercise, seat in (("K1", 8), ("L30", 7)):
        with pytest.raises(LabError, match="another class, exercise or seat"):
            seals.opened(room_of, entries(told), exercise, seat)
    for forged in ("", "00", "zz", told[2:], told + "00", "ff" * (len(told) // 2)):
        with pytest.raises(LabError, match="another class"):
            seals.opened(room_of, entries(forged), "K1", 7)
    with pytest.raises(LabError, match="outside the class"):
        seals.opened(room_of, [], "K1", 7)
    with pytest.raises(ValueError, match="too many"):
        seal.sealed(bytes(400), modulus)


def test_another_class_has_another_key(room_of: Class, tmp_path: Path) -> None:
    other = Class(tmp_path / "other", "IPv6", "en", "CODE")
    other.secrets.mkdir(parents=True)
    told = seal.sealed(bytes(16) + seal.bound("K1", 7), int(seals.modulus(room_of), 16))
    with pytest.raises(LabError, match="another class"):
        seals.opened(other, entries(told), "K1", 7)


def test_bits_decide_every_draw() -> None:
    first = lots.secrets_of(PATTERNS, bytes(16))
    assert first == lots.secrets_of(PATTERNS, bytes(16))
    assert first["secret.kind"] in (f"a{first['secret.port']}", "b")
    assert len({lots.secrets_of(PATTERNS, bytes([n] * 16))["secret.port"] for n in range(40)}) > 30
    assert draws.bits("K1", 7) == draws.bits("K1", 7) != draws.bits("K1", 8)
    with pytest.raises(LabError, match=r"secret\.z"):
        lots.secrets_of({"y": "{{ secret.z }}"}, bytes(16))


def test_the_agent_draws_and_tells_nobody(room_of: Class) -> None:
    wanted = {
        "patterns": PATTERNS,
        "bits": None,
        "seal": seals.modulus(room_of),
        "bound": seal.bound("K1", 7).hex(),
    }
    require_image()
    request = support.build_request(a="echo {{ secret.port }} {{ else }} > /root/drawn")
    with sandbox.throwaway() as lab:
        answer = lab.request("build", **request, secret=wanted)
        port = support.run(lab, "a", "cat", "/root/drawn").out
        told = lab.entries()
        bits = seals.opened(room_of, told, "K1", 7)
        values = lots.secrets_of(PATTERNS, bits)
        assert port == f"{values['secret.port']} {{{{ else }}}}\n"
        assert bits.hex() not in json.dumps([answer, told])
        # Made anew it is the same lab, with the same seal before what is done there.
        lab.request("reset")
        assert support.run(lab, "a", "cat", "/root/drawn").out == port
        assert lab.entries() == told
        assert support.run(lab, "a", "test", "-e", str(lots.KEPT)).status == 1
    with sandbox.throwaway() as lab:
        lab.request("build", **request, secret={**wanted, "bits": bits.hex()})
        assert support.run(lab, "a", "cat", "/root/drawn").out == port
        assert lab.entries() == []


def test_in_a_class_only_its_trainer_grades(
    room_of: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_image()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    place = Place.of("L02", 7)
    place = replace(place, exercise=replace(place.exercise, secrets=PATTERNS))
    assert set(place.known) - set(place.plan) == {"secret.port", "secret.kind", "secret.kind.is"}
    assert room.seal() is None
    room.write({"seal": seals.modulus(room_of)})
    assert room.seal() == seals.modulus(room_of)
    room.write(None)
    told = seal.sealed(bytes(16) + seal.bound("L02", 7), int(seals.modulus(room_of), 16))
    recorded.save(tmp_path / "work", entries(told), 7)
    refused = grading.grade(place, str(tmp_path / "work"))
    assert refused["verdict"] == "refused"
    assert "class grade" in str(refused["message"])
    file = tmp_path / "L02.json"
    file.write_text(json.dumps({"entries": [], "hints": {}}), encoding="utf-8")
    begun_elsewhere = handed.grade(room_of, place, 7, file, lambda _event: None)
    assert "outside the class" in str(begun_elsewhere["message"])
    file.write_text(json.dumps({"entries": entries(told), "hints": {}}), encoding="utf-8")
    graded = handed.grade(room_of, place, 7, file, lambda _event: None)
    assert graded["verdict"] == "failed"
    assert graded["score"] == 0

"""The class's key for draws that decide marks: seats seal to it, and the trainer's replay opens.

The key lies among the class's secrets; the board tells seats its modulus. What a seal holds are the
bits of a lab, bound to the exercise and seat they were made for (`ipv6lab.words.seal`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.course import recorded
from ipv6lab.words import lots, seal
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAME = "draws.key"
SIZE = 3072


def modulus(found: Class) -> str:
    """What seats are told, in hex; the key is made when it is first asked for."""
    return f"{_key(found).public_key().public_numbers().n:x}"


def opened(found: Class, entries: list[dict[str, Any]], exercise: str, seat: int) -> bytes:
    """The bits of recorded work. Raises LabError where they are not for this exercise and seat."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    told = recorded.sealed(entries)
    if told is None:
        raise LabError(
            _(
                "What seat {seat} handed in for {exercise} was begun outside the class: start it "
                "again, with the board in reach.",
                seat=seat,
                exercise=exercise,
            )
        )
    way = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    try:
        text = _key(found).decrypt(bytes.fromhex(told), way)
    except ValueError:
        text = b""
    bits, bound = text[: lots.BITS], text[lots.BITS :]
    if len(bits) != lots.BITS or bound != seal.bound(exercise, seat):
        raise LabError(
            _(
                "What seat {seat} handed in for {exercise} was begun in another class, exercise or "
                "seat: it is not graded.",
                seat=seat,
                exercise=exercise,
            )
        )
    return bits


def _key(found: Class) -> RSAPrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    file = found.secrets / NAME
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except FileNotFoundError:
        key = rsa.generate_private_key(seal.EXPONENT, SIZE)
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(file, text.decode("ascii"))
    assert isinstance(key, rsa.RSAPrivateKey)
    return key

"""Sealing a few octets for who has a key: RSAES-OAEP with SHA-256 (RFC 8017 section 7.1.1).

Only the public half is here, so that an agent can seal without any library. What opens it is in
`ipv6lab.classroom.seals`.
"""

from __future__ import annotations

import hashlib
import secrets

EXPONENT = 65537
_HASH = hashlib.sha256
_LENGTH = _HASH().digest_size


def sealed(text: bytes, modulus: int) -> str:
    """Octets under the key of that modulus, in hex. Raises ValueError where they are too many."""
    size = (modulus.bit_length() + 7) // 8
    padding = size - len(text) - 2 * _LENGTH - 2
    if padding < 0:
        raise ValueError(f"{len(text)} octets are too many for a key of {size}")
    block = _HASH(b"").digest() + bytes(padding) + b"\x01" + text
    seed = secrets.token_bytes(_LENGTH)
    masked = _xor(block, _mask(seed, len(block)))
    encoded = b"\0" + _xor(seed, _mask(masked, _LENGTH)) + masked
    return pow(int.from_bytes(encoded, "big"), EXPONENT, modulus).to_bytes(size, "big").hex()


def bound(exercise: str, seat: int) -> bytes:
    """What stands beside bits in a seal: for which exercise on which seat they were drawn."""
    return _HASH(f"{exercise}/{seat}".encode()).digest()[:16]


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017 appendix B.2.1)."""
    blocks = (_HASH(seed + count.to_bytes(4, "big")).digest() for count in range(-(-length // 32)))
    return b"".join(blocks)[:length]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))

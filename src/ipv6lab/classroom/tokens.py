"""Who is asking: short words, signed with the class's secret, that end by themselves.

A token is ``WHO.UNTIL.SIGNATURE``: whose it is (``trainer``, or ``seat-7``), the second since the
epoch at which it ends, and an HMAC-SHA256 over both. Browsers keep it in sessionStorage and send it
in a header: a cookie would also go to the other ports of the machine, where trainees' pages are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

TRAINER = "trainer"
DAY = 24 * 3600.0


def sign(secret: str, who: str, seconds: float = DAY) -> str:
    """A token for somebody, for so long from now."""
    until = int(time.time() + seconds)
    return f"{who}.{until}.{_signature(secret, who, until)}"


def holder(secret: str, token: str) -> str | None:
    """Whose token it is; None for one that is forged, broken or has ended."""
    who, _dot, rest = token.partition(".")
    until, _dot, signature = rest.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 16 and signature.isascii()):
        return None
    if not hmac.compare_digest(signature, _signature(secret, who, int(until))):
        return None
    return who if int(until) > time.time() else None


def seat_name(number: int) -> str:
    """Who a seat is in a token."""
    return f"seat-{number}"


def seat_number(who: str) -> int | None:
    """The seat that a token's holder is."""
    head, _dash, number = who.partition("-")
    return int(number) if head == "seat" and number.isdigit() and number.isascii() else None


def _signature(secret: str, who: str, until: int) -> str:
    made = hmac.new(secret.encode(), f"{who}.{until}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")

"""A laptop joins a room by its code, and reports from then on.

What was joined is kept in ``joined.json`` in the work directory, the board's certificate beside it.
The code's second part is the beginning of the certificate's fingerprint: another machine that
claims to be the board is noticed.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ipv6lab.classroom import certificate
from ipv6lab.classroom.folder import read_json, write_private
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

FILE = "joined.json"
SECRET = 6  # letters of a code that let one in
PINNED = 10  # hex digits of the fingerprint behind them
PATIENCE = 15.0


@dataclass(frozen=True)
class Joined:
    """A room that this laptop is in."""

    seat: int
    name: str
    url: str
    token: str
    certificate: Path


def code_of(secret: str, fingerprint: str) -> str:
    """A room's code as it is shown.

    >>> code_of("ABC234", "0123456789abcdef")
    'ABC234-01234-56789'
    """
    pinned = fingerprint[:PINNED].upper()
    return f"{secret}-{pinned[:5]}-{pinned[5:]}"


def join(address: str, code: str, name: str, language: str) -> Joined:
    """Join the room at an address (``host`` or ``host:port``). Raises LabError."""
    typed = "".join(code.split()).replace("-", "").upper()
    if len(typed) != SECRET + PINNED or not typed.isalnum():
        raise LabError(_("{code} is no room's code; it looks like ABC234-01234-56789.", code=code))
    url = urlsplit(address if "//" in address else f"https://{address}")
    host, port = url.hostname or "", url.port or 8444
    try:
        pem = ssl.get_server_certificate((host, port), timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise LabError(
            _("No board answers at {address} ({reason}).", address=address, reason=str(error))
        ) from None
    found = certificate.fingerprint(ssl.PEM_cert_to_DER_cert(pem))
    if found[:PINNED].upper() != typed[SECRET:]:
        raise LabError(
            _(
                "What answers at {address} is not this room's board: compare the code with the one "
                "on the board.",
                address=address,
            )
        )
    base = f"https://{f'[{host}]' if ':' in host else host}:{port}"
    told = _ask(base, pem, {"code": typed[:SECRET], "name": name, "language": language})
    file = directories.work() / "board.crt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(pem, encoding="ascii")
    kept = {"seat": told["seat"], "name": name, "url": base, "token": told["token"]}
    write_private(directories.work() / FILE, json.dumps(kept))
    return Joined(int(told["seat"]), name, base, str(told["token"]), file)


def joined() -> Joined | None:
    """The room that this laptop is in, if it is in one."""
    told = read_json(directories.work() / FILE)
    try:
        return Joined(
            int(told["seat"]),
            str(told["name"]),
            str(told["url"]),
            str(told["token"]),
            directories.work() / "board.crt",
        )
    except (KeyError, TypeError, ValueError):
        return None


def leave() -> bool:
    """Report no longer; whether there was a room."""
    there = joined() is not None
    for name in (FILE, "board.crt", "room.json"):
        (directories.work() / name).unlink(missing_ok=True)
    return there


def _ask(base: str, pem: str, told: dict[str, str]) -> dict[str, Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=pem)
    request = urllib.request.Request(
        f"{base}/join", json.dumps(told).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        try:
            message = Message.from_json(json.load(error)["error"])
        except (ValueError, KeyError, TypeError):
            message = _("The board answers {status}.", status=error.code)
        raise LabError(message) from None
    except (OSError, ValueError) as error:
        raise LabError(
            _("No board answers at {address} ({reason}).", address=base, reason=str(error))
        ) from None

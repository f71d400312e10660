"""Lines of web servers: common, combined and vhost_combined of Apache and nginx, and JSON."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ipv6lab.share.records import KEPT, Bad, Record, address, number
from ipv6lab.words.message import _

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TIME = re.compile(r"\[([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):[0-9:]{8} [+-][0-9]{4}\] ")
# A quote inside is written \" by both servers.
ANSWER = re.compile(r'"(?:[^"\\]|\\.)*" ([0-9]{3}|-) ([0-9]{1,31}|-)(?: |$)')

CLIENTS = (
    "remote_addr", "client_ip", "clientip", "remote_ip", "remoteIP", "remoteAddr", "ClientHost",
    "client", "ip", "remote_host", "host",
)  # fmt: skip
SIZES = (
    "body_bytes_sent", "bytes_sent", "bytes", "size", "response_size", "resp_size",
    "responseSize", "DownstreamContentSize",
)  # fmt: skip
TIMES = (
    "time_iso8601", "time_local", "@timestamp", "timestamp", "time", "StartUTC", "ts", "msec",
)  # fmt: skip


def line(text: str) -> Record:
    """A line of the common format or one that begins like it. Raises Bad."""
    found = TIME.search(text)
    if found is None:
        raise Bad(_("no time in brackets, as common, combined and vhost_combined have it"))
    words = text[: found.start()].split()
    # With vhost_combined the client comes second; else that is the identity, and no address.
    first = 1 if len(words) >= 4 and _is_address(words[1]) else 0
    if len(words) < first + 3:
        raise Bad(_("no client, identity and user before the time"))
    client = address(words[first])
    answer = ANSWER.match(text, found.end())
    if answer is None:
        raise Bad(_("no request with status and octets after the time"))
    return Record((client,), number(answer[2]), _month(found[3], found[2], found[1]))


def json_line(text: str) -> Record:
    """A JSON object with a client's address and octets under one of the usual names. Raises Bad."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Bad(_("no JSON object")) from None
    if not isinstance(found, dict):
        raise Bad(_("no JSON object"))
    inner = found.get("request")  # where Caddy keeps the client
    values: dict[str, Any] = {**(inner if isinstance(inner, dict) else {}), **found}
    client = _first(values, CLIENTS)
    size = _first(values, SIZES)
    if not isinstance(client, str):
        raise Bad(_("no address where the client's should be"))
    if size is None:
        raise Bad(_("no number where the octets should be"))
    return Record((address(client),), number(size), _json_month(_first(values, TIMES)))


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), None)


def _is_address(text: str) -> bool:
    try:
        address(text)
    except Bad:
        return False
    return True


@lru_cache(KEPT)
def _month(year: str, month: str, day: str) -> str:
    try:
        return datetime(int(year), MONTHS.index(month) + 1, int(day)).strftime("%Y-%m")
    except ValueError:
        raise Bad(_("a time that no calendar has")) from None


def _json_month(when: Any) -> str:
    if when is None:
        return ""
    try:
        if isinstance(when, str) and (local := TIME.match(f"[{when}] ")):
            return _month(local[3], local[2], local[1])
        if isinstance(when, str) and "-" in when:
            return datetime.fromisoformat(when).strftime("%Y-%m")
        if isinstance(when, bool):
            raise ValueError
        seconds = float(when)
        if not math.isfinite(seconds):
            raise ValueError
        # Some write thousandths of a second.
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC).strftime(
            "%Y-%m"
        )
    except (ValueError, TypeError, OverflowError, OSError):
        raise Bad(_("a time that no calendar has")) from None

"""Sentences, numbers and times in the reader's language.

Who calls a report hands in the translation, so that nothing here knows where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ipv6lab.words.message import Message, _

Translate = Callable[[Message | str], str]


def say(value: Any, tr: Translate) -> str:
    """A sentence of the results (a message, its JSON, a plain string or nothing), translated."""
    if not value:
        return ""
    if isinstance(value, dict):
        value = Message(str(value.get("text", "")), dict(value.get("values") or {}))
    return tr(value if isinstance(value, Message | str) else str(value))


def message(check: dict[str, Any], tr: Translate) -> str:
    """What a check has to say about its verdict; of a blocked one at least its cause."""
    if check.get("message"):
        return say(check["message"], tr)
    if check.get("verdict") == "blocked" and check.get("blocked_by"):
        return tr(_("Blocked by {check}.", check=str(check["blocked_by"])))
    return ""


def number(value: float, lang: str, digits: int = 1) -> str:
    """A number with the decimal sign of the language.

    >>> number(3.25, "en"), number(3.25, "vi")
    ('3.2', '3,2')
    """
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if lang.startswith("vi") else text


def duration(value: float, tr: Translate, lang: str) -> str:
    """Seconds such as ``3.4 s``, and ``0.02 s`` where one digit would say nothing."""
    return tr(_("{seconds} s", seconds=number(value, lang, 1 if value >= 0.1 else 2)))


def seconds(check: dict[str, Any], tr: Translate, lang: str) -> str:
    """How long a check took; empty when it never ran, or not yet."""
    value = check.get("seconds")
    if value is None or check.get("verdict") in ("blocked", "waiting"):
        return ""
    return duration(value, tr, lang)


def protocol_seconds(check: dict[str, Any], tr: Translate, lang: str) -> str:
    """The part of the seconds that no answer could have saved; empty when there is none."""
    value = check.get("protocol_seconds") or 0
    if value < 0.01 or not seconds(check, tr, lang):
        return ""
    return duration(value, tr, lang)


def moment(value: str, lang: str) -> str:
    """An ISO 8601 time as people write it, in the time zone in which it was taken.

    >>> moment("2026-03-04T09:05:00+07:00", "vi")
    '04/03/2026 09:05 (GMT+07:00)'
    >>> moment("2026-03-04T09:05:00+07:00", "en")
    '4 March 2026, 09:05 (GMT+07:00)'
    """
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return value
    # Babel would say the same, and takes longer to import than a command has.
    form = "{0:%d/%m/%Y %H:%M}" if lang.startswith("vi") else "{0.day} {0:%B %Y, %H:%M}"
    zone = "" if when.tzinfo is None else f" (GMT{when.isoformat()[-6:]})"
    return form.format(when) + zone

"""JSON of text that may have been any bytes once: names of files, arguments, what was typed.

Python reads a byte that is no UTF-8 as half a surrogate (PEP 383). That has no UTF-8 of its own, so
where one occurs the whole text is escaped, and comes back as it was.
"""

from __future__ import annotations

import json
from typing import Any


def as_json(value: Any, **options: Any) -> str:
    """JSON that can be written as UTF-8, in letters as far as that goes."""
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, **options)
    return text


def is_bytes(text: str) -> bool:
    """Whether a text stands for bytes that a file's name or an argument can have."""
    try:
        return b"\0" not in text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False

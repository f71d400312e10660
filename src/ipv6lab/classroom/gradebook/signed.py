"""Signed files: what a reader shows, and behind that, where no reader looks, who signed what.

In a page it is a comment, in a PDF a comment between the end and one more end, as an update of a
PDF has it. The claims hold the SHA-256 of all before them, so that every byte of a file counts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from typing import Any, NamedTuple

from ipv6lab.classroom.gradebook.signing import canonical

MARK = b"ipv6lab-signed"
_PAGE = re.compile(rb"<!--" + MARK + rb" ([A-Za-z0-9+/=]+)-->\n\Z")
_PAPER = re.compile(rb"%" + MARK + rb" ([A-Za-z0-9+/=]+)\nstartxref\n\d+\n%%EOF\n\Z")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")


class Parts(NamedTuple):
    """A signed file in two; `block` None: what is there is damaged."""

    document: bytes
    block: dict[str, Any] | None


def digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def joined(document: bytes, block: dict[str, Any]) -> bytes:
    """The signed file."""
    text = base64.b64encode(canonical(block))
    start = _START.search(document)
    if start is None:
        return document + b"<!--" + MARK + b" " + text + b"-->\n"
    return document + b"%" + MARK + b" " + text + b"\nstartxref\n" + start[1] + b"\n%%EOF\n"


def parted(data: bytes) -> Parts | None:
    """The parts of a signed file; None where it is none."""
    found = _PAGE.search(data) or _PAPER.search(data)
    if found is None:
        return Parts(data, None) if MARK in data else None
    document = data[: found.start()]
    try:
        block = json.loads(base64.b64decode(found[1], validate=True))
    except (ValueError, RecursionError, binascii.Error):
        return Parts(document, None)
    if not isinstance(block, dict) or not isinstance(block.get("claims"), dict):
        return Parts(document, None)
    # Not a byte of it may be otherwise than it is written.
    return Parts(document, block if joined(document, block) == data else None)

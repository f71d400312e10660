"""Recorded work on the stream, in portions: no frame holds all of it, however much that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

MOST = 8 * 1024 * 1024  # letters of files and commands in one portion, but for one entry's own


def portions(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Entries of a journal in their order, some at a time; at least one portion."""
    now: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        more = _size(entry)
        if now and size + more > MOST:
            yield now
            now, size = [], 0
        now.append(entry)
        size += more
    yield now


def _size(entry: dict[str, Any]) -> int:
    texts = [entry.get("command"), entry.get("lines")]
    for file in entry.get("files", ()):
        texts += [file.get("content"), file["path"]]
    return 100 + sum(len(text) for text in texts if text)

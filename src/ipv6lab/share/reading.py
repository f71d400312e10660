"""Files of any of the known formats, read line by line whatever stands in them."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, cast

from ipv6lab.share import counters, nfdump, weblog
from ipv6lab.share.records import Bad, Record
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

WEB, JSON, NFDUMP, NFT, NFT_JSON = "web", "json", "nfdump", "nft", "nft-json"
FORMATS = (WEB, JSON, NFDUMP, NFT, NFT_JSON)
# Several logs of one kind add up; a log and the flows of the same traffic do not.
SOURCES = {WEB: "web", JSON: "web", NFDUMP: "flows", NFT: "counters", NFT_JSON: "counters"}

LONGEST = 64 * 1024  # octets of a line
WHOLE = 16 * 1024 * 1024  # octets of a file that is one JSON document
NAMED = 20  # bad lines that are named one by one; all are counted


@dataclass
class File:
    """What has been read of a file. `bad` names the first lines that say nothing, and why."""

    name: str
    format: str = ""
    lines: int = 0
    counted: int = 0
    bad_lines: int = 0
    bad: list[tuple[int, Message]] = field(default_factory=list)

    def complain(self, number: int, message: Message) -> None:
        self.bad_lines += 1
        if len(self.bad) < NAMED:
            self.bad.append((number, message))


def records(name: str, wanted: str, file: File) -> Iterator[Record]:
    """All that can be counted in a file; ``-`` is standard input. Raises LabError."""
    with _opened(name) as stream:
        beginning = stream.peek(LONGEST)[:LONGEST].decode("utf-8", "replace")
        file.format = wanted or _format(beginning, name)
        if file.format == NFT_JSON:
            yield from _document(stream, file)
            return
        read = _reader(file.format)
        for number, line in _lines(stream, file):
            if not line.strip():
                continue
            file.lines += 1
            try:
                found = read(line)
            except Bad as bad:
                file.complain(number, bad.message)
                continue
            if found is not None:
                file.counted += 1
                yield found


def _reader(format: str) -> Callable[[str], Record | None]:
    if format == JSON:
        return weblog.json_line
    if format == NFDUMP:
        return nfdump.Reader().line
    if format == NFT:
        return counters.Reader().line
    return weblog.line


def _format(beginning: str, name: str) -> str:
    """What a file is by its first lines. Raises LabError where they tell nothing."""
    lines = [line for line in beginning.splitlines() if line.strip()]
    if not lines:
        return WEB
    if '"nftables"' in beginning[:200]:
        return NFT_JSON
    if any(counters.TABLE.match(line) for line in lines[:20]):
        return NFT
    if any(nfdump.columns(line) for line in lines[:20]):
        return NFDUMP
    # One bad line, or a few, must not decide it.
    votes = {WEB: 0, JSON: 0}
    for line in lines[:50]:
        if line.lstrip().startswith("{"):
            votes[JSON] += 1
        elif weblog.TIME.search(line):
            votes[WEB] += 1
    if not any(votes.values()):
        raise LabError(
            _(
                "{file} is no log that is known here; --format with one of {known} says what "
                "it is.",
                file=name,
                known=", ".join(FORMATS),
            )
        )
    return max(votes, key=lambda one: votes[one])


def _document(stream: IO[bytes], file: File) -> Iterator[Record]:
    try:
        text = stream.read(WHOLE + 1)
    except (OSError, EOFError, zlib.error):
        text = b""
    file.lines = 1
    try:
        found = counters.entries(text.decode("utf-8", "replace")) if len(text) <= WHOLE else []
        if not found:
            raise Bad(_("no JSON of nft"))
    except Bad as bad:
        file.complain(1, bad.message)
        return
    file.lines = len(found)
    for number, one in enumerate(found, 1):
        try:
            record = counters.entry(one)
        except Bad as bad:
            file.complain(number, bad.message)
            continue
        file.counted += 1
        yield record


def _lines(stream: IO[bytes], file: File) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        while piece := stream.readline(LONGEST):
            number += 1
            if len(piece) == LONGEST and not piece.endswith(b"\n"):
                file.lines += 1
                file.complain(number, _("a line of more than {most} octets", most=LONGEST))
                while (piece := stream.readline(LONGEST)) and not piece.endswith(b"\n"):
                    pass
                continue
            yield number, piece.decode("utf-8", "replace").rstrip("\r\n")
    except (OSError, EOFError, zlib.error):
        file.complain(number + 1, _("the file cannot be read any further"))


@contextmanager
def _opened(name: str) -> Iterator[io.BufferedReader[Any]]:
    try:
        if name == "-":
            raw: IO[bytes] = sys.stdin.buffer
        else:
            mode = os.stat(name).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise LabError(_("{file} is no file; name a log.", file=name))
            raw = open(name, "rb")  # noqa: SIM115 - closed below
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LabError(_("{file} cannot be read ({reason}).", file=name, reason=reason)) from None
    try:
        plain: io.BufferedReader[Any] = io.BufferedReader(cast(Any, raw), LONGEST)
        if plain.peek(2)[:2] == b"\x1f\x8b":  # as logrotate leaves them
            inflated: Any = gzip.GzipFile(fileobj=plain)
            plain = io.BufferedReader(inflated, LONGEST)
        plain.peek(1)
        yield plain
    except (OSError, EOFError, zlib.error) as error:
        raise LabError(
            _("{file} cannot be read ({reason}).", file=name, reason=str(error))
        ) from None
    finally:
        if name != "-":
            raw.close()

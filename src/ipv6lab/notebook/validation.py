"""Is this file right? Each service has a program that says so: which, and how it says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from typing import NamedTuple

from ipv6lab.course.speech import Speech
from ipv6lab.words.message import _

FILE = "{file}"  # in a command: the file that was written
AROUND = 2  # lines that are shown before and after one that is complained about


class Complaint(NamedTuple):
    """What is wrong; `line` counts from 1, None where none was named, or one of another file."""

    line: int | None
    text: str


@dataclass(frozen=True)
class Checker:
    """A command that reads a file, or the whole configuration that the file is a part of."""

    paths: tuple[str, ...]
    words: tuple[str, ...]

    def command(self, path: str) -> list[str]:
        return [path if word == FILE else word for word in self.words]

    def complaints(self, path: str, text: str, status: int, told: str) -> list[Complaint]:
        """What it told about a file with this text, in the order of the lines."""
        shown = {line.strip() for line in text.splitlines()}  # some repeat what they complain about
        lines = [line.strip() for line in told.splitlines() if line.strip() not in shown]
        found = [_complaint(path, line) for line in lines if any(map(str.isalnum, line))]
        placed = [one for one in found if one.line is not None]
        if placed or status == 0:
            return sorted(dict.fromkeys(placed))
        return found


CHECKERS = (
    Checker(("/etc/radvd*.conf",), ("radvd", "--configtest", "--config", FILE)),
    Checker(("/etc/dnsmasq.conf", "/etc/dnsmasq.d/*"), ("dnsmasq", "--test", "-C", FILE)),
    Checker(("/etc/bind/*",), ("named-checkconf", "-z", "/etc/bind/named.conf")),
    Checker(("/etc/nsd/*",), ("nsd-checkconf", "/etc/nsd/nsd.conf")),
    Checker(("/etc/unbound/*",), ("unbound-checkconf",)),
    Checker(("/etc/nginx/*",), ("nginx", "-t", "-q")),
    Checker(("/etc/kea/kea-dhcp6.conf",), ("kea-dhcp6", "-t", FILE)),
    Checker(("/etc/kea/kea-dhcp4.conf",), ("kea-dhcp4", "-t", FILE)),
    Checker(("/etc/frr/frr.conf",), ("vtysh", "-C")),
    Checker(("/etc/bird/*",), ("bird", "-p", "-c", "/etc/bird/bird.conf")),
    Checker(("/etc/nftables.conf", "*.nft"), ("nft", "-c", "-f", FILE)),
    Checker(("/etc/sysctl.d/*.conf",), ("sysctl", "--dry-run", "-p", FILE)),
    Checker(("*.sh",), ("bash", "-n", FILE)),
)
SCRIPT = CHECKERS[-1]

# Where a complaint names its place: file and line, or a line alone.
_NAMED = r"{file}[:(](?P<line>[1-9][0-9]*)[-\d.:)]*:? *(?P<after>.*)"
_ALONE = r"(?:at )?\bline (?P<line>[1-9][0-9]*)\b(?P<of> of \S+)?:? *(?P<after>.*)"
_STAMP = re.compile(r"^\S+ \S+ \[\w+\] \d+#\d+: |^\w+: (?=\w)")  # of nginx; a program's name


def checker(path: str, text: str) -> Checker | None:
    """The checker for a file; None where no program says anything about it."""
    for one in CHECKERS:
        if any(fnmatchcase(path, pattern) for pattern in one.paths):
            return one
    return SCRIPT if re.match(r"#! *\S*/(ba|da)?sh\b", text) else None


def _complaint(path: str, line: str) -> Complaint:
    found = re.search(_NAMED.format(file=re.escape(path)), line) or re.search(_ALONE, line)
    if found is None or (found.groupdict().get("of") or f" of {path}") != f" of {path}":
        return Complaint(None, _STAMP.sub("", line))
    before = _STAMP.sub("", line[: found.start()]).rstrip(" :").removesuffix(" in")
    return Complaint(int(found["line"]), found["after"] or before)


def show(path: str, text: str, complaints: list[Complaint], said: Speech) -> dict[str, str]:
    """The complaints beside the lines they are about, as HTML and in words."""
    lines = text.splitlines()
    beside: dict[int, list[str]] = {}
    for one in complaints:
        beside.setdefault(min(one.line or 0, len(lines)), []).append(one.text)
    head = said(_("{file} is not right yet:", file=path))
    words, rows = [head], []
    for text in beside.pop(0, []):
        words.append(f"  {text}")
        rows.append(f"<div>✘ {escape(text)}</div>")
    wanted = {n for line in beside for n in range(line - AROUND, line + AROUND + 1)}
    width = len(str(len(lines)))
    for number in sorted(n for n in wanted if 1 <= n <= len(lines)):
        marked = number in beside
        words.append(f"{'✘' if marked else ' '} {number:>{width}}  {lines[number - 1]}")
        code = f"{number:>{width}}  {escape(lines[number - 1])}"
        rows.append(f"<div>{'✘' if marked else ' '} {f'<b>{code}</b>' if marked else code}</div>")
        for what in beside.get(number, []):
            words.append(f"  {'':>{width}}  ^ {what}")
            rows.append(f"<div>  {'':>{width}}  ↑ <em>{escape(what)}</em></div>")
    html = f"<p>{escape(head)}</p><pre>{''.join(rows)}</pre>"
    return {"text/plain": "\n".join(words), "text/html": html}

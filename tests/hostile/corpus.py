"""Folders that somebody hands in to harm whoever grades them. It only grows.

Each is made by code, for most of them no archive or repository would carry. `FOLDERS` names what
makes it, in an empty folder of its own.
"""

from __future__ import annotations

import base64
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

Make = Callable[[Path], None]
FOLDERS: dict[str, Make] = {}
# What may be graded: odd, but nothing that is against any rule.
SOUND: set[str] = set()

EXERCISE, NODE, OTHER = "L04", "pc1", "hq-core"
CONTENT = base64.b64encode(b"hi\n").decode()
COMMAND = {"node": NODE, "shell": 1, "cwd": "/root", "command": "echo hi > /etc/hi"}
FILE = {"path": "etc/hi", "mode": 0o644, "owner": [0, 0], "content": CONTENT}
HALF = "\ud800"  # of a character, and of no byte
BAD: dict[str, Any] = {
    "null": None,
    "list": [],
    "object": {},
    "true": True,
    "fraction": 1.5,
    "huge": 10**400,
    "nul": "a\0b",
    "surrogate": HALF,
}


def folder(make: Make) -> Make:
    FOLDERS[make.__name__.replace("_", "-")] = make
    return make


def sound(make: Make) -> Make:
    SOUND.add(make.__name__.replace("_", "-"))
    return folder(make)


def entries(command: Any = COMMAND, file: Any = FILE) -> list[Any]:
    return [
        {"seq": 0, "kind": "seat", "seat": 0},
        {"seq": 1, "kind": "command", **command},
        {"seq": 2, "kind": "end", "of": 1, "status": 0},
        {"seq": 3, "kind": "files", "node": NODE, "files": [file]},
    ]


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in values)


def write(where: Path, content: bytes = b"hi\n") -> None:
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_bytes(content)


def recorded(where: Path, journal: bytes) -> None:
    """A journal, and beside it what the sound one says."""
    write(where / "journal.jsonl", journal)
    write(where / NODE / "etc/hi")
    write(where / NODE / "commands.sh", COMMAND["command"].encode() + b"\n")


def _of_entries(name: str, *values: Any) -> None:
    FOLDERS[name] = lambda where: recorded(where, lines(*values))


def _of_journal(name: str, journal: bytes) -> None:
    FOLDERS[name] = lambda where: recorded(where, journal)


for _field in ("node", "shell", "cwd", "command"):
    for _name, _value in BAD.items():
        _of_entries(f"command-{_field}-{_name}", *entries({**COMMAND, _field: _value}))
for _field in ("seq", "kind"):
    for _name, _value in BAD.items():
        _of_entries(f"entry-{_field}-{_name}", {"seq": 1, "kind": "mark", "name": "a"}, *entries())
        FOLDERS.pop(f"entry-{_field}-{_name}")
        _odd = {"seq": 1, "kind": "mark", "name": "a", _field: _value}
        _of_entries(f"entry-{_field}-{_name}", *entries(), _odd)
for _field, _values in {
    "path": {**BAD, "empty": "", "up": "../etc/x", "above": "/etc/x", "dot": "./x"}
    | {"proc": "proc/sys/kernel/x", "sys": "sys/x", "dev": "dev/sda", "slashes": "etc//x"},
    "mode": {**BAD, "negative": -1, "beyond": 0o10000, "text": "644"},
    "owner": {**BAD, "short": [0], "long": [0, 0, 0], "texts": ["0", "0"], "none": [-1, -1]}
    | {"beyond": [5000, 0], "enormous": [0, 10**30], "lists": [[], []], "truth": [True, 0]},
    "content": {**BAD, "letters": "no base64!", "number": 5},
    "target": {**BAD, "empty": ""},
}.items():
    for _name, _value in _values.items():
        if (_field, _name) != ("content", "null"):
            _of_entries(f"file-{_field}-{_name}", *entries(file={**FILE, _field: _value}))
for _name, _value in {
    "verdict-object": {"kind": "verdict", "checks": {"M1": {}}},
    "verdict-word": {"kind": "verdict", "checks": {"M1": "splendid"}},
    "verdict-list": {"kind": "verdict", "checks": ["M1"]},
    "hints-negative": {"kind": "hints", "hints": {"M1": -5}},
    "hints-true": {"kind": "hints", "hints": {"M1": True}},
    "hints-text": {"kind": "hints", "hints": {"M1": "1"}},
    "versions-list": {"kind": "versions", "versions": {"course": [[[]]]}},
    "answers-list": {"kind": "answers", "answers": []},
    "answers-unasked": {"kind": "answers", "answers": {"x" * 100_000: "y"}},
    "seat-text": {"kind": "seat", "seat": "1"},
    "seat-true": {"kind": "seat", "seat": True},
    "typed-number": {"kind": "typed", "of": 1, "lines": 5},
    "end-text": {"kind": "end", "of": 1, "status": "0"},
    "end-of-list": {"kind": "end", "of": [], "status": 0},
    "files-object": {"kind": "files", "node": NODE, "files": {}},
    "files-texts": {"kind": "files", "node": NODE, "files": ["etc/hi"]},
    "reboot-nobody": {"kind": "reboot", "node": "nobody"},
    "reset-all": {"kind": "reset", "node": None},
    "catch-up-elsewhere": {"kind": "catch-up", "after": "../../etc/passwd"},
    "kind-unknown": {"kind": "sudo"},
    "kind-private": {"kind": "undone", "to": 0},
}.items():
    _of_entries(f"entry-{_name}", *entries(), {"seq": 9, **_value})
for _name, _line in {
    "list": b"[]",
    "number": b"5",
    "null": b"null",
    "text": b'"text"',
    "nan": b"NaN",
    "cut": b'{"seq": 4, "kind": "ma',
    "twice": b'{"seq": 4} {"seq": 5}',
    "not-utf8": b'{"seq": 4, "kind": "mark", "name": "\xe9"}',
    "utf16": '{"seq": 4, "kind": "mark", "name": "a"}'.encode("utf-16"),
    "nul": b"\0" * 100,
    "deep-lists": b"[" * 200_000,
    "deep-objects": b'{"a":' * 200_000,
    "long-number": b'{"seq": ' + b"9" * 100_000 + b"}",
}.items():
    _of_journal(f"line-{_name}", lines(*entries()) + _line + b"\n")


@folder
def too_many_lines(where: Path) -> None:
    recorded(where, lines(*entries()) + lines({"seq": 9, "kind": "mark", "name": "a"}) * 25_000)


@folder
def journal_of_a_gibibyte(where: Path) -> None:
    recorded(where, b"")
    os.truncate(where / "journal.jsonl", 1 << 30)


@folder
def journal_that_grows_in_memory(where: Path) -> None:
    recorded(where, lines(*entries()) + b"[" + b"[]," * 30_000_000 + b"[]]\n")


@folder
def journal_of_holes(where: Path) -> None:
    recorded(where, b"")
    os.truncate(where / "journal.jsonl", 100 << 20)


@folder
def journal_is_a_pipe(where: Path) -> None:
    os.mkfifo(where / "journal.jsonl")


@folder
def journal_is_a_link(where: Path) -> None:
    (where / "journal.jsonl").symlink_to("/etc/passwd")


@folder
def journal_is_zero(where: Path) -> None:
    (where / "journal.jsonl").symlink_to("/dev/zero")


@folder
def journal_is_a_folder(where: Path) -> None:
    (where / "journal.jsonl").mkdir()


def _beside(name: str, spoil: Make) -> None:
    """Two folders: files alone, and files beside a journal, that somebody has spoilt."""

    def alone(where: Path) -> None:
        write(where / NODE / "etc/hi")
        spoil(where)

    def with_journal(where: Path) -> None:
        recorded(where, lines(*entries()))
        spoil(where)

    FOLDERS[f"{name}"] = alone
    FOLDERS[f"{name}-beside-a-journal"] = with_journal


def _socket(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


def _link(path: Path, to: str) -> None:
    path.symlink_to(to)


def _sparse(path: Path, size: int) -> None:
    path.touch()
    os.truncate(path, size)


def _deep(where: Path) -> None:
    here = os.open(where, os.O_RDONLY)
    for _level in range(300):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def _many(where: Path) -> None:
    for number in range(700):
        (where / f"file{number}").touch()


def _unreadable(path: Path) -> None:
    path.chmod(0)


_beside("pipe", lambda where: os.mkfifo(where / NODE / "etc/pipe"))
_beside("socket", lambda where: _socket(where / NODE / "etc/socket"))
_beside("link-to-a-file", lambda where: _link(where / NODE / "etc/link", "/etc/passwd"))
_beside("link-to-a-folder", lambda where: _link(where / NODE / "root", "/"))
_beside("link-as-a-node", lambda where: _link(where / OTHER, "/etc"))
_beside("link-to-itself", lambda where: _link(where / NODE / "etc/self", "self"))
_beside("link-to-a-device", lambda where: _link(where / NODE / "etc/zero", "/dev/zero"))
_beside("terabyte-of-nothing", lambda where: _sparse(where / NODE / "etc/large", 1 << 40))
_beside("deep-tree", lambda where: _deep(where / NODE))
_beside("many-files", lambda where: _many(where / NODE / "etc"))
_beside("unreadable-file", lambda where: _unreadable(where / NODE / "etc/hi"))
_beside("unreadable-folder", lambda where: _unreadable(where / NODE / "etc"))
_beside("name-latin1", lambda where: write(where / NODE / os.fsdecode(b"etc/\xe9")))
_beside("name-escape", lambda where: write(where / NODE / "etc/\033[2J"))
_beside("name-newline", lambda where: write(where / NODE / "etc/a\nb"))
_beside("name-backslash", lambda where: write(where / NODE / "etc/a\\b"))
_beside("node-unknown-latin1", lambda where: write(where / os.fsdecode(b"n\xe9") / "x"))
_beside("node-unknown-escape", lambda where: write(where / "\033]0;x\a" / "x"))
_beside("node-unknown-long", lambda where: write(where / ("n" * 255) / "x"))
_beside("answers-a-pipe", lambda where: os.mkfifo(where / "answers.toml"))
_beside("answers-deep", lambda where: write(where / "answers.toml", b"a = " + b"[" * 90_000))
_beside("answers-large", lambda where: _sparse(where / "answers.toml", 1 << 33))
_beside("answers-no-text", lambda where: write(where / "answers.toml", b"\xff\xfe\0"))
_beside("commands-nul", lambda where: write(where / NODE / "commands.sh", b"echo \0\n"))
_beside("commands-utf16", lambda where: write(where / NODE / "commands.sh", b"\xff\xfee\0"))
_beside("commands-a-folder", lambda where: write(where / OTHER / "commands.sh" / "x"))
SOUND.add("commands-a-folder")  # odd, but a path like others
_beside("kernel-tree", lambda where: write(where / NODE / "proc/sys/kernel/x"))


@sound
def good_files(where: Path) -> None:
    write(where / NODE / "etc/hi")


@sound
def good_work(where: Path) -> None:
    recorded(where, lines(*entries()))


@sound
def good_work_of_any_bytes(where: Path) -> None:
    name = os.fsdecode(b"etc/latin-\xe9")
    text = os.fsdecode(b"echo \xe9")
    journal = entries({**COMMAND, "command": text}, {**FILE, "path": name})
    write(where / "journal.jsonl", lines(*journal))
    write(where / NODE / name)
    write(where / NODE / "commands.sh", os.fsencode(text) + b"\n")


@sound
def good_work_with_odd_lines(where: Path) -> None:
    """Letters at which some programs end a line."""
    text = "echo a\u2028b\x85c\x1cd"
    journal = lines(*entries({**COMMAND, "command": text})).decode()
    odd = "".join(
        json.dumps(json.loads(one), ensure_ascii=False) + "\n" for one in journal.split("\n")[:-1]
    )
    write(where / "journal.jsonl", odd.encode())
    write(where / NODE / "etc/hi")
    write(where / NODE / "commands.sh", text.encode() + b"\n")

"""What a node's boot does before its services: sysctl settings and run-time files."""

from __future__ import annotations

import contextlib
import glob
import grp
import os
import pwd
import re
import shutil

from ipv6lab.services import quoting
from ipv6lab.services.names import UnitName

_SYSCTL = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
           "/lib/sysctl.d")  # fmt: skip
_TMPFILES = ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/local/lib/tmpfiles.d",
             "/usr/lib/tmpfiles.d")  # fmt: skip
_NO_UNIT = UnitName("", "", None, "")


def _configuration(directories: tuple[str, ...], root: str) -> list[str]:
    """The ``*.conf`` files of these directories by name; an earlier directory hides later ones."""
    chosen: dict[str, str] = {}
    for directory in reversed(directories):
        for path in glob.glob(f"{root}{directory}/*.conf"):
            chosen[os.path.basename(path)] = path
    return [chosen[name] for name in sorted(chosen)]


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1024 * 1024).split("\n")
    except OSError:
        return []


def boot_sysctl(root: str = "") -> list[str]:
    """Apply /etc/sysctl.d and its kin, as a Debian machine does when it starts.

    Since Debian 13 /etc/sysctl.conf is not among them: ``sysctl -p`` alone reads it.
    Returns complaints, one sentence each. Debian's own files under /usr/lib are about the whole
    machine's kernel: what of them a node may not set is no news and is passed over.
    """
    complaints: list[str] = []
    for path in _configuration(_SYSCTL, root):
        quiet = "/lib/" in path
        for number, line in enumerate(_lines(path), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            key, equals, value = line.partition("=")
            optional = key.startswith("-")
            key = key.removeprefix("-").strip()
            if not equals:
                complaints.append(f"{path}:{number}: Line is not an assignment, ignoring: {line}")
                continue
            error = _apply(key, value.strip(), root)
            if error and not optional and not quiet:
                complaints.append(f"{path}:{number}: Couldn't write '{value.strip()}' to '{key}': "
                                  f"{error}")  # fmt: skip
    return complaints


def _apply(key: str, value: str, root: str) -> str | None:
    """Write one setting (or all that a pattern names); None or why not."""
    pattern = f"{root}/proc/sys/{_path(key)}"
    paths = sorted(glob.glob(pattern)) if "*" in key or "?" in key else [pattern]
    error = None
    for path in paths:
        if ".." in path.split("/"):
            return "no such key"
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(value + "\n")
        except OSError as problem:
            error = problem.strerror or str(problem)
    return error


def _path(key: str) -> str:
    """``net.ipv6.conf.eth0/1.forwarding`` and ``net/ipv6/conf/eth0.1/forwarding``: the separator
    is the one that comes first, the other one then stands for itself (sysctl.d(5)).

    >>> _path("net.ipv6.conf.eth0/1.mtu"), _path("net/ipv6/conf/eth0.1/mtu")
    ('net/ipv6/conf/eth0.1/mtu', 'net/ipv6/conf/eth0.1/mtu')
    """
    first = re.search(r"[./]", key)
    if first and first[0] == ".":
        return key.translate(str.maketrans("./", "/."))
    return key


def boot_tmpfiles(root: str = "") -> list[str]:
    """Create what tmpfiles.d(5) asks for: types ``d D f F L r R z``; others are passed over.

    Returns complaints.
    """
    complaints: list[str] = []
    for file in _configuration(_TMPFILES, root):
        for number, line in enumerate(_lines(file), 1):
            fields = quoting.split_loosely(line) if line.strip()[:1] not in ("#", "") else []
            if len(fields) < 2:
                continue
            try:
                _make(root, fields)
            except (OSError, KeyError, ValueError) as error:
                complaints.append(f"{file}:{number}: {error}")
    return complaints


def _make(root: str, fields: list[str]) -> None:
    fields = [quoting.specify(field, _NO_UNIT.specifier) for field in fields] + ["-"] * 5
    kind, path, mode, user, group, _age, argument = fields[:7]
    kind = kind.rstrip("!-+=~^$")
    path = root + path
    if kind in ("r", "R"):
        for found in glob.glob(path):
            if kind == "R" and os.path.isdir(found) and not os.path.islink(found):
                shutil.rmtree(found, ignore_errors=True)
            else:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(found)
        return
    if kind in ("d", "D"):
        os.makedirs(path, exist_ok=True)
    elif kind in ("f", "F"):
        if kind == "F" or not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("" if argument == "-" else argument)
    elif kind == "L":
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(argument, path)
        return
    elif kind != "z" or not os.path.exists(path):
        return
    if mode != "-":
        os.chmod(path, int(mode.lstrip("~:"), 8))
    elif kind in ("d", "D"):
        os.chmod(path, 0o755)
    uid = pwd.getpwnam(user).pw_uid if user != "-" and not user.isdigit() else _number(user)
    gid = grp.getgrnam(group).gr_gid if group != "-" and not group.isdigit() else _number(group)
    os.chown(path, uid, gid)


def _number(text: str) -> int:
    return -1 if text == "-" else int(text)

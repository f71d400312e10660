"""What a node's boot does before its services: sysctl settings and run-time files."""

from __future__ import annotations

import contextlib
import glob
import grp
import os
import pwd
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ipv6lab.services import quoting
from ipv6lab.services.unit_names import UnitName

_SYSCTL = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d",
           "/lib/sysctl.d")  # fmt: skip
_TMPFILES = ("/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/local/lib/tmpfiles.d",
             "/usr/lib/tmpfiles.d")  # fmt: skip
_OF_INTERFACE = re.compile(r"net/ipv[46]/(?:conf|neigh)/([^/]+)/")
_OF_DEFAULT = re.compile(r"(net/ipv[46]/(?:conf|neigh)/)default/")
IGNORED = (
    "/etc/sysctl.conf: no longer read when a machine is switched on (Debian 13); "
    "files in /etc/sysctl.d are"
)
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


@dataclass(frozen=True)
class _Setting:
    """One line of a file in sysctl.d: a path below /proc/sys, maybe a pattern, and its value."""

    path: str
    value: str
    optional: bool
    place: str  # file and line
    key: str  # as it is written there

    @property
    def interface(self) -> str | None:
        """The interface that it is about, if it is about one."""
        found = _OF_INTERFACE.match(self.path)
        return found[1] if found and found[1] not in ("all", "default") else None


def boot_sysctl(root: str = "") -> list[str]:
    """Apply sysctl.d as a boot of Debian 13 does; returns complaints, one sentence each.

    Settings of the whole machine come first, while no interface is there: so what is set for
    ``default`` is what each has from its beginning. Then come those of an interface, as it appears
    (see `appeared`). ``/etc/sysctl.conf`` is read by nobody. Debian's own files under /usr/lib are
    about the whole machine's kernel: what of them a node may not set is no news and is passed over.
    """
    complaints: list[str] = []
    every = list(_settings(root, complaints))
    for setting in every:
        if setting.interface is None:
            complaints += _set(setting, [setting.path], root)
            for name in interfaces(root):
                mine = _OF_DEFAULT.sub(rf"\g<1>{name}/", setting.path)
                if mine != setting.path and name != "lo":
                    _set(setting, [mine], root)
    for setting in every:
        if setting.interface is not None:
            complaints += _set(setting, _matching(setting.path, root), root)
    if any(_assigns(line) for line in _lines(f"{root}/etc/sysctl.conf")):
        complaints.append(IGNORED)
    return complaints


def appeared(names: Iterable[str], root: str = "") -> list[str]:
    """Apply what sysctl.d says of interfaces that have just come into being; see `boot_sysctl`."""
    complaints: list[str] = []
    wanted = set(names)
    for setting in _settings(root, complaints):
        paths = [path for path in _matching(setting.path, root) if _named(path, root) in wanted]
        if setting.interface is not None and paths:
            complaints += _set(setting, paths, root)
    return complaints


def interfaces(root: str = "") -> set[str]:
    """The interfaces that have settings of either family."""
    found = glob.glob(f"{root}/proc/sys/net/ipv[46]/conf/*")
    return {os.path.basename(path) for path in found} - {"all", "default"}


def _settings(root: str, complaints: list[str]) -> Iterator[_Setting]:
    for path in _configuration(_SYSCTL, root):
        for number, line in enumerate(_lines(path), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            key, equals, value = line.partition("=")
            optional = key.startswith("-") or "/lib/" in path
            key = key.removeprefix("-").strip()
            place = f"{path}:{number}"
            if not equals:
                complaints.append(f"{place}: Line is not an assignment, ignoring: {line}")
                continue
            yield _Setting(_path(key), value.strip(), optional, place, key)


def _assigns(line: str) -> bool:
    return "=" in line and line.strip()[:1] not in ("#", ";")


def _matching(path: str, root: str) -> list[str]:
    """What a path below /proc/sys names; where it is a pattern, all that matches."""
    if "*" not in path and "?" not in path:
        return [path]
    base = f"{root}/proc/sys/"
    return [found.removeprefix(base) for found in sorted(glob.glob(base + path))]


def _named(path: str, root: str) -> str | None:
    found = _OF_INTERFACE.match(path)
    return found[1] if found and os.path.exists(f"{root}/proc/sys/{path}") else None


def _set(setting: _Setting, paths: Iterable[str], root: str) -> list[str]:
    """Write a value wherever it belongs; the complaints."""
    error = None
    for path in paths:
        if ".." in path.split("/"):
            error = "no such key"
            continue
        try:
            with open(f"{root}/proc/sys/{path}", "w", encoding="utf-8") as file:
                file.write(setting.value + "\n")
        except OSError as problem:
            error = problem.strerror or str(problem)
    if not error or setting.optional:
        return []
    return [f"{setting.place}: Couldn't write '{setting.value}' to '{setting.key}': {error}"]


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

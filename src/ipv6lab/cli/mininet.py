"""``mn`` and ``run``: Mininet and its programs, each in a sandbox that ends with it."""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _

# Bridges are there on every kernel, and need no daemon.
DEFAULTS = {"--switch": "lxbr", "--controller": "none"}
MADE = ("__pycache__", "node_modules", "venv")  # folders that programs make themselves
MOST_FILES = 500  # of a folder that goes along whole
MOST_OCTETS = 8 << 20
FILES = ("--custom", "--pre", "--post")  # the options of `mn` whose values are files
OPEN_VSWITCH = ("ovs", "ovsk", "ovsbr")  # Mininet's names for switches of it
NAMES_IT = re.compile(rb"\bOVS(Kernel)?Switch\b|\bOVSBridge\b")  # in a program
# It runs in the sandbox alone, and only for a network that has such switches.
WITH_OPEN_VSWITCH = ("sh", "-c", 'systemctl start openvswitch-switch && exec "$@"', "mn")
OPEN_VSWITCH_NEEDS = ("tun",)  # its datapath in user space reaches the kernel through one
ON_LABNET = ("python3", "-m", "ipv6lab.network.unmodified")


def add(commands: Commands) -> None:
    tr = commands.speech
    mn = commands.add(
        "mn", _("stock Mininet in a sandbox of its own: mn OPTIONS…"), run_mn, verbatim=True
    )
    mn.epilog = tr(
        _(
            "Takes the options of mn(1); ipv6lab mn -- --help shows them.\n"
            "The switches are Linux bridges and there is no controller unless you say otherwise.\n"
            "--switch ovs is Open vSwitch in user space; a controller of Ryu's steers it:\n"
            "ipv6lab mn --switch ovs --controller ryu,ryu.app.simple_switch\n"
            "--topo also knows the topologies of this course: ipv6lab mn --topo staff"
        )
    )
    program = commands.add(
        "run", _("a Mininet program on the labs' own network: run PROGRAM…"), run_it, verbatim=True
    )
    program.epilog = tr(
        _(
            "PROGRAM is a Python file, run unmodified; from mininet.net import Mininet gives it\n"
            "the network that labs are built on. Files among its arguments are sent along.\n"
            "ipv6lab run mn OPTIONS… runs Mininet's own command on that network."
        )
    )


def run_mn(options: argparse.Namespace, speech: Speech) -> int:
    sent = Sent()
    argv = ["mn", *_in_user_space(_mn_options(options.command_line, sent))]
    if _is_open_vswitch(argv):
        return _in_sandbox([*WITH_OPEN_VSWITCH, *argv], sent, OPEN_VSWITCH_NEEDS)
    return _in_sandbox(argv, sent)


def run_it(options: argparse.Namespace, speech: Speech) -> int:
    words = _without_separator(options.command_line)
    if not words:
        raise LabError(_("Say which program to run: ipv6lab run PROGRAM…"))
    sent = Sent()
    if words[0] == "mn":
        argv = ["/usr/bin/mn", *_mn_options(words[1:], sent)]
        steered = _is_open_vswitch(argv) or any(map(sent.names_open_vswitch, sent.files))
    else:
        program = Path(words[0])
        if not program.is_file():
            raise LabError(_("There is no program {file}.", file=words[0]))
        argv = [sent.add_program(program)]
        argv += [_inside(word, sent) for word in words[1:]]
        steered = sent.names_open_vswitch(argv[0])
    return _in_sandbox([*ON_LABNET, *argv], sent, _served(OPEN_VSWITCH_NEEDS if steered else ()))


class Sent:
    """The files that go into the sandbox with a program, by their names there.

    What stands in the program's folder keeps its place beside it; other files stand beside it too.
    """

    def __init__(self) -> None:
        self.files: dict[str, tuple[Path, bytes]] = {}
        self._home: Path | None = None
        self._size = 0

    def add_program(self, program: Path) -> str:
        """Send a program and what its folder holds; its name inside.

        Of a folder that is too large for that only what the program imports. Raises LabError when
        something cannot be read.
        """
        self._home = program.resolve().parent
        name = self.add(program)
        files = list(islice(_files_under(self._home), MOST_FILES + 1))
        size = sum(file.stat().st_size for file in files)
        if len(files) <= MOST_FILES and size <= MOST_OCTETS:
            for file in files:
                if os.access(file, os.R_OK):
                    self._put(file, file.relative_to(self._home))
        return name

    def names_open_vswitch(self, program: str) -> bool:
        """Whether a program, or what it imports from beside it, has a class of Open vSwitch's."""
        seen, left = set(), [program]
        while left:
            name = left.pop()
            if name in seen or name not in self.files:
                continue
            seen.add(name)
            content = self.files[name][1]
            if NAMES_IT.search(content):
                return True
            for module in _imported(content):
                package = (one for one in self.files if one.startswith(f"{module}/"))
                left += [f"{module}.py", *(one for one in package if one.endswith(".py"))]
        return False

    def add_folder(self, folder: Path) -> str:
        """Send a folder with all that is in it; its name inside. Raises LabError."""
        for file in _files_under(folder.resolve()):
            self._put(file, self._name(folder) / file.relative_to(folder.resolve()))
        return str(self._name(folder))

    def add(self, file: Path) -> str:
        """Send a file along, and the Python modules and packages beside it that it imports.

        Returns its name inside. Raises LabError when it cannot be read.
        """
        self._home = self._home or file.resolve().parent
        name = self._name(file)
        if self._put(file, name) and file.suffix == ".py":
            content = self.files[str(name)][1]
            for module in _imported(content):
                beside, package = file.with_name(f"{module}.py"), file.with_name(module)
                if beside.is_file():
                    self.add(beside)
                elif package.is_dir():
                    for part in _files_under(package):
                        self.add(part)
        return str(name)

    def _name(self, path: Path) -> Path:
        whole = path.resolve()
        if self._home is not None and whole.is_relative_to(self._home):
            return whole.relative_to(self._home)
        return Path(whole.name)

    def _put(self, file: Path, name: Path) -> bool:
        """Take a file in; whether it was not there yet."""
        known = self.files.get(str(name))
        if known is not None:
            if known[0] != file.resolve():
                raise LabError(
                    _(
                        "{first} and {second} have the same name; rename one of them.",
                        first=str(known[0]),
                        second=str(file),
                    )
                )
            return False
        try:
            content = file.read_bytes()
        except OSError as error:
            raise LabError(
                _("{file} cannot be read: {reason}.", file=str(file), reason=str(error.strerror))
            ) from None
        self._size += len(content)
        if self._size > MOST_OCTETS:
            raise LabError(
                _("{file} is too large to be sent into the sandbox with all else.", file=str(file))
            )
        self.files[str(name)] = (file.resolve(), content)
        return True

    def to_request(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "content": base64.b64encode(content).decode("ascii")}
            for name, (_file, content) in self.files.items()
        ]


def _files_under(folder: Path) -> Iterator[Path]:
    """All plain files of a folder and its folders, but for what is hidden or made from others."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in MADE)
        for name in sorted(names):
            file = Path(where, name)
            if not name.startswith(".") and file.is_file():
                yield file


def _imported(source: bytes) -> set[str]:
    """The modules that a program imports, as far as Python can read it."""
    found: set[str] = set()
    with contextlib.suppress(SyntaxError, ValueError):
        for statement in ast.walk(ast.parse(source)):
            if isinstance(statement, ast.Import):
                found.update(name.name for name in statement.names)
            elif isinstance(statement, ast.ImportFrom) and statement.module:
                found.add(statement.module)
    return {name.partition(".")[0] for name in found}


def _mn_options(given: list[str], sent: Sent) -> list[str]:
    """What `mn` is to get: the options given, files sent along, our defaults."""
    words = [part for word in _without_separator(given) for part in _parted(word)]
    out: list[str] = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if before in FILES:
            word = ",".join(_inside(part, sent) for part in word.split(","))
        elif before == "--topo" and "--custom" not in words:
            file = _course_topology(word.partition(",")[0])
            if file is not None:
                out[-1:] = ["--custom", sent.add(file), "--topo"]
        out.append(word)
    for option, value in DEFAULTS.items():
        if option not in words:
            out += [option, value]
    return out


def _served(needs: Sequence[str]) -> Sequence[str]:
    """What of these needs a kernel of this machine can meet: a network does without the others.

    LabNet says itself what that leaves out.
    """
    from ipv6lab import sandbox

    try:
        sandbox.choose(needs)
    except Unsupported:
        return ()
    return needs


def _is_open_vswitch(words: list[str]) -> bool:
    return words[words.index("--switch") + 1].partition(",")[0] in OPEN_VSWITCH


def _in_user_space(words: list[str]) -> list[str]:
    """The same options, with the datapath that Open vSwitch has on every kernel."""
    place = words.index("--switch") + 1
    switch = words[place]
    if switch.partition(",")[0] in OPEN_VSWITCH and ",datapath=" not in switch:
        words = [*words[:place], f"{switch},datapath=user", *words[place + 1 :]]
    return words


def _parted(word: str) -> list[str]:
    """`--option=value` as two words."""
    option, sign, value = word.partition("=")
    return [option, value] if sign and option.startswith("--") else [word]


def _inside(name: str, sent: Sent) -> str:
    """A word that names a file or folder, which is sent along, by its name there."""
    path = Path(name)
    if path.is_dir() and not name.startswith("-"):
        return sent.add_folder(path)
    return sent.add(path) if path.is_file() else name  # mn says itself that there is none


def _without_separator(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["--"] else words


def _course_topology(name: str) -> Path | None:
    """The course's file that describes a topology of this name."""
    from ipv6lab.course import content

    named = re.compile(rf"^topos\s*=\s*\{{[^}}]*[\"']{re.escape(name)}[\"']\s*:", re.MULTILINE)
    for file in sorted(content.find().topologies.glob("*.py")):
        if named.search(file.read_text(encoding="utf-8")):
            return file
    return None


def _in_sandbox(argv: list[str], sent: Sent, needs: Sequence[str] = ()) -> int:
    from ipv6lab import sandbox
    from ipv6lab.cli.inside import on_pipes, on_terminal

    with sandbox.throwaway(sandbox.choose(needs).kernel) as lab:
        on = on_terminal if os.isatty(0) and os.isatty(1) else on_pipes
        return on(lab, "program", argv=argv, files=sent.to_request())

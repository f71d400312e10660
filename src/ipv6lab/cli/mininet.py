"""``mn`` and ``run``: Mininet and its programs, each in a sandbox that ends with it."""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import os
from pathlib import Path
from typing import Any

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.speech import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

# Open vSwitch's kernel datapath is no network namespace's own; bridges are.
DEFAULTS = {"--switch": "lxbr", "--controller": "none"}
FILES = ("--custom", "--pre", "--post")  # the options of `mn` whose values are files
ON_LABNET = ("python3", "-m", "ipv6lab.network.program")


def add(commands: Commands) -> None:
    tr = commands.speech
    mn = commands.add(
        "mn", _("stock Mininet in a sandbox of its own: mn OPTIONS…"), run_mn, verbatim=True
    )
    mn.epilog = tr(
        _(
            "Takes the options of mn(1); ipv6lab mn -- --help shows them.\n"
            "The switches are Linux bridges and there is no controller unless you say otherwise.\n"
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
    return _in_sandbox(["mn", *_mn_options(options.command_line, sent)], sent)


def run_it(options: argparse.Namespace, speech: Speech) -> int:
    words = _without_separator(options.command_line)
    if not words:
        raise LabError(_("Say which program to run: ipv6lab run PROGRAM…"))
    sent = Sent()
    if words[0] == "mn":
        argv = ["/usr/bin/mn", *_mn_options(words[1:], sent)]
    else:
        program = Path(words[0])
        if not program.is_file():
            raise LabError(_("There is no program {file}.", file=words[0]))
        argv = [sent.add(program)]
        argv += [sent.add(Path(word)) if Path(word).is_file() else word for word in words[1:]]
    return _in_sandbox([*ON_LABNET, *argv], sent)


class Sent:
    """The files that go into the sandbox with a program, by their names there."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[Path, bytes]] = {}

    def add(self, file: Path) -> str:
        """Send a file along, and the Python files beside it that it imports.

        Returns its name inside. Raises LabError when it cannot be read.
        """
        known = self.files.get(file.name)
        if known is not None:
            if known[0] != file.resolve():
                raise LabError(
                    _(
                        "{first} and {second} have the same name; rename one of them.",
                        first=str(known[0]),
                        second=str(file),
                    )
                )
            return file.name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise LabError(
                _("{file} cannot be read: {reason}.", file=str(file), reason=str(error.strerror))
            ) from None
        self.files[file.name] = (file.resolve(), content)
        if file.suffix == ".py":
            for module in _imported(content):
                beside = file.with_name(f"{module}.py")
                if beside.is_file():
                    self.add(beside)
        return file.name

    def to_request(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "content": base64.b64encode(content).decode("ascii")}
            for name, (_file, content) in self.files.items()
        ]


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


def _parted(word: str) -> list[str]:
    """`--option=value` as two words."""
    option, sign, value = word.partition("=")
    return [option, value] if sign and option.startswith("--") else [word]


def _inside(name: str, sent: Sent) -> str:
    file = Path(name)
    return sent.add(file) if file.is_file() else name  # mn says itself that there is none


def _without_separator(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["--"] else words


def _course_topology(name: str) -> Path | None:
    """The course's file that describes a topology of this name."""
    import re

    from ipv6lab.course import content

    named = re.compile(rf"^topos\s*=\s*\{{[^}}]*[\"']{re.escape(name)}[\"']\s*:", re.MULTILINE)
    for file in sorted(content.find().topologies.glob("*.py")):
        if named.search(file.read_text(encoding="utf-8")):
            return file
    return None


def _in_sandbox(argv: list[str], sent: Sent) -> int:
    from ipv6lab import sandbox
    from ipv6lab.cli.inside import on_pipes, on_terminal

    with sandbox.throwaway() as lab:
        on = on_terminal if os.isatty(0) and os.isatty(1) else on_pipes
        return on(lab, "program", argv=argv, files=sent.to_request())

"""The options of `systemctl`, as systemctl(1) has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Options:
    """The options of one call."""

    words: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    lines: int = 10
    signal: str = "SIGTERM"
    whom: str = "all"
    quiet: bool = False
    all: bool = False
    now: bool = False
    value: bool = False
    legend: bool = True
    wait: bool = True


class UsageError(Exception):
    """Said to the user as it stands; exit status 1."""


_WITH_VALUE = {
    "-p": "property", "-P": "property", "-t": "type", "-n": "lines", "-s": "signal", "-o": "output",
    "-H": "host", "-M": "machine",
}  # fmt: skip
_IGNORED = {
    "no-pager", "full", "no-ask-password", "system", "plain", "force", "no-wall", "show-types",
    "global", "runtime", "output", "job-mode", "no-warn", "wait", "no-reload", "dry-run",
}  # fmt: skip
_FLAGS = {
    "-h": "help",
    "-a": "all",
    "-q": "quiet",
    "-l": "full",
    "-f": "force",
    "-r": "recursive",
    "-i": "force",
}


def parse(arguments: Iterable[str]) -> Options:
    """Raises UsageError."""
    options = Options()
    pending = list(arguments)
    while pending:
        word = pending.pop(0)
        if word == "--":
            options.words += pending
            break
        if not word.startswith("-") or word == "-":
            options.words.append(word)
            continue
        name, value = word, ""
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            if not value and name in ("property", "type", "state", "lines", "signal", "output"):
                value = pending.pop(0) if pending else ""
        elif word[:2] in _WITH_VALUE:
            name = _WITH_VALUE[word[:2]]
            value = word[2:] or (pending.pop(0) if pending else "")
            options.value |= word[:2] == "-P"
        elif word[:2] in _FLAGS:
            if word[2:]:
                pending.insert(0, "-" + word[2:])
            name = _FLAGS[word[:2]]
        else:
            raise UsageError(f"systemctl: invalid option -- '{word[1:2]}'")
        _set(options, name, value)
    return options


def _set(options: Options, name: str, value: str) -> None:
    if name == "property":
        options.properties += value.split(",")
    elif name == "type":
        options.types += value.split(",")
    elif name == "state":
        options.states += value.split(",")
    elif name == "lines":
        if not value.isdigit():
            raise UsageError(f"Failed to parse lines '{value}'")
        options.lines = int(value)
    elif name == "signal":
        options.signal = value
    elif name in ("kill-who", "kill-whom"):
        options.whom = value
    elif name == "help":
        options.words = ["help"]
    elif name == "failed":
        options.states.append("failed")
    elif name in ("quiet", "all", "now", "value"):
        setattr(options, name, True)
    elif name == "no-legend" or (name == "legend" and value in ("no", "false", "0")):
        options.legend = False
    elif name == "no-block":
        options.wait = False
    elif name in ("user", "host", "machine", "root", "image"):
        raise UsageError(f"systemctl: --{name} is not available on a node of the lab.")
    elif name not in _IGNORED:
        raise UsageError(f"systemctl: unrecognized option '--{name}'")

"""What was typed for a node or a terminal and stands in a cell of Python; mistyped magics."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Collection
from typing import Any

from ipv6lab.course.near import near
from ipv6lab.course.node_programs import is_program
from ipv6lab.notebook.cell_speech import in_cells
from ipv6lab.notebook.in_cells import Lab
from ipv6lab.notebook.typed import commands
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

BUILT_IN = {"cd", "export", "source", "alias", "ulimit", "umask", "fg", "jobs"}
# What asks or changes a network: `!ip` would be the machine's own.
OF_NETWORKS = {
    *("ip", "ping", "ping4", "ping6", "ss", "netstat", "ifconfig", "route", "bridge", "tc"),
    *("ethtool", "sysctl", "tcpdump", "tshark", "tracepath", "traceroute", "traceroute6", "mtr"),
    *("dig", "host", "nslookup", "drill", "delv", "getent", "resolvectl", "nc", "curl", "wget"),
    *("nft", "iptables", "ip6tables", "rdisc6", "ndisc6", "systemctl", "service", "journalctl"),
    *("radvd", "dnsmasq", "dhclient", "dhcpcd", "vtysh", "birdc", "rndc", "hostname"),
}
# A word at the beginning, and behind it nothing with which Python would go on.
_PLAIN = re.compile(
    r"\s*(?:sudo\s+)?([A-Za-z][\w.+-]*)(?:\s+(?![-+*/%|&^<>=]*=|[=(\[,:]|if\b|in\b)|\s*$)"
)
SHELLS = ("bash", "sh", "script", "system", "sx", "!")  # cell magics that run on the machine
_MISSING = re.compile(r"(?:Line|Cell) magic.*?`(%+)(\w+)")
_EMPTY = re.compile(r"(%%\w+) is a cell magic, but the cell body is empty")


def slip(error: BaseException, cell: str, lab: Lab, magics: Collection[str]) -> Message | None:
    """What is to be said of an error instead of the error; None where it is Python's own affair.

    `cell` is the cell as it was typed, `magics` the names of ours.
    """
    missing = _MISSING.search(str(error))
    if missing:
        meant = near(missing.group(2), magics, 1)
        signs = missing.group(1)
        return (
            _(
                "There is no magic {typed}; did you mean {meant}?",
                typed=signs + missing.group(2),
                meant=_signed(meant[0], signs),
            )
            if meant
            else None
        )
    empty = _EMPTY.search(str(error))
    if empty:
        return _("{typed} takes the lines below it, and there are none.", typed=empty.group(1))
    if isinstance(error, SyntaxError | NameError) and (signed := _without_sign(cell, lab, magics)):
        return _("There is a percent sign before it: {signed}", signed=signed)
    if isinstance(error, SyntaxError):
        line = error.text or ""
    elif isinstance(error, NameError):
        line = next((one for one in cell.splitlines() if _begins(one, error.name)), "")
    else:
        return None
    found = _PLAIN.match(line)
    if found is None:
        return None
    if found.group(1) == "ipv6lab":
        return _in_a_cell(line.strip())
    program = found.group(1)
    if program not in BUILT_IN | OF_NETWORKS and not is_program(program):
        return None
    return _(
        "{program} is typed on a node, and this cell is Python: write %%host {node} in a line "
        "above it.",
        program=program,
        node=_some_node(lab),
    )


def guarded(run: Callable[[str], Any], lab: Lab) -> Callable[[str], Any]:
    """What runs ``!command``, but nothing that would ask or change the machine's own network."""

    def checked(command: str) -> Any:
        refuse_machines_network(command, lab)
        typed = command.strip()
        begins = typed.split()[:1] == ["ipv6lab"]
        if begins and (instead := _in_a_cell(typed, f"!{typed}")) is not None:
            raise LabError(instead)
        return run(command)

    return checked


def guarded_cell(run: Callable[[str, str], Any], lab: Lab) -> Callable[[str, str], Any]:
    """The same of a cell magic such as ``%%bash``."""

    def checked(line: str, cell: str) -> Any:
        refuse_machines_network(cell, lab)
        return run(line, cell)

    return checked


def refuse_machines_network(script: str, lab: Lab) -> None:
    """Refuse a script of which a command would ask or change the machine's own network."""
    for typed in commands(script):
        program = os.path.basename(typed.bare[0]) if typed.bare else ""
        if program in OF_NETWORKS:
            raise LabError(
                _(
                    "!{program} would be about this machine and not about a node: write "
                    "%%host {node} in a line above it, and no exclamation mark.",
                    program=program,
                    node=_some_node(lab),
                )
            )


def _without_sign(cell: str, lab: Lab, magics: Collection[str]) -> str | None:
    """A cell's magic as it should have been typed, where only its percent sign is forgotten."""
    lines = cell.strip().splitlines()
    found = _PLAIN.match(lines[0]) if lines else None
    if found is None or (name := found.group(1)) not in magics:
        return None
    words = lines[0].split()
    if name in ("host", "file"):  # programs, too
        place = words[1].partition(":") if len(words) > 1 else ("", "", "")
        if not _is_node(lab, place[0]) or (name == "file" and not place[1]):
            return None
    cells_own = name in ("file", "predict") or (name == "host" and len(words) == 2)
    return ("%%" if cells_own else "%") + lines[0].strip()


def _is_node(lab: Lab, name: str) -> bool:
    try:
        return name in lab.session.nodes
    except LabError:
        return False


def _in_a_cell(command: str, already: str = "") -> Message | None:
    """What a command is called in a cell; None where it has no other name than it has already."""
    words = in_cells(command)
    if words in (command, already):
        return None
    return _("In a cell this is called {words}", words=words)


def _begins(line: str, name: str | None) -> bool:
    found = _PLAIN.match(line)
    return found is not None and name in (found.group(1), found.group(0).split()[0])


def _signed(name: str, signs: str) -> str:
    """A magic as it is typed; of two of one name the one with as many signs."""
    only = {"file": "%%", "predict": "%%"}.get(name)
    return (only or (signs if name == "host" else "%")) + name


def _some_node(lab: Lab) -> str:
    """A node that may be meant: the first of the trainee's own, where it is known which."""
    try:
        return lab.session.own_nodes[0]
    except LabError:
        return "NODE"

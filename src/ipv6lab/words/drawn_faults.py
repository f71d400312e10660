"""Faults of a trouble-shooting exercise: which are drawn, and how they get into a start state.

A fault names others that it clashes with: one of the two would hide the other, or look like it. All
other pairs are compatible. A draw never holds two that clash, and is the same for the same seed.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any

from ipv6lab.words.lots import SECRET, lots

# The name in the agent's plan of the fault that a ticket is about.
NUMBERED = SECRET + "fault{number}"
_ATTEMPTS = 10_000

Clashes = Mapping[str, Collection[str]]


def compatible(one: str, other: str, clashes: Clashes) -> bool:
    """Whether two faults may be drawn together: neither says that it clashes with the other."""
    return other not in clashes[one] and one not in clashes[other]


def pairs(clashes: Clashes) -> dict[tuple[str, str], bool]:
    """Every pair of faults, in order, and whether it is compatible."""
    return {pair: compatible(*pair, clashes) for pair in combinations(sorted(clashes), 2)}


def seed(bits: bytes) -> str:
    """What faults are drawn from, of the bits that the agent has."""
    return f"{bits.hex()}/faults"


def draw(clashes: Clashes, count: int, by: str) -> list[str]:
    """So many faults, each two of them compatible; the same for the same text, on every machine.

    Raises ValueError where there are not so many that fit together.
    """
    numbers = lots(by)
    for _attempt in range(_ATTEMPTS):
        left, drawn = sorted(clashes), list[str]()
        while left and len(drawn) < count:
            one = left.pop(next(numbers) % len(left))
            if all(compatible(one, other, clashes) for other in drawn):
                drawn.append(one)
        if len(drawn) == count:
            return drawn
    raise ValueError(f"of {len(clashes)} faults no {count} are compatible")


def inject(start: dict[str, Any], faults: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A start state as the agent takes it, with faults in it.

    A fault has ``edits``, each a node, a path, a text that stands in that file once, and what
    stands there instead, and ``typed``, what was typed on nodes afterwards. An edit without an old
    text makes a new file. Raises ValueError where a text is not there, or more than once.
    """
    files = {(file["node"], file["path"]): dict(file) for file in start["files"]}
    scripts = {item["node"]: item["script"] for item in start["commands"]}
    for fault in faults:
        for node, path, old, new in fault["edits"]:
            if path == "commands.sh":
                scripts[node] = _edited(scripts.get(node, ""), old, new, f"{node}: {path}")
            elif not old:
                files[node, path] = {
                    "node": node,
                    "path": path,
                    "mode": 0o644,
                    "content": _encoded(new),
                }
            else:
                file = files[node, path]
                text = os.fsdecode(base64.b64decode(file["content"]))
                file["content"] = _encoded(_edited(text, old, new, f"{node}: {path}"))
        for node, script in fault["typed"].items():
            before = scripts.get(node, "")
            scripts[node] = before + ("" if before.endswith("\n") or not before else "\n") + script
    commands = [{"node": node, "script": script} for node, script in scripts.items()]
    return {**start, "files": list(files.values()), "commands": commands}


def _edited(text: str, old: str, new: str, where: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{where} has {text.count(old)} times {old!r}, and not once")
    return text.replace(old, new)


def _encoded(text: str) -> str:
    return base64.b64encode(os.fsencode(text)).decode("ascii")


def lay(request: dict[str, Any], bits: bytes) -> None:
    """Draw faults and lay them into a request for a lab, with their judges.

    The request's ``secret`` has them under ``faults``: how many, their clashes, what is injected,
    and the sources of their judges; from then on it has their names under ``drawn``.
    """
    wanted = request["secret"]["faults"]
    names = draw(wanted["clashes"], wanted["count"], seed(bits))
    request["start"] = inject(request["start"], [wanted["known"][name] for name in names])
    request["checks"] |= {f"{name}.py": wanted["judges"][name] for name in names}
    request["secret"]["faults"] = None  # it is in the start state now, also of a lab made anew
    request["secret"]["drawn"] = names


def numbered(names: Sequence[str]) -> dict[str, str]:
    """What the agent's plan says of drawn faults."""
    return {NUMBERED.format(number=number): name for number, name in enumerate(names, 1)}

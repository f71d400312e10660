"""Faults of a trouble-shooting exercise: which are drawn, and how they get into a start state.

A fault names others that it clashes with: one of the two would hide the other, or look like it. All
other pairs are compatible. A draw never holds two that clash, and is the same for the same seed.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

NUMBERED = "draw.fault{number}"  # the name in the plan of the fault that a ticket is about
_ATTEMPTS = 10_000

Clashes = Mapping[str, frozenset[str]]


def compatible(one: str, other: str, clashes: Clashes) -> bool:
    """Whether two faults may be drawn together: neither says that it clashes with the other."""
    return other not in clashes[one] and one not in clashes[other]


def pairs(clashes: Clashes) -> dict[tuple[str, str], bool]:
    """Every pair of faults, in order, and whether it is compatible."""
    return {pair: compatible(*pair, clashes) for pair in combinations(sorted(clashes), 2)}


def draw(clashes: Clashes, count: int, seed: str) -> list[str]:
    """So many faults, each two of them compatible; the same for the same seed, on every machine.

    Raises ValueError where there are not so many that fit together.
    """
    lots = _lots(seed)
    for _attempt in range(_ATTEMPTS):
        left, drawn = sorted(clashes), list[str]()
        while left and len(drawn) < count:
            one = left.pop(next(lots) % len(left))
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


def _lots(seed: str) -> Iterator[int]:
    count = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed}/{count}".encode()).digest()[:4], "big")
        count += 1

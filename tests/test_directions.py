"""Each room of the engine imports only what is below it, and no two need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipv6lab

ENGINE = Path(ipv6lab.__file__).parent

# Whom each may import. What the sandbox runs (INSIDE) reaches the other half over the stream only.
GROUND = {"words": set(), "linux": {"words"}, "addresses": {"words"}}
INSIDE = {
    "network": {"words", "linux"},
    "services": {"linux"},
    "nodes": {"words", "linux", "services"},
    "probes": {"words", "linux", "addresses", "network"},
    "expect": {"words", "linux", "addresses", "network", "probes"},
    "grading": {"words", "linux", "network", "probes", "expect"},
    "agent": {"words", "linux", "network", "nodes", "services", "probes", "expect", "grading"},
}
OUTSIDE = {
    "image": {"words"},
    "kernel": {"words", "image"},
    # It tries each operation with the code that a lab would use.
    "platform": {"words", "linux", "network", "image", "kernel"},
    # The lab kernel's guest says in the agent's own words what was typed at it.
    "sandbox": {"words", "linux", "agent", "image", "kernel", "platform"},
    "reports": {"words", "addresses", "platform"},
    "course": {"words", "addresses", "image", "platform", "sandbox", "reports"},
    "notebook": {"words", "linux", "addresses", "platform", "sandbox", "reports", "course"},
    "classroom": {
        "words", "linux", "image", "platform", "sandbox", "course", "notebook",
    },
    "cli": {
        "words", "linux", "addresses", "image", "kernel", "platform", "sandbox", "reports",
        "course", "notebook", "classroom",
    },
}  # fmt: skip
ROOMS = GROUND | INSIDE | OUTSIDE


def imported(tree: ast.AST) -> Iterator[str]:
    """The rooms that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "ipv6lab":
            names = [f"ipv6lab.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "ipv6lab" and rest.split(".")[0] in ROOMS:
                yield rest.split(".")[0]


def test_every_room_has_its_place() -> None:
    there = {file.parent.name for file in ENGINE.glob("*/__init__.py")}
    assert there == set(ROOMS)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_is_below_it(room: str) -> None:
    upward = [
        f"{file.relative_to(ENGINE)} imports {name}"
        for file in sorted((ENGINE / room).rglob("*.py"))
        for name in imported(ast.parse(file.read_text("utf-8")))
        if name != room and name not in ROOMS[room]
    ]
    assert not upward, "\n".join(upward)


def test_no_two_rooms_need_each_other() -> None:
    left = dict(ROOMS)
    while left:
        free = [room for room, needs in left.items() if not needs & set(left)]
        assert free, f"in a circle: {', '.join(left)}"
        for room in free:
            del left[room]

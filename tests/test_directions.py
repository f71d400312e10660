"""Each room of the engine imports only what is below it, and no two need each other."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipv6lab
from ipv6lab.course import content

ENGINE = Path(ipv6lab.__file__).parent

# Whom each may import. What the sandbox runs (INSIDE) reaches the other half over the stream only.
GROUND = {
    "words": set(),
    "linux": {"words"},
    "addresses": {"words"},
    "wire": {"words", "addresses"},
    # Nodes get it as it is, and have nothing else of ours.
    "openflow": set(),
}
INSIDE = {
    "network": {"words", "linux"},
    "services": {"linux"},
    "tools": {"wire"},
    "nodes": {"words", "linux", "services"},
    "probes": {"words", "wire", "linux", "addresses", "network"},
    "expect": {"words", "wire", "linux", "addresses", "network", "probes"},
    "grading": {"words", "wire", "linux", "network", "probes", "expect"},
    "agent": {
        "words",
        "addresses",
        "wire",
        "linux",
        "network",
        "nodes",
        "openflow",
        "services",
        "probes",
        "expect",
        "grading",
        "tools",
    },
}
OUTSIDE = {
    "image": {"words"},
    "kernel": {"words", "image"},
    # It tries each operation with the code that a lab would use.
    "platform": {"words", "linux", "network", "image", "kernel"},
    # The lab kernel's guest says in the agent's own words what was typed at it.
    "sandbox": {"words", "linux", "agent", "image", "kernel", "platform"},
    "reports": {"words", "wire", "addresses", "platform"},
    "share": {"words", "wire", "addresses", "reports"},
    "audit": {"words", "addresses", "reports"},
    "course": {"words", "wire", "linux", "addresses", "image", "platform", "sandbox", "reports"},
    "teaching": {"words", "platform", "reports", "course"},
    "notebook": {"words", "linux", "addresses", "platform", "sandbox", "reports", "course"},
    "classroom": {
        "words", "linux", "image", "platform", "sandbox", "reports", "course", "notebook",
    },
    "cli": {
        "words", "linux", "addresses", "image", "kernel", "platform", "sandbox", "reports",
        "course", "teaching", "notebook", "classroom", "share", "audit", "openflow",
    },
}  # fmt: skip
# What is seen, what was filmed, what asks, what a fresh host is, what acts: from below.
WINGS = ["seen", "film", "asks", "hosts", "acts"]
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


@functools.cache
def files() -> dict[str, set[str]]:
    """The modules of the engine, and which others each imports, wherever in it."""
    paths = {module(file): file for file in ENGINE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for name, file in paths.items():
        found[name] = set()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found[name] |= {one.name for one in node.names} & set(paths)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for one in node.names:
                    inner = f"{node.module}.{one.name}"
                    found[name] |= {inner if inner in paths else node.module} & set(paths)
    return found


def module(file: Path) -> str:
    parts = file.relative_to(ENGINE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


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


@pytest.mark.parametrize(
    "file", sorted(content.find().exercises.glob("*/checks.py")), ids=lambda file: file.parent.name
)
def test_exercises_speak_in_judgements_alone(file: Path) -> None:
    rooms = set(imported(ast.parse(file.read_text("utf-8"))))
    assert rooms <= {"expect", "grading"}


def test_no_files_need_each_other() -> None:
    """Imports for types alone are counted: who reads one of the two files has to read both."""
    needs = dict(files())
    while free := [file for file, others in needs.items() if not others & set(needs)]:
        for file in free:
            del needs[file]
    # What is left is in a circle, or above one: leave the latter out.
    while above := [file for file in needs if not any(file in others for others in needs.values())]:
        for file in above:
            del needs[file]
    assert not needs, f"in a circle: {', '.join(sorted(needs))}"


def test_each_wing_of_the_probes_imports_only_what_is_below_it() -> None:
    upward = [
        f"{file} imports {other}"
        for file, others in files().items()
        for other in others
        if file.startswith("ipv6lab.probes.") and other.startswith("ipv6lab.probes.")
        if wing(other) > wing(file)
    ]
    assert not upward, "\n".join(upward)


def wing(module: str) -> int:
    """How high a module of the probes stands; what is in no wing stands above them all."""
    name = module.split(".")[2]
    return WINGS.index(name) if name in WINGS else len(WINGS)


def test_no_two_rooms_need_each_other() -> None:
    left = dict(ROOMS)
    while left:
        free = [room for room, needs in left.items() if not needs & set(left)]
        assert free, f"in a circle: {', '.join(left)}"
        for room in free:
            del left[room]


def test_no_two_modules_have_one_name() -> None:
    paths = [path for path in ENGINE.rglob("*.py") if not path.stem.startswith("__")]
    twice = {path.stem for path in paths if sum(one.stem == path.stem for one in paths) > 1}
    assert len(paths) > 400
    assert not twice, f"two modules of one name: {twice}; the newer one takes another"

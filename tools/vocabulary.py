#!/usr/bin/env python3
"""Write docs/vocabulary.md: every judgement that a check can make, out of its docstring.

A judgement is a public function of a module in ``src/ipv6lab/expect`` that takes a lab first. Its
example is taken out of an exercise that makes it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "vocabulary.md"
ROOM = ROOT / "src" / "ipv6lab" / "expect"
HEAD = """\
# What a check can say

Every judgement there is, by subject. `python tools/vocabulary.py` writes this page from the
docstrings in `src/ipv6lab/expect`; each example stands in an exercise. A check imports the subject,
`from ipv6lab.expect import hosts`, and says the judgement with the lab first, then the names of
nodes or links, then what may differ between exercises. It raises `Failed` for the first cause, in
the order in which a host would meet it. `lab.plan` has the addresses.

What is said in `by="M1"` is the check that has failed if the control does not get through:
[CONTRIBUTING](../CONTRIBUTING.md) says more of it.
"""


@dataclass(frozen=True)
class Judgement:
    """A function of the room, and where it is used, the reference to its example first."""

    subject: str
    node: ast.FunctionDef

    @property
    def name(self) -> str:
        return f"{self.subject}.{self.node.name}"

    @property
    def signature(self) -> str:
        plain = ast.FunctionDef(
            name=self.node.name,
            args=self.node.args,
            body=[ast.Pass()],
            decorator_list=[],
            returns=None,
            type_params=[],
        )
        words = ast.unparse(ast.fix_missing_locations(plain)).splitlines()[0]
        return f"{self.subject}.{words.removeprefix('def ').removesuffix(':')}"


def subjects() -> Iterator[tuple[str, str, list[Judgement]]]:
    """Each module: its name, what it is about, and its judgements in their order."""
    for file in sorted(ROOM.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = [
            Judgement(file.stem, node)
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and is_judgement(node)
        ]
        if found:
            yield file.stem, ast.get_docstring(tree) or "", found


def is_judgement(node: ast.FunctionDef) -> bool:
    """Whether it is public and is about a lab."""
    first = (*node.args.posonlyargs, *node.args.args)[:1]
    return not node.name.startswith("_") and [one.arg for one in first] == ["lab"]


def examples() -> dict[str, tuple[str, str]]:
    """By judgement the exercise that makes it and how: the shortest saying of all."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for file in sorted((ROOT / "exercises").glob("*/checks.py")):
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text)
        names = dict(_imported(tree))
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            said = ast.unparse(call.func)
            first, _, rest = said.partition(".")
            name = f"{names[first]}.{rest}" if rest and first in names else names.get(said)
            if name:
                source = ast.get_source_segment(text, call, padded=True) or ""
                exercise = file.parent.name.partition("-")[0]
                found.setdefault(name, []).append((len(source), exercise, _dedented(source)))
    return {name: min(calls)[1:] for name, calls in found.items()}


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What a name stands for that is imported from the room: a subject, or a judgement in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ipv6lab.expect"):
            subject = (node.module or "").removeprefix("ipv6lab.expect").lstrip(".")
            for alias in node.names:
                name = f"{subject}.{alias.name}" if subject else alias.name
                yield alias.asname or alias.name, name


def _dedented(source: str) -> str:
    """A call of several lines with its first at the margin."""
    lines = source.splitlines()
    margin = len(lines[-1]) - len(lines[-1].lstrip()) if len(lines) > 1 else 0
    return "\n".join([lines[0].lstrip(), *(line[margin:] for line in lines[1:])])


def page() -> str:
    """The whole of docs/vocabulary.md."""
    known = examples()
    parts = [HEAD]
    for subject, about, judgements in subjects():
        parts.append(f"## {subject}\n\n{about}\n")
        for one in judgements:
            looks_at = ast.get_docstring(one.node) or ""
            parts.append(f"### {one.name}\n\n```\n{one.signature}\n```\n\n{looks_at}\n")
            if one.name in known:
                exercise, said = known[one.name]
                parts.append(f"As {exercise} says it:\n\n```python\n{said}\n```\n")
    return "\n".join(parts)


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

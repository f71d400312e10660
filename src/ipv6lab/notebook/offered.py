"""What Tab offers behind a magic: exercises, nodes, interfaces, links, checks, questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ipv6lab.course import content, exercises
from ipv6lab.notebook.in_cells import Lab
from ipv6lab.notebook.magics import LAB_VERBS
from ipv6lab.words.errors import LabError

Offer = Callable[[Lab, list[str]], Iterable[str]]


def complete_with(shell: Any, lab: Lab) -> None:
    """Let an IPython shell offer them, and nothing else in their place."""
    from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

    @context_matcher()  # type: ignore[untyped-decorator]
    def magic_words(context: CompletionContext) -> Any:
        line = context.text_until_cursor
        before, _space, begun = line.rpartition(" ")
        magic, *words = before.split() or [""]
        offer = OFFERS.get(magic.lstrip("%")) if magic.startswith("%") else None
        # IPython begins a word anew behind a colon, where it puts what is offered.
        there = len(begun) - len(context.token)
        found = offered(offer, lab, words, begun) if offer else []
        completions = [SimpleCompletion(word[there:], type="magic") for word in found]
        return {"completions": completions, "suppress": bool(found)}

    shell.Completer.custom_matchers.append(magic_words)


def offered(offer: Offer, lab: Lab, words: list[str], begun: str) -> list[str]:
    """What may stand behind a magic and some words; nothing where no lab tells."""
    try:
        return [word for word in offer(lab, words) if word.startswith(begun)]
    except LabError:
        return []


def _lab(lab: Lab, before: list[str]) -> Iterable[str]:
    if not before:
        return LAB_VERBS
    if before[0] == "start":
        options = ["--seat", "--force", "--resume", "--kernel"]
        return [*exercises.identifiers(content.find()), *options] if len(before) == 1 else options
    return lab.nodes if before[0] in ("reset", "reboot") and len(before) == 1 else ()


def _node(lab: Lab, before: list[str]) -> Iterable[str]:
    return () if before else lab.nodes


def _file(lab: Lab, before: list[str]) -> Iterable[str]:
    return () if before else [f"{node}:/etc/" for node in lab.session.own_nodes]


def _place(lab: Lab, before: list[str]) -> list[str]:
    if before:
        return ["--seconds", "--count"]
    found = ["stop"]
    network = lab.session.description()
    for name, node in network["nodes"].items():
        if node["kind"] != "switch":
            found += [name, *(f"{name}:{interface}" for interface in node["interfaces"])]
    return [*found, *network["links"]]


def _explained(lab: Lab, before: list[str]) -> Iterable[str]:
    return _place(lab, [])[1:] if not before else ()


def _check(lab: Lab, before: list[str]) -> Iterable[str]:
    return () if before else lab.session.exercise.hints


def _question(lab: Lab, before: list[str]) -> Iterable[str]:
    return () if before else lab.session.exercise.questions


OFFERS: dict[str, Offer] = {
    "lab": _lab,
    "host": _node,
    "terminal": _node,
    "file": _file,
    "capture": _place,
    "explain": _explained,
    "hint": _check,
    "answer": _question,
    "demo": lambda _lab, before: () if before else ("ipv6-only", "next", "stop"),
}

"""What Tab offers behind a magic: exercises, nodes, interfaces, links, checks, questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ipv6lab.course import content, exercises
from ipv6lab.notebook.lab import Lab
from ipv6lab.notebook.magics import LAB_VERBS
from ipv6lab.words.errors import LabError

Offer = Callable[[Lab, list[str]], Iterable[str]]


def complete_with(shell: Any, lab: Lab) -> None:
    """Let an IPython shell offer them."""

    def hook(offer: Offer) -> Callable[[Any, Any], list[str]]:
        def complete(_shell: Any, event: Any) -> list[str]:
            before = str(event.text_until_cursor).split()
            if event.symbol and before:
                before.pop()
            try:
                offered = offer(lab, before[1:])
                return [word for word in offered if word.startswith(event.symbol)]
            except LabError:  # no lab, no exercise: nothing to offer
                return []

        return complete

    for name, offer in OFFERS.items():
        for sign in ("%", "%%"):
            shell.set_hook("complete_command", hook(offer), str_key=sign + name)


def candidates(magic: str, lab: Lab, before: list[str]) -> list[str]:
    """What may stand behind a magic and some words."""
    return list(OFFERS[magic](lab, before))


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


def _place(lab: Lab, before: list[str]) -> Iterable[str]:
    if before:
        return ["--seconds", "--count"]
    found = ["stop"]
    network = lab.session.description()
    for name, node in network["nodes"].items():
        if node["kind"] != "switch":
            found += [name, *(f"{name}:{interface}" for interface in node["interfaces"])]
    return [*found, *network["links"]]


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
    "hint": _check,
    "answer": _question,
}

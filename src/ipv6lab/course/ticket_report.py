"""What came of an exam's tickets: which symptom led where, and where somebody looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from ipv6lab.course.faults import Fault
from ipv6lab.course.place import Place

PASSED = "passed"


def told(place: Place, language: str) -> list[dict[str, Any]]:
    """The tickets as users wrote them: ``number`` and ``ticket``."""
    return [
        {"number": number, "ticket": " ".join(fault.told(language, place.plan).split())}
        for number, fault in enumerate(place.faults, 1)
    ]


def report(
    place: Place, language: str, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The same with what each came from, and what a recording has of the way there.

    ``done`` is what the last check said, None before any. ``subject``, ``cause`` and ``nodes`` are
    the fault's. ``looked`` are the nodes that were worked on, in order, until a check first said
    that the ticket was done; ``commands`` is how many of these were typed on the fault's nodes.
    """
    entries = list(entries)
    return [
        {
            **ticket,
            **_way(f"M{ticket['number']}", fault, entries),
            "subject": fault.group,
            "cause": " ".join(fault.explained(language, place.plan).split()),
            "nodes": fault.nodes,
        }
        for ticket, fault in zip(told(place, language), place.faults, strict=True)
    ]


def _way(check: str, fault: Fault, entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    done: bool | None = None
    typed: list[str] = []
    before: list[str] | None = None  # where was typed until it first passed
    for entry in entries:
        if entry["kind"] == "command":
            typed.append(str(entry["node"]))
        elif entry["kind"] == "verdict" and check in entry["checks"]:
            done = entry["checks"][check] == PASSED
            if done and before is None:
                before = list(typed)
    looked = typed if before is None else before
    return {
        "done": done,
        "looked": [node for node, _commands in groupby(looked)],
        "commands": sum(node in fault.nodes for node in looked),
    }

"""What an exercise sends to the agent: the network, the start state, the checks; no solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipv6lab.course import folders, topologies
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.plan import addressing_plan


def build_request(content: Content, exercise: Exercise, seat: int | None) -> dict[str, Any]:
    """The arguments of the agent's ``build`` for a seat. Raises LabError."""
    plan = addressing_plan(content, seat)
    nodes = topologies.nodes(topologies.load(content, exercise), exercise)
    return {
        "exercise": exercise.id,
        "topology": topologies.request(content, exercise),
        "plan": plan,
        "trainee": list(exercise.nodes),
        "start": folders.read(exercise.start, nodes, plan=plan).to_request(),
        "checks": {exercise.checks.name: exercise.checks.read_text(encoding="utf-8")},
    }


def apply_request(
    content: Content, exercise: Exercise, seat: int | None, folder: Path
) -> dict[str, Any]:
    """The arguments of the agent's ``apply`` for a configuration folder. Raises LabError.

    In the course's own folders values of the seat's plan are looked up; a submission is literal.
    """
    plan = addressing_plan(content, seat) if content.owns(folder) else None
    nodes = topologies.nodes(topologies.load(content, exercise), exercise)
    return folders.read(folder, nodes, exercise.nodes, plan).to_request()

"""The lab that a command or a cell is about: which one runs, and whom it lets in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipv6lab.course import seats
from ipv6lab.sandbox.joining import running
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def chosen_seat(option: str | None) -> int | None:
    """The seat that a command is about: the one named, else the only one on which a lab runs."""
    if option is not None:
        return seats.seat_number(option)
    found = [int(lab["seat"]) for lab in running()]
    if len(found) > 1:
        raise LabError(
            _(
                "Labs run on the seats {seats}; say which one with --seat.",
                seats=", ".join(map(str, found)),
            )
        )
    return (found[0] if found else 0) or None


def kept(seat: int | None) -> dict[str, Any]:
    """What is known of the lab on a seat. Raises LabError while it is still being built."""
    for lab in running():
        if lab["seat"] == (seat or 0) and "exercise" in lab:
            return lab
    raise LabError(
        _("The lab on seat {seat} is still starting; try again in a moment.", seat=seat)
        if seat
        else _("The lab is still starting; try again in a moment.")
    )


def told_faults(exercise: str, seat: int | None) -> tuple[str, ...]:
    """The faults that the lab on a seat says it has; none where it holds another exercise."""
    for lab in running():
        if lab["seat"] == (seat or 0) and lab.get("exercise") == exercise:
            return tuple(map(str, lab.get("faults") or ()))
    return ()


def check_node(name: str, exercise: str, nodes: Sequence[str]) -> None:
    """Raise LabError, with names near to it, when an exercise has no such node."""
    if name in nodes:
        return
    from ipv6lab.course.near import near

    meant = near(name, nodes)
    if meant:
        raise LabError(
            _("There is no node {name}; did you mean {meant}?", name=name, meant=", ".join(meant))
        )
    raise LabError(
        _(
            "There is no node {name} in {exercise}; its nodes are {nodes}.",
            name=name,
            exercise=exercise,
            nodes=", ".join(nodes),
        )
    )


def check_own(name: str, lab: Mapping[str, Any]) -> None:
    """Raise LabError for a node of a running lab that is not the trainee's to reset or reboot.

    Where one may look around one may also see what a reboot does.
    """
    own = lab.get("own", lab["nodes"])
    if name not in own and name not in lab.get("visits", ()):
        raise LabError(
            _(
                "{node} belongs to others; your nodes are {nodes}. ipv6lab reset without a node "
                "takes everything back to the start.",
                node=name,
                nodes=", ".join(own),
            )
        )


def check_login(name: str, lab: Mapping[str, Any]) -> None:
    """Raise LabError for a node of a running lab on which a trainee cannot log in.

    `lab` is what `kept` knows; a lab that does not say whose nodes it has lets one in anywhere.
    """
    own = lab.get("own", lab["nodes"])
    visits = lab.get("visits", ())
    if name in own or name in visits:
        return
    if visits:
        raise LabError(
            _(
                "{node} belongs to others, so you cannot log in there; your nodes are {nodes}, and "
                "you may look around on {visits}.",
                node=name,
                nodes=", ".join(own),
                visits=", ".join(visits),
            )
        )
    raise LabError(
        _(
            "{node} belongs to others, so you cannot log in there; your nodes are {nodes}.",
            node=name,
            nodes=", ".join(own),
        )
    )

"""Grading a folder in a sandbox of its own, and one's own recorded work likewise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.course import hints, progress, recorded, results
from ipv6lab.course.place import Place, kept
from ipv6lab.platform import places
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Lab

Event = Callable[[dict[str, Any]], None]


def _unheard(_event: dict[str, Any]) -> None:
    """Where nobody follows a grading."""


def grade(
    place: Place,
    folder: str,
    kernel: str | None = None,
    as_recorded: bool = False,
    on_event: Event = _unheard,
) -> dict[str, Any]:
    """Grade a folder in a sandbox of its own; a folder that is none gets the verdict refused.

    Without a ``kernel`` it runs on the one that has what the exercise needs. With ``as_recorded``
    recorded work is graded on the seat that it was recorded on. ``on_event`` is told how each
    check goes, and before that, as ``{"event": "stage", "doing"}``, what is done instead.
    """
    from ipv6lab import sandbox

    kernel = kernel or sandbox.choose(place.exercise.needs).kernel
    try:
        work = place.read_recorded(Path(folder))
        if work and as_recorded and work.seat is not None:
            place = place.of(place.exercise.id, work.seat)
            work = place.read_recorded(Path(folder))
        if work and work.after:
            place = place.catching_up(work.after)
        request = {} if work else place.read(Path(folder))
        _tell(on_event, _("a fresh lab is built"))
        with sandbox.throwaway(kernel, place.memory) as lab:
            place.build(lab)
            _tell(on_event, _("the work is done again"))
            if work:
                applied = lab.request("replay", entries=work.entries)
            else:
                applied = lab.request("apply", **request)
            checks = lab.request("check", on_event=on_event, replay=True)["checks"]
    except Unsupported:
        raise
    except LabError as error:
        return results.refused(place, folder, error)
    found = results.result(place, checks, folder, results.REPLAY, work.hints if work else None)
    found["commands"] = applied["commands"]
    if work:
        found["recorded_seat"] = work.seat
        found["recorded_versions"] = dict(work.versions)
        found["left_out"] = list(work.left_out)
        found["differences"] = results.differences(checks, work.live)
    return found


def _tell(on_event: Event, doing: Message) -> None:
    on_event({"event": "stage", "doing": doing.to_json()})


def save_own(lab: Lab, place: Place, folder: Path) -> int:
    """Write the work that was recorded in a running lab as a new folder; how many commands it has.

    Raises LabError when it cannot be written.
    """
    entries = lab.request("journal")["entries"]
    spent = hints.read(place.exercise.id, place.seat)
    recorded.save(folder, entries, place.seat, spent, results.versions(place.content))
    return sum(entry["kind"] == "command" for entry in entries)


def own_replay(lab: Lab, place: Place, on_event: Event = _unheard) -> dict[str, Any]:
    """Do one's recorded work again in a fresh lab and grade that; it is taken up into progress.

    ``on_event`` is told what `grade` tells.
    """
    with tempfile.TemporaryDirectory(prefix="ipv6lab-") as directory:
        folder = Path(directory, "work")
        save_own(lab, place, folder)
        found = grade(place, str(folder), kept(place.seat).get("kernel"), on_event=on_event)
    if found["verdict"] == "refused":
        raise LabError(Message.from_json(found["message"]))
    found["folder"] = None
    progress.record_result(places.work(), found)
    return found

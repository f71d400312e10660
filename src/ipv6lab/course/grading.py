"""Grading a folder in a sandbox of its own, and one's own recorded work likewise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.course import hints, progress, recorded, results, troubles
from ipv6lab.course.folders import Configuration
from ipv6lab.course.place import Place
from ipv6lab.course.running import kept
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError, NotJudged
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.course.recorded import Recorded
    from ipv6lab.sandbox import Lab

Event = Callable[[dict[str, Any]], None]


_SEALED = _(
    "What this work was done on was drawn in a class, and is sealed for its trainer: ipv6lab class "
    "grade grades it."
)


def _unheard(_event: dict[str, Any]) -> None:
    """Where nobody follows a grading."""


def grade(
    place: Place,
    folder: str,
    kernel: str | None = None,
    as_recorded: bool = False,
    on_event: Event = _unheard,
    bits: bytes | None = None,
) -> dict[str, Any]:
    """Grade a folder in a sandbox of its own; a folder that is none gets the verdict refused.

    Without a ``kernel`` it runs on the one that has what the exercise needs. With ``as_recorded``
    recorded work is graded on the seat that it was recorded on. ``bits`` are what its secrets were
    drawn from, where they are sealed. ``on_event`` is told how each check goes, and before that, as
    ``{"event": "stage", "doing"}``, what is done instead. A lab that cannot start, or ends before
    its time, is no fault of the folder: it is tried once more, and then the verdict is not_judged.
    """
    try:
        work = place.read_recorded(Path(folder))
        if work and as_recorded and work.seat is not None:
            place = place.of(place.exercise.id, work.seat)
            work = place.read_recorded(Path(folder))
        if work and work.after:
            place = place.catching_up(work.after)
        if work and work.sealed:
            if bits is None:
                raise LabError(_SEALED)
            place = replace(place, bits=bits)
        request = {} if work else _handed_in(place, Path(folder))
    except LabError as error:
        return results.refused(place, folder, error.message)
    try:
        applied, graded = _judge(place, work, request, kernel, on_event)
    except _Refused as refusal:
        return results.refused(place, folder, refusal.message)
    except Exception:
        _tell(on_event, _("the lab had trouble of its own, and is tried once more"))
        try:
            applied, graded = _judge(place, work, request, kernel, on_event)
        except _Refused as refusal:
            return results.refused(place, folder, refusal.message)
        except Exception as error:
            return troubles.told(results.not_judged(place, folder, error))
    checks = graded["checks"]
    found = results.result(place, checks, folder, results.REPLAY, work.hints if work else None)
    found["notes"] = graded.get("notes", [])
    found["commands"] = applied["commands"]
    if work:
        found["recorded_seat"] = work.seat
        found["recorded_versions"] = dict(work.versions)
        found["left_out"] = list(work.left_out)
        found["differences"] = results.differences(checks, work.live)
    return troubles.told(found)


def _handed_in(place: Place, folder: Path) -> dict[str, Any]:
    """A folder as the agent takes it. An exercise's own start state is what every lab begins with:
    who hands that in has done nothing."""
    if folder.resolve() == (place.exercise.folder / "start").resolve():
        return Configuration().to_request()
    return place.read(folder)


class _Refused(Exception):
    """The work cannot be laid on a lab, through its own fault."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def _judge(
    place: Place,
    work: Recorded | None,
    request: dict[str, Any],
    kernel: str | None,
    on_event: Event,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Do work in a fresh lab: how its commands went, and how it was graded. Raises _Refused."""
    from ipv6lab import sandbox

    kernel = kernel or sandbox.choose(place.exercise.needs).kernel
    _tell(on_event, _("a fresh lab is built"))
    with sandbox.throwaway(kernel, len(place.nodes)) as lab:
        place.build(lab)
        lab.request("film")
        _tell(on_event, _("the work is done again"))
        try:
            applied = lab.replay(work.entries) if work else lab.request("apply", **request)
        except NotJudged:
            raise
        except LabError as error:
            if lab.ended:
                raise
            raise _Refused(error.message) from error
        return applied, lab.request("check", on_event=on_event, replay=True)


def _tell(on_event: Event, doing: Message) -> None:
    on_event({"event": "stage", "doing": doing.to_json()})


def save_own(lab: Lab, place: Place, folder: Path) -> int:
    """Write the work that was recorded in a running lab as a new folder; how many commands it has.

    Raises LabError when it cannot be written.
    """
    entries = lab.entries()
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
    if "message" in found:
        kind = NotJudged if found["verdict"] == "not_judged" else LabError
        raise kind(Message.from_json(found["message"]))
    found["folder"] = None
    progress.record_result(directories.work(), found)
    return found

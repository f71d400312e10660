"""Beginning an exercise where the solution of an earlier one ends, for whoever arrives late.

Most start states have their predecessors' work in them already, in their own words. Where the
trainee's own would do as well, ``after`` in ``exercise.toml`` names the exercise; a test proves
that what worked still does, and that the reference scores 100 on it.
"""

from __future__ import annotations

from ipv6lab.course import exercises
from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.folders import Configuration
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

REFERENCE = "reference"


def earlier(content: Content, exercise: Exercise) -> Exercise:
    """The exercise from whose solution this one can begin.

    Raises LabError, one sentence, when there is none, or when its solution is not installed.
    """
    if exercise.after is None:
        raise LabError(
            _(
                "{exercise} goes on from no earlier exercise's solution: its own start state is "
                "the place to begin, without --catch-up.",
                exercise=exercise.id,
            )
        )
    found = exercises.load(content, exercise.after)
    if not (content.solutions / found.id / REFERENCE).is_dir():
        raise LabError(
            _(
                "The solution of {after} is not here: solutions are a package of their own, which "
                "trainers have; {exercise} begins at its own start state, without --catch-up.",
                after=found.id,
                exercise=exercise.id,
            )
        )
    return found


def together(start: Configuration, solution: Configuration) -> Configuration:
    """A start state on which a solution has been laid: its files instead of those of the same
    name, its commands after the others. Answers to the other exercise's questions are none here."""
    laid = {(file.node, file.path) for file in solution.files}
    kept = tuple(file for file in start.files if (file.node, file.path) not in laid)
    return Configuration(kept + solution.files, start.commands + solution.commands, start.answers)

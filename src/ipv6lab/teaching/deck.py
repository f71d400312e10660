"""What stands on which slide of an exercise, from its `Lesson` and its recorded ladder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from ipv6lab.course import handbook, ladders
from ipv6lab.course.lesson import LOOK, WAYS, WHO, Lesson, Section
from ipv6lab.course.speech import Speech
from ipv6lab.course.tasks import Block
from ipv6lab.reports import svg
from ipv6lab.reports.ladder import Step
from ipv6lab.reports.ladder_svg import drawing
from ipv6lab.reports.picture import measure
from ipv6lab.reports.shapes import TEXT_SIZE
from ipv6lab.reports.topology import Topology
from ipv6lab.teaching.flow import Measure, markdown, pages, units
from ipv6lab.words.message import _

WIDTH, HEIGHT = 1280, 720  # of a slide, in CSS pixels
SIDE, TOP, BOTTOM = 60, 100, 40  # what is left free of it; the heading stands in the upper part
ROOM = (WIDTH - 2 * SIDE, HEIGHT - TOP - BOTTOM)
PICTURE_ROOM = (WIDTH - 40, ROOM[1] + 30)
LADDER_ROOM = (ROOM[0], ROOM[1] - 40)  # below it stands where it is from
# Sizes of letters: the usual one, one for long paragraphs, and of what is to be remembered.
TEXT, DENSE, IDEA = 26.0, 21.0, 34.0
LEAST = 15.0  # of a ladder's letters: read from the last row
SMALLEST = 12.0  # of a picture's letters; its names are larger by a third
LADDER_LETTERS, PICTURE_LETTERS = 14.0, TEXT_SIZE  # of the drawings as they are made


_WORDS = re.compile(r'<text class="(said|detail)" x="([\d.]+)"[^>]*>([^<]*)</text>')


@dataclass(frozen=True)
class Slide:
    """One slide: its heading and its body, Markdown both; `kind` is the class of its style.

    `notes` are for the speaker alone.
    """

    kind: str
    heading: str
    body: str
    notes: str = ""


def deck(lesson: Lesson, speech: Speech) -> list[Slide]:
    """The slides of an exercise. Raises LabError where its recording is damaged."""
    told = lesson.handbook
    found = [_title(lesson, speech)]
    if handbook.SAY in told:
        minutes = _notes(lesson, speech, (handbook.MINUTES,))
        # Each sentence stands alone: it is to be remembered.
        said = _sentences(told[handbook.SAY])
        sentences = [Block(_capital(one), prose=True) for one in said]
        found += _texts(speech(_("The idea")), sentences, "idea", IDEA, minutes)
    found += _network(lesson, speech)
    for section in lesson.task:
        found += _section(section, speech)
    if lesson.questions:
        asked = [f"- `{name}`: {question}" for name, question in lesson.questions.items()]
        found += _texts(speech(_("Questions")), [Block("\n".join(asked), prose=True)])
    for guess in lesson.predictions:
        body = [Block(text, prose=not text.startswith("```")) for text in guess.text]
        found += _texts(speech(_("What do you expect?")), body, "guess")
    found += _ladder(lesson, speech)
    if handbook.ASK in told:
        asked = ["- " + _capital(one) for one in handbook.questions(told[handbook.ASK])]
        notes = _notes(lesson, speech, (handbook.WRONG, handbook.RESCUE))
        questions = [Block("\n".join(asked), prose=True)]
        found += _texts(speech(_("Questions to the room")), questions, "ask", TEXT, notes)
    if lesson.take_away:
        found += _texts(speech(_("To take away")), lesson.take_away, "text")
    return found


def _title(lesson: Lesson, speech: Speech) -> Slide:
    exercise = lesson.place.exercise
    level = speech(exercise.level)
    minutes = speech(_("{count} minutes", count=exercise.minutes))
    about = f"{lesson.group} · {level} · {minutes}"
    return Slide("title", f"{exercise.id} {lesson.title}", f"{about}\n")


def _network(lesson: Lesson, speech: Speech) -> Iterator[Slide]:
    """The picture; of a large network with the names alone, and the addresses in a table."""
    network = lesson.place.description()
    heading = speech(_("The network"))
    drawn = svg.inline(Topology.from_json(_with(network, _ipv6_first)), speech)
    if _scale(drawn, PICTURE_ROOM) * PICTURE_LETTERS >= SMALLEST:
        yield Slide("picture", heading, _figure(drawn, *PICTURE_ROOM))
        return
    drawn = svg.inline(Topology.from_json(_with(network, _nothing)), speech)
    yield Slide("picture", heading, _figure(drawn, *PICTURE_ROOM))
    table = "\n".join(
        [
            f"| {speech(_('node'))} | {speech(_('interface'))} | IPv6 | IPv4 |",
            "| --- | --- | --- | --- |",
        ]
        + [
            f"| {name} | {interface} | {_cell(found, 6)} | {_cell(found, 4)} |"
            for name, node in network["nodes"].items()
            for interface, found in node["interfaces"].items()
            if found["addresses"]
        ]
    )
    yield from _texts(speech(_("Addresses")), [Block(table, prose=True)], "dense", DENSE)


def _with(network: Mapping[str, Any], kept: Callable[[Sequence[str]], list[str]]) -> dict[str, Any]:
    """The same network with some of each interface's addresses and of each link's prefixes."""
    nodes = {
        name: {
            **node,
            "interfaces": {
                interface: {**found, "addresses": kept(found["addresses"])}
                for interface, found in node["interfaces"].items()
            },
        }
        for name, node in network["nodes"].items()
    }
    links = {
        name: {**link, "prefixes": kept(link["prefixes"])}
        for name, link in network["links"].items()
    }
    return {**network, "nodes": nodes, "links": links}


def _ipv6_first(some: Sequence[str]) -> list[str]:
    """Those of IPv6; all where there are none."""
    return [one for one in some if ":" in one] or list(some)


def _nothing(_some: Sequence[str]) -> list[str]:
    return []


def _cell(interface: Mapping[str, Any], version: int) -> str:
    found = [one for one in interface["addresses"] if (":" in one) == (version == 6)]
    return ", ".join(f"`{one}`" for one in found)


def _section(section: Section, speech: Speech) -> list[Slide]:
    """A section of the task; how to work, the picture in letters and the table of addresses are
    not shown: the picture has them."""
    if section.name in WAYS or section.name in LOOK or section.name == WHO:
        return []
    heading = section.heading or speech(_("What it is about"))
    return _texts(heading, section.blocks)


def _texts(
    heading: str, blocks: Sequence[Block], kind: str = "text", size: float = TEXT, notes: str = ""
) -> list[Slide]:
    """A text on as many slides as it takes; the notes stand with the first."""
    some = list(units(blocks))
    page = Measure(*ROOM, size)
    if any(page.height_of(unit) > page.height for unit in some):
        kind, page = "dense", Measure(*ROOM, DENSE)
    parts = pages(some, page)
    return [
        Slide(
            kind,
            f"{heading} ({number}/{len(parts)})" if len(parts) > 1 else heading,
            markdown(part),
            notes if number == 1 else "",
        )
        for number, part in enumerate(parts, 1)
    ]


def _sentences(text: str) -> list[str]:
    """The sentences of a text, for each a line of its own."""
    found, rest = [], text
    while rest:
        at = min(
            (rest.find(end) + 1 for end in (". ", "? ", "! ") if end in rest), default=len(rest)
        )
        found.append(rest[:at].strip())
        rest = rest[at:].strip()
    return found


def _capital(text: str) -> str:
    """What follows a colon in the handbook begins here."""
    return text[:1].upper() + text[1:]


def _notes(lesson: Lesson, speech: Speech, names: Sequence[str]) -> str:
    said = {
        handbook.MINUTES: _("By the minute"),
        handbook.WRONG: _("Goes wrong"),
        handbook.RESCUE: _("Rescue"),
    }
    told = lesson.handbook
    return "\n\n".join(f"**{speech(said[name])}**: {told[name]}" for name in names if name in told)


def _ladder(lesson: Lesson, speech: Speech) -> Iterator[Slide]:
    """The recorded ladder, a slide for as many steps as can be read from the last row."""
    course = lesson.place.content
    recording = ladders.recordings(course).get(lesson.place.exercise.id)
    if recording is None:
        return
    recorded = ladders.read(course, recording)
    heading = speech(_("Who said what to whom on {place}", place=recording.place))

    origin = speech(_("Recorded with the solution in place, with the addresses of seat 0."))

    def drawn(some: Sequence[Step], identity: str) -> str:
        start = recorded.steps[0].time
        made = drawing(some, identity, heading, recorded.names, speech, speech.language, start)
        return _wide_enough(made)

    left, number = list(recorded.steps), 0
    while left:
        count = len(left)
        while (
            count > 1 and _scale(drawn(left[:count], "tried"), LADDER_ROOM) * LADDER_LETTERS < LEAST
        ):
            count -= 1
        body = _figure(drawn(left[:count], f"ladder{number}"), *LADDER_ROOM)
        yield Slide("ladder", heading, f"{body}\n{origin}\n")
        left, number = left[count:], number + 1


def _wide_enough(drawn: str) -> str:
    """A ladder whose longest line of words ends within it, whatever the letters are."""
    wide, high = _size(drawn)
    ends = [
        float(x) + measure(unescape(text), LADDER_LETTERS, kind == "said")
        for kind, x, text in _WORDS.findall(drawn)
    ]
    return drawn.replace(
        f'viewBox="0 0 {wide:.0f} {high:.0f}"', f'viewBox="0 0 {max([wide, *ends]):.0f} {high:.0f}"'
    )


def _scale(drawn: str, room: tuple[float, float]) -> float:
    """How much larger a drawing becomes that fills a room."""
    wide, high = _size(drawn)
    return min(room[0] / wide, room[1] / high)


def _size(drawn: str) -> tuple[float, float]:
    """The width and height of an ``<svg>``, by its view box."""
    box = drawn.partition('viewBox="')[2].partition('"')[0].split()
    return float(box[2]), float(box[3])


def _figure(drawn: str, width: float, height: float) -> str:
    """A drawing as large as the room lets it be, as a block of HTML that Markdown lets alone."""
    wide, high = _size(drawn)
    scale = _scale(drawn, (width, height))
    sized = f'<div class="figure" style="width:{wide * scale:.0f}px;height:{high * scale:.0f}px">'
    flat = "\n".join(line for line in drawn.splitlines() if line.strip())
    return f"{sized}\n{flat}\n</div>\n"

"""Certificates: what somebody has done, in both languages, signed by the class's key."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.classroom.gradebook import paper, signed, signing, written
from ipv6lab.classroom.gradebook.documents import Document, Section, Table, html
from ipv6lab.classroom.gradebook.ledger import Ledger
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.classroom.gradebook.person_report import title_of
from ipv6lab.classroom.gradebook.standing import Standing
from ipv6lab.course import results
from ipv6lab.course.languages import LANGUAGES
from ipv6lab.course.speech import Speech
from ipv6lab.reports.say import moment
from ipv6lab.words.message import _

KIND = "certificate"


def claims(found: Class, one: Standing, least: int) -> dict[str, Any] | None:
    """What a certificate says; None where nothing of `least` points is there to be certified."""
    done = [
        {"id": name, "title": mark.title, "points": mark.points, "by_hand": bool(mark.by_hand)}
        for name, mark in one.marks.items()
        if mark.points is not None and mark.points >= max(1, least)
    ]
    if not done:
        return None
    return {
        "kind": KIND,
        "serial": secrets.token_hex(8),
        "class": plain_text(found.title),
        "seat": one.holder.seat,
        "name": one.holder.name,
        "group": one.holder.group,
        "language": one.holder.language,
        "issued": results.now(),
        "exercises": done,
    }


def write(
    found: Class, ledger: Ledger, people: list[Standing], folder: Path, least: int
) -> Iterator[tuple[Standing, Path | None]]:
    """Write a certificate for everybody who has something: the person, and the file without its
    ending; None where there is nothing to certify. Raises LabError.
    """
    written.make(folder)
    for one in people:
        told = claims(found, one, least)
        if told is None:
            yield one, None
            continue
        file = folder / f"{written.name_of(one)}-{told['serial']}"
        key = signing.sign(found, {})["key"]
        for ending, document in documents(told, key).items():
            block = signing.sign(found, {**told, "document": signed.digest(document)})
            write_private(file.with_name(file.name + ending), signed.joined(document, block))
        ledger.add_award(told["serial"], one.holder, told["issued"], json.dumps(told))
        yield one, file


def documents(told: Mapping[str, Any], key: str) -> dict[str, bytes]:
    """The certificate by the ending of its file: the same claims give the same bytes."""
    made = document(told, key)
    return {".html": html(made).encode(), ".pdf": paper.pdf(made, str(told["issued"]))}


def document(told: Mapping[str, Any], key: str) -> Document:
    """What is on it, in the person's language first."""
    first = str(told["language"])
    languages = sorted(LANGUAGES, key=lambda one: one != first)
    return Document(
        str(told["name"]),
        first,
        [one for one in (str(told["group"]), str(told["class"])) if one],
        [_section(told, Speech(language)) for language in languages],
        f"{told['serial']} · {signing.fingerprint(key)} · ipv6lab class verify",
        centred=True,
    )


def _section(told: Mapping[str, Any], said: Speech) -> Section:
    lines = [
        said(
            _(
                "{name} has done these exercises. The marks are the trainer's, found by doing the "
                "work again in a fresh lab.",
                name=str(told["name"]),
            )
        ),
        moment(str(told["issued"]), said.language),
    ]
    rows = [
        [
            title_of(str(one["id"]), str(one["title"]), said),
            said(_("{points} of 100 points", points=int(one["points"])))
            + ("*" if one["by_hand"] else ""),
        ]
        for one in told["exercises"]
    ]
    if any(one["by_hand"] for one in told["exercises"]):
        lines.append(said(_("* with points that a trainer set")))
    head = [said(_("Exercise")), said(_("Points"))]
    return Section(said(_("Certificate")), lines, Table(head, rows, (3, 1)))

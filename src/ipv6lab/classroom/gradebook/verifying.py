"""Is a file as the class signed it? If not, what of it is otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ipv6lab.classroom.gradebook import awards, sheets, signed, signing
from ipv6lab.classroom.gradebook.people import plain_text
from ipv6lab.words.message import Message, _

Issued = Callable[[str], dict[str, Any] | None]
FIELDS = ("name", "seat", "group", "class", "issued", "language", "exercises", "kind")


@dataclass
class Found:
    """What was found: `wrong` says what is not as it was signed, `about` what is certified."""

    wrong: list[Message] = field(default_factory=list)
    about: Message | None = None


def _nothing(_serial: str) -> dict[str, Any] | None:
    """Where no gradebook is at hand."""
    return None


def verify(data: bytes, key: str, issued: Issued = _nothing) -> Found:
    """Look at a file with the class's public key (hex).

    `issued` gives what was certified under a serial, where the class's gradebook is at hand.
    """
    parts = signed.parted(data)
    if parts is None:
        return _gradebook(data, key)
    if parts.block is None:
        return Found([_("Its signature is damaged: bytes at its end were changed.")])
    block, claims = parts.block, parts.block["claims"]
    if not signing.holds(block):
        wrong = [_("What was signed is not what stands in it: it was changed afterwards.")]
        return Found(wrong + _differences(claims, issued(str(claims.get("serial")))))
    if block["key"] != key:
        return Found([_another(block["key"], key)])
    found = Found([], _about(claims))
    if signed.digest(parts.document) != claims.get("document"):
        found.wrong += _changed(parts.document, claims, key)
    return found


def _another(theirs: str, ours: str) -> Message:
    return _(
        "It is signed with the key of another class ({theirs}), not with this one's ({ours}).",
        theirs=signing.fingerprint(theirs),
        ours=signing.fingerprint(ours),
    )


def _about(claims: Mapping[str, Any]) -> Message | None:
    if claims.get("kind") != awards.KIND:
        return None
    return _(
        "Certified: {name}, seat {seat} of “{title}”, {exercises}.",
        name=plain_text(claims.get("name")),
        seat=plain_text(claims.get("seat")),
        title=plain_text(claims.get("class")),
        exercises=", ".join(
            f"{plain_text(one.get('id'))} {plain_text(one.get('points'))}"
            for one in _rows(claims.get("exercises"))
        ),
    )


def _rows(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _differences(claims: Mapping[str, Any], known: dict[str, Any] | None) -> list[Message]:
    """Where claims are not those that the gradebook knows under the same serial."""
    if known is None:
        return []
    return [
        _(
            "{field}: it says {now}, and {was} was certified.",
            field=name,
            now=_short(claims.get(name)),
            was=_short(known.get(name)),
        )
        for name in FIELDS
        if claims.get(name) != known.get(name)
    ]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"“{plain_text(text)[:200]}”"


def _changed(document: bytes, claims: Mapping[str, Any], key: str) -> list[Message]:
    """What of a certificate's page is not as it was when it was signed."""
    wrong = [_("What it shows was changed after it was signed.")]
    ending = ".pdf" if document.startswith(b"%PDF") or b"%%EOF" in document else ".html"
    try:
        was = awards.documents(claims, key)[ending]
    except (KeyError, TypeError, ValueError):
        return wrong
    if signed.digest(was) != claims.get("document"):  # another version wrote it
        return wrong
    at = next((i for i, (a, b) in enumerate(zip(was, document, strict=False)) if a != b), None)
    at = min(len(was), len(document)) if at is None else at
    wrong.append(_("The first byte that is otherwise is byte {number}.", number=at + 1))
    if ending == ".html":
        wrong.append(
            _("It says {now}, and {was} was signed.", now=_line(document, at), was=_line(was, at))
        )
    return wrong


def _line(document: bytes, at: int) -> str:
    """The line of a page in which a byte stands, without its marks."""
    begin, end = document.rfind(b"\n", 0, at) + 1, document.find(b"\n", at)
    line = document[begin : end if end >= 0 else len(document)]
    return _short(line.decode("utf-8", "backslashreplace").replace("<bdi>", "").strip())


# -- the gradebook as JSON


def _gradebook(data: bytes, key: str) -> Found:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        if b'"signed"' in data and b'"people"' in data:
            return Found([_("It is damaged: it is no JSON any more.")])
        return Found([_("It carries no signature of ipv6lab's.")])
    block = told.get("signed") if isinstance(told, dict) else None
    if not isinstance(block, dict) or not isinstance(block.get("claims"), dict):
        return Found([_("It carries no signature of ipv6lab's.")])
    if not signing.holds(block):
        return Found([_("Its signature is damaged: what was signed there was changed.")])
    if block["key"] != key:
        return Found([_another(block["key"], key)])
    wrong = list(_otherwise(told, block["claims"]))
    if not wrong and data != sheets.serialised(told):
        wrong.append(_("It says what was signed, and was written anew since."))
    return Found(wrong, _("The marks of “{title}”.", title=plain_text(told.get("class"))))


def _otherwise(told: dict[str, Any], claims: Mapping[str, Any]) -> list[Message]:
    """Whose entries in a gradebook are not those that were signed."""
    now = sheets.digests(told)
    if now == claims:
        return []
    wrong = []
    if now["class"] != claims.get("class"):
        wrong.append(_("The class's title was changed."))
    was = {one["seat"]: one for one in _rows(claims.get("people")) if "seat" in one}
    there = {one["seat"]: one for one in now["people"]}
    for seat in was.keys() - there.keys():
        wrong.append(_("Seat {seat} is missing.", seat=plain_text(seat)))
    for seat in there.keys() - was.keys():
        wrong.append(_("Seat {seat} was added.", seat=plain_text(seat)))
    for seat in there.keys() & was.keys():
        if there[seat]["name"] != was[seat].get("name"):
            wrong.append(_("Seat {seat}: the name was changed.", seat=plain_text(seat)))
        if there[seat]["rest"] != was[seat].get("rest"):
            wrong.append(
                _("Seat {seat}: marks, or what belongs to them, were changed.",
                  seat=plain_text(seat))
            )  # fmt: skip
    return wrong or [_("What was signed is not what stands in it: it was changed afterwards.")]

"""The pages: the board's, and the one over plain HTTP that explains the browser's warning."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ipv6lab.course.languages import LANGUAGES
from ipv6lab.course.speech import Speech
from ipv6lab.words.message import _

TEMPLATES = Path(__file__).parents[1] / "templates"

# What the board's script says, by name. {places} are filled there.
WORDS = {
    "title": _("Board"),
    "enter": _("The board opens with the link that ipv6lab class up printed."),
    "expired": _("This link has ended: ipv6lab class status prints a new one."),
    "lost": _("No connection to the board; it goes on by itself when there is one."),
    "seat": _("Seat"),
    "name": _("Name"),
    "works_on": _("Works on"),
    "since": _("Step forward"),
    "fails": _("Fails"),
    "hand": _("Hand"),
    "hands": _("Raised hands"),
    "nobody": _("Nobody."),
    "holds": _("What holds most people up"),
    "nothing_holds": _("Nothing: no check fails anywhere."),
    "people": _("{count} seats"),
    "online": _("connected"),
    "offline": _("not connected"),
    "laptop": _("laptop"),
    "solved": _("solved"),
    "points": _("{points} of 100 points"),
    "open_seat": _("Open seat {seat}"),
    "minutes": _("{count} min"),
    "now": _("just now"),
    "names": _("Names"),
    "show_names": _("Show names"),
    "hide_names": _("Hide names"),
    "pause": _("Pause the room"),
    "resume": _("Go on"),
    "paused": _("The room is paused"),
    "note_all": _("Note for everybody"),
    "note": _("Note"),
    "send": _("Send"),
    "sent": _("Sent."),
    "opened": _("What is open"),
    "all_exercises": _("All exercises are open"),
    "hints": _("Hints"),
    "solutions": _("Solutions"),
    "apply": _("Apply"),
    "look": _("Look at the lab"),
    "join": _("Join the terminal"),
    "asking": _("Asked; she has to say yes first."),
    "leave": _("Leave the terminal"),
    "left": _("The terminal was left."),
    "reset": _("Reset the lab"),
    "catch_up": _("Catch up"),
    "start": _("Start anew"),
    "back": _("Back to {name}"),
    "hand_down": _("Hand down"),
    "sure": _("What was done since then is gone from the lab. Go on?"),
    "yes": _("Yes"),
    "no": _("No"),
    "close": _("Close"),
    "commands": _("Last commands"),
    "addresses": _("Addresses"),
    "no_lab": _("No lab runs here."),
    "done": _("Done."),
    "code": _("Room's code for laptops"),
    "keys": _("Keys: arrows and Enter choose a seat, N names, P pause, Esc closes."),
    "passed": _("passed"),
    "failed": _("failed"),
    "blocked": _("blocked"),
    "not_judged": _("not judged"),
    "hints_read": _("hints read"),
    "seen": _("solution seen"),
    "language": _("Language"),
    "sort": _("Who needs me first"),
    "disputed": _("disputed"),
    "answered": _("answered"),
}
PLAIN = {
    "title": _("Welcome"),
    "lead": _("Go on to {url}."),
    "why": _("Your browser will warn you once"),
    "because": _(
        "This room has no Internet, so nobody outside can vouch for its server. It vouches for "
        "itself, and your browser says so. What you type is encrypted all the same."
    ),
    "do": _("Choose “Advanced”, then “Proceed”. Do this in this room only."),
    "compare": _("The certificate's SHA-256 fingerprint, for those who compare:"),
    "sign_in": _("To the sign-in"),
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )


def render(template: str, **values: Any) -> str:
    """A page; everything in it is escaped."""
    return _environment().get_template(template).render(**values)


def words(texts: dict[str, Any], language: str) -> dict[str, str]:
    """Texts in a language; their {places} stay."""
    said = Speech(language)
    return {name: said(text.text) for name, text in texts.items()}


def board(language: str) -> str:
    """The board's page in a language."""
    return render("board.html", lang=language, words=words(WORDS, language), languages=LANGUAGES)


def plain(title: str, url: str, fingerprint: str, first: str) -> str:
    """The page over plain HTTP, in both languages, the class's first."""
    order = sorted(LANGUAGES, key=lambda one: one != first)
    told = {language: words(PLAIN, language) for language in order}
    pairs = ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()
    return render("plain.html", title=title, url=url, fingerprint=pairs, told=told)

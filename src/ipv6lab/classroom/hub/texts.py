"""What the hub's pages say, in the class's language."""

from __future__ import annotations

from ipv6lab.course.speech import Speech
from ipv6lab.words.message import _

TEXTS = {
    "sign_in": _("Sign in"),
    "seat": _("Seat"),
    "pin": _("PIN"),
    "card": _("Both stand on your card."),
    "wrong": _("This seat and PIN do not belong together. Look at your card and try again."),
    "locked": _("Too many wrong PINs: this seat is locked. Try again in {seconds} seconds."),
    "starting": _("Your notebooks are starting"),
    "wait": _("This takes a few seconds; the page goes on by itself."),
    "stopped": _("Your notebooks were put to rest because nobody used them."),
    "kept": _("Your work and your lab are as you left them."),
    "go_on": _("Go on"),
}


def page(language: str) -> dict[str, str]:
    """Each text by its name; ``{seconds}`` stays in it."""
    said = Speech(language)
    return {"lang": language, **{name: said(text.text) for name, text in TEXTS.items()}}

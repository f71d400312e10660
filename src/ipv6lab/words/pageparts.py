"""What belongs to a web page: the parts that a browser fetches by itself."""

from __future__ import annotations

from html.parser import HTMLParser

SOURCES = frozenset({"img", "script", "iframe", "source", "video", "audio", "embed", "input"})


def parts(markup: str) -> list[str]:
    """The addresses, as they are written, of a page's parts; links to be clicked are none."""
    parser = _Parts()
    parser.feed(markup)
    return parser.found


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        if tag in SOURCES and "src" in given:
            self.found.append(given["src"] or "")
        if tag == "link" and "href" in given and given.get("rel") in ("stylesheet", "icon"):
            self.found.append(given["href"] or "")
        if tag == "object" and "data" in given:
            self.found.append(given["data"] or "")

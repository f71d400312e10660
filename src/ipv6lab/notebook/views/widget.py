"""What every view is: HTML that a page keeps up to date, and the same in words."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ipv6lab.notebook.views.style import CLASS, style

ESM = Path(__file__).with_name("view.js").read_text(encoding="utf-8")
KEPT = 8  # views of a kind that live
_numbers = itertools.count(1)
_living: dict[str, deque[View]] = {}


def identity(kind: str) -> str:
    """A name that no other element of a page has: pages outlive the kernel that made them."""
    return f"{kind}-{os.getpid():x}-{next(_numbers)}"


def still(html: str, lang: str) -> str:
    """A view as it stands, for a page without a kernel."""
    return f'<style>{style()}</style><div class="{CLASS}" lang="{escape(lang)}">{html}</div>'


class View(anywidget.AnyWidget):
    """HTML in a cell's output. `html` may be set in any thread, and the page follows.

    `words` are the same for those who see no picture. `on_ask` is called with what a click in the
    page asks for, `on_seen` with whether a page shows the view.

    A notebook saves all that lives, and the kernel holds it: of each `kind` of view the newest
    live, and older ones stand still where they are; `on_still` is called when one begins to.
    """

    _esm = ESM
    _css = style()
    html = traitlets.Unicode().tag(sync=True)
    lang = traitlets.Unicode("en").tag(sync=True)

    def __init__(
        self,
        html: str,
        words: str,
        lang: str,
        kind: str,
        on_ask: Callable[[dict[str, Any]], None] | None = None,
        on_seen: Callable[[bool], None] | None = None,
        on_still: Callable[[], None] | None = None,
    ) -> None:
        self.words = words
        self._on_still = on_still
        self._replace: Callable[[object], None] | None = None
        self._on_ask, self._on_seen = on_ask, on_seen
        self._pages = 0
        super().__init__(html=html, lang=lang)
        self.on_msg(self._take)
        alike = _living.setdefault(kind, deque())
        alike.append(self)
        while len(alike) > KEPT:
            alike.popleft().stand_still()

    def shown(self, replace: Callable[[object], None]) -> None:
        """It is in a cell's output, where `replace` puts a bundle in its place."""
        self._replace = replace

    def stand_still(self) -> None:
        """Live no longer: what is to be seen stays, without a kernel's help."""
        if self._on_still is not None:
            self._on_still()
        if self._replace is not None:
            self._replace(self._bundle())
        self.close()

    def show(self, html: str, words: str) -> None:
        """Replace what is shown."""
        self.words = words
        self.html = html

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While something that was asked for is worked out; the page waits for the end of it."""
        before = self.html
        try:
            yield
        finally:
            if self.html == before:
                self.send_state("html")

    def _take(self, _view: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        if "alive" in content:
            self.send({"alive": True})
        elif "seen" in content:
            self._pages = max(0, self._pages + (1 if content["seen"] else -1))
            if self._on_seen is not None:
                self._on_seen(self._pages > 0)
        elif self._on_ask is not None:
            with self.answering():
                self._on_ask(content)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return data | self._bundle(), metadata

    def _bundle(self) -> dict[str, str]:
        return {"text/plain": self.words, "text/html": still(self.html, self.lang)}

"""What every view is: HTML that a page keeps up to date, and the same in words."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ipv6lab.notebook.views.style import CLASS, style

ESM = Path(__file__).with_name("view.js").read_text(encoding="utf-8")
_numbers = itertools.count(1)


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
    """

    _esm = ESM
    html = traitlets.Unicode().tag(sync=True)
    lang = traitlets.Unicode("en").tag(sync=True)

    def __init__(
        self,
        html: str,
        words: str,
        lang: str,
        on_ask: Callable[[dict[str, Any]], None] | None = None,
        on_seen: Callable[[bool], None] | None = None,
    ) -> None:
        self._css = style()
        self.words = words
        self._on_ask, self._on_seen = on_ask, on_seen
        self._shown = 0
        super().__init__(html=html, lang=lang)
        self.on_msg(self._take)

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
        if "seen" in content:
            self._shown = max(0, self._shown + (1 if content["seen"] else -1))
            if self._on_seen is not None:
                self._on_seen(self._shown > 0)
        elif self._on_ask is not None:
            with self.answering():
                self._on_ask(content)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        data["text/plain"] = self.words
        data["text/html"] = still(self.html, self.lang)
        return data, metadata

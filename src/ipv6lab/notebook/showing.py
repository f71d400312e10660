"""Putting something into the output of the cell that runs, with its twin in words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Replaced(Protocol):
    """What lives in an output, and one day puts a bundle in its own place."""

    def shown(self, replace: Callable[[object], None]) -> None: ...


class Shown:
    """Something in a cell's output that can be replaced there.

    It is a bundle, by kind of content, or what knows itself how it looks, a view say.
    """

    def __init__(self, thing: object) -> None:
        from IPython.display import display

        sys.stdout.flush()
        raw = isinstance(thing, dict)
        self._handle: Any = display(thing, raw=raw, display_id=True)  # type: ignore[no-untyped-call]
        if isinstance(thing, Replaced):
            thing.shown(self.update)

    def update(self, thing: object) -> None:
        if self._handle is not None:  # None where nothing is displayed, in a plain Python
            self._handle.update(thing, raw=isinstance(thing, dict))


def show(thing: object) -> None:
    """Show a bundle or a view, for good."""
    Shown(thing)


def show_markdown(text: str) -> None:
    show({"text/plain": text, "text/markdown": text})

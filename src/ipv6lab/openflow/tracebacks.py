"""Tracebacks that begin with the application's own line."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from types import TracebackType

_UNCAUGHT = "uncaught exception"  # so os-ken's hubs begin, and have the traceback in the text


def told(error: BaseException) -> str:
    """The traceback of `error` without what called the application: hers comes first.

    Where no line of hers was reached (a syntax error, a module that is not there) only what went
    wrong is left, which names the file and line.
    """
    frames = _from_hers(error.__traceback__)
    lines = ["Traceback (most recent call last):\n", *traceback.format_tb(frames)] if frames else []
    return "".join([*lines, *traceback.format_exception_only(type(error), error)]).rstrip("\n")


def _from_hers(frames: TracebackType | None) -> TracebackType | None:
    """What is left of a traceback from the first line on that is no library's."""
    while frames is not None and _is_library(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_library(file: str) -> bool:
    if file.startswith("<") or os.path.dirname(file) == os.path.dirname(__file__):
        return True
    places = [place for place in sys.path if "python" in os.path.basename(place.rstrip("/"))]
    places += [place for place in sys.path if place.endswith(("-packages", "lib-dynload", ".zip"))]
    places += [os.path.dirname(os.__file__)]
    return any(file.startswith(place.rstrip("/") + "/") for place in places)


class Formatter(logging.Formatter):
    """Lines as Ryu writes them: the message, and a traceback that begins with her line."""

    def format(self, record: logging.LogRecord) -> str:
        error = sys.exc_info()[1]
        if record.exc_info and record.exc_info[1]:
            error = record.exc_info[1]
            text = record.getMessage().partition(" Backtrace from offending")[0]
            return f"{text}\n{told(error)}"
        if error is not None and _UNCAUGHT in str(record.msg):
            return told(error)
        return record.getMessage()

"""What is said in a notebook: where a terminal has commands, cells have magics."""

from __future__ import annotations

import re

from ipv6lab.course import speech
from ipv6lab.words.message import Message

MAGICS = {
    "shell": "%terminal",
    "exec": "%host",
    **{verb: f"%lab {verb}" for verb in ("start", "stop", "status", "reset", "reboot")},
    **{
        name: f"%{name}"
        for name in ("check", "hint", "answer", "task", "save", "explain", "dispute")
    },
    **{name: f"!ipv6lab {name}" for name in ("audit", "list", "share", "show")},
}
_COMMAND = r"(?<![\w./!-])ipv6lab "
_CALLED = re.compile(rf"{_COMMAND}({'|'.join(MAGICS)})\b")
_APART = re.compile(r"(%host \S+) -- ")
# Into a file of the machine: what %host writes is on the node.
_TAKEN = re.compile(rf"{_COMMAND}(exec \S+ -- [^|\n`]+ > (?!/)\S+)")
_APPLIED = re.compile(rf"{_COMMAND}apply ([\w./-]+)")
_COPIED = re.compile(
    rf"{_COMMAND}exec (\S+) -- cat (\S+) \| ipv6lab exec (\S+) -- tee (\S+)(?: > /dev/null)?"
)


def in_cells(text: str) -> str:
    """A text that speaks of commands, as it is right where there are cells.

    Commands that no cell has stay as they are.

    >>> in_cells("`ipv6lab shell pc1`, then `ipv6lab check --replay`")
    '`%terminal pc1`, then `%check --replay`'
    >>> in_cells("ipv6lab exec www -- cat FILE | ipv6lab exec rproxy -- tee FILE > /dev/null")
    'lab.host("rproxy").write("FILE", lab.host("www").read("FILE"))'
    """
    text = _COPIED.sub(r'lab.host("\3").write("\4", lab.host("\1").read("\2"))', text)
    text = _TAKEN.sub(r"!ipv6lab \1", text)
    text = _APPLIED.sub(r'lab.apply("\1")', text)
    text = _CALLED.sub(lambda found: MAGICS[found.group(1)], text)
    return _APART.sub(r"\1 ", text)


class Speech(speech.Speech):
    """Translates, and says ``%check`` where a terminal would say ``ipv6lab check``."""

    def __call__(self, message: Message | str) -> str:
        return in_cells(super().__call__(message))

"""What a program says, in the output of a cell: at once, and folded where it is long."""

from __future__ import annotations

import codecs
import re
import sys
import time
from collections import deque
from html import escape

from ipv6lab.course.speech import Speech
from ipv6lab.notebook.following import Ended
from ipv6lab.notebook.showing import Shown, show
from ipv6lab.reports.say import duration
from ipv6lab.words.message import _

HEAD, TAIL = 40, 10  # lines that stand there unfolded, the first and the last
MOST = 20_000  # lines that are kept at all
PAUSE = 0.3  # seconds between two renewals of what is folded
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\r(?=\n)")


class Output:
    """Takes what a program writes, and shows it in the cell that runs."""

    def __init__(self, said: Speech) -> None:
        self._said = said
        self._decoders = {
            kind: codecs.getincrementaldecoder("utf-8")("replace") for kind in ("O", "S")
        }
        self._head = 0  # lines that were shown as they came
        self._folded: list[str] = []
        self._lost = 0
        self._last: deque[str] = deque(maxlen=TAIL)
        self._begun = ""  # a line that has no end yet
        self._display: Shown | None = None
        self._shown = 0.0

    def take(self, kind: str, data: bytes) -> None:
        """Bytes of its standard output (``O``) or error (``S``), which a terminal shows as one."""
        self._add(self._decoders[kind].decode(data))

    def end(self) -> None:
        """The program has ended: show what is left."""
        self._add("".join(decoder.decode(b"", True) for decoder in self._decoders.values()))
        if self._begun:
            self._line(self._begun)
            self._begun = ""
        if self._folded:
            self._show()
        else:
            sys.stdout.write("".join(self._last))
        sys.stdout.flush()

    def _add(self, text: str) -> None:
        *lines, rest = re.split(r"(?<=\n)", text) if text else [""]
        for line in lines:
            self._line(self._begun + line)
            self._begun = ""
        self._begun += rest
        if self._head < HEAD and self._begun:
            # A question or a progress bar is seen before its line ends.
            sys.stdout.write(self._begun)
            self._begun = ""
        if self._folded and time.monotonic() - self._shown > PAUSE:
            self._show()
        sys.stdout.flush()

    def _line(self, line: str) -> None:
        if self._head < HEAD:
            sys.stdout.write(line)
            self._head += line.endswith("\n")
            return
        if len(self._last) == TAIL:
            if len(self._folded) < MOST:
                self._folded.append(self._last[0])
            else:
                self._lost += 1
        self._last.append(line)

    def _show(self) -> None:
        if self._display is None:
            self._display = Shown(self._bundle())
        else:
            self._display.update(self._bundle())
        self._shown = time.monotonic()

    def _bundle(self) -> dict[str, str]:
        folded, last = _plain("".join(self._folded)), _plain("".join(self._last))
        more = self._said(_("{count} more lines", count=len(self._folded)))
        lost = _("Lines that were too many and are not kept: {count}.", count=self._lost)
        note = self._said(lost) if self._lost else ""
        return {
            "text/plain": "\n".join(part for part in (folded.rstrip("\n"), note, last) if part),
            "text/html": f"<details><summary>{escape(more)}</summary><pre>{escape(folded)}</pre>"
            f"</details>{f'<p>{escape(note)}</p>' if note else ''}<pre>{escape(last)}</pre>",
        }


def _plain(text: str) -> str:
    return _ESCAPES.sub("", text)


def show_end(ended: Ended, seconds: float, said: Speech) -> None:
    """One line under the output: how the program ended."""
    if ended.interrupted:
        sign, text = "■", said(_("interrupted"))
    else:
        sign = "✔" if ended.status == 0 else "✘"
        text = said(_("exit status {status}", status=ended.status))

    line = f"{sign} {text} · {duration(seconds, said, said.language)}"
    show({"text/plain": line, "text/html": f"<small>{escape(line)}</small>"})

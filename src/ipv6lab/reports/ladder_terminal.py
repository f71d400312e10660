"""The ladder in a terminal, as it grows.

Where there is room the words stand beside the arrows, else above them; where there is no room for
the lifelines themselves, each step is a line of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ipv6lab.reports import say as words
from ipv6lab.reports.cells import flat, pad, width, wrap
from ipv6lab.reports.graded import mark
from ipv6lab.reports.ladder import Step
from ipv6lab.reports.ladder_names import Names, Party, label
from ipv6lab.reports.ladder_page import route
from ipv6lab.reports.say import Translate

TIME = 9  # cells of the time, and one behind it
WIDEST, NARROWEST = 16, 8  # cells of a lifeline's column
BESIDE = 36  # cells that words beside the arrows need
REPEATED = 25  # steps after which the names are shown again
SGR = {
    "neighbours": "36",
    "addresses": "35",
    "names": "34",
    "transport": "33",
    "error": "31;1",
    "echo": "32",
    "web": "32",
}


class TerminalLadder:
    """Draws steps within so many cells; new lifelines show up as they are needed."""

    def __init__(
        self, names: Names, cells: int, tr: Translate, lang: str, colour: bool = False
    ) -> None:
        self._names = names
        self._cells = cells
        self._tr = tr
        self._lang = lang
        self._colour = colour
        self._lifelines = sorted(names.first(), key=names.place)
        self._since = REPEATED  # the names come first
        self._start: float | None = None

    def lines(self, steps: Iterable[Step]) -> Iterator[str]:
        """The lines for some more steps."""
        for step in steps:
            if self._start is None:
                self._start = step.time
            if self._add(step) or self._since >= REPEATED:
                self._since = 0
                yield from self._head()
            self._since += 1
            yield from self._step(step)

    @property
    def _column(self) -> int:
        """The cells of a lifeline; 0 where there is no room for them."""
        count = len(self._lifelines)
        longest = max((width(self._name(one)) for one in self._lifelines), default=0) + 2
        room = (self._cells - TIME) // max(1, count)
        beside = (self._cells - TIME - BESIDE - 1) // max(1, count)
        wanted = min(WIDEST, max(NARROWEST, longest))
        if beside >= NARROWEST:
            return min(wanted, beside)
        return min(wanted, room) if room >= NARROWEST else 0

    def _add(self, step: Step) -> bool:
        parties = [step.source, step.reached, step.target]
        for tunnel in step.tunnels:
            parties += [tunnel.source, tunnel.target]
        fresh = [one for one in dict.fromkeys(parties) if one not in self._lifelines]
        self._lifelines += fresh
        self._lifelines.sort(key=self._names.place)
        return bool(fresh)

    def _name(self, party: Party) -> str:
        return flat(label(party, self._tr))

    def _head(self) -> Iterator[str]:
        column = self._column
        if not column:
            return
        line = " " * TIME
        for party in self._lifelines:
            name = _cut(self._name(party), column - 1)
            left = max(0, column // 2 - width(name) // 2)
            line += pad(" " * left + name, column)
        yield ""
        yield self._bold(line.rstrip())
        yield " " * TIME + "".join(self._bars()).rstrip()

    def _bars(self) -> list[str]:
        """An empty row: the lifelines, a cell each."""
        column = self._column
        row = [" "] * (column * len(self._lifelines))
        for index, party in enumerate(self._lifelines):
            row[index * column + column // 2] = "┊" if party.kind in ("all", "others") else "│"
        return row

    def _step(self, step: Step) -> Iterator[str]:
        time = pad(words.number(step.time - (self._start or 0.0), self._lang, 3), TIME - 1, True)
        title = flat(step.title)
        details = flat(", ".join(self._tr(detail) for detail in step.all_details))
        text = f"{title}: {details}" if details else title
        column = self._column
        if not column:
            between = flat(route(step, self._tr))
            yield from self._texts(f"{time} ", f"{between}  {text}", title, step.about, " " * TIME)
            return
        drawn = "".join(self._arrow(step))
        rest = self._cells - TIME - len(drawn) - 1
        if rest < BESIDE:
            yield from self._texts(time + " ", text, title, step.about, " " * TIME)
            yield " " * TIME + self._painted(drawn, step.about).rstrip()
            return
        bars = "".join(self._bars())
        for index, line in enumerate(wrap(text, rest)):
            if index == 0:
                yield f"{time} {self._painted(drawn, step.about)} {self._titled(line, title, step)}"
            else:
                yield f"{' ' * TIME}{bars} {line}"

    def _texts(self, first: str, text: str, title: str, about: str, others: str) -> Iterator[str]:
        for index, line in enumerate(wrap(text, self._cells - TIME)):
            start = first if index == 0 else others
            yield start + (
                line.replace(title, self._paint(title, about), 1) if index == 0 else line
            )

    def _titled(self, line: str, title: str, step: Step) -> str:
        if not line.startswith(title):
            return line
        return self._paint(title, step.about) + line[len(title) :]

    def _arrow(self, step: Step) -> list[str]:
        """The row of a step: from lifeline to lifeline, double where it goes through a tunnel."""
        row = self._bars()
        source, target = self._centre(step.source), self._centre(step.reached)
        if source == target:
            row[source] = "●"
            row[source + 1] = "↩"
            return row
        for tunnel in step.tunnels:
            self._line(row, self._centre(tunnel.source), self._centre(tunnel.target), "═", "╪")
        self._line(row, source, target, "─", "┼")
        for party in self._lifelines:
            if party.name in step.via and party not in (step.source, step.reached):
                row[self._centre(party)] = "○"
        row[source] = "├" if source < target else "┤"
        row[target - 1 if source < target else target + 1] = "▶" if source < target else "◀"
        if step.ends_at is not None:
            row[target] = mark("failed").sign
        return row

    def _line(self, row: list[str], one: int, other: int, sign: str, crossing: str) -> None:
        for cell in range(min(one, other) + 1, max(one, other)):
            if row[cell] == " ":
                row[cell] = sign
            elif row[cell] in "│┊":
                row[cell] = crossing

    def _centre(self, party: Party) -> int:
        column = self._column
        return self._lifelines.index(party) * column + column // 2

    def _painted(self, drawn: str, about: str) -> str:
        """The arrow in its colour, the lifelines without."""
        if not self._colour:
            return drawn
        signs = "├┤─═┼╪▶◀●↩○✘"
        at = [index for index, char in enumerate(drawn) if char in signs]
        if not at:
            return drawn
        first, last = at[0], at[-1] + 1
        return drawn[:first] + self._paint(drawn[first:last], about) + drawn[last:]

    def _paint(self, text: str, about: str) -> str:
        code = SGR.get(about)
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._colour else text


def _cut(text: str, cells: int) -> str:
    """The text in so many cells; of what is longer the two ends, which tell addresses apart."""
    if width(text) <= cells:
        return text
    tail = max(1, (cells - 1) // 2)
    return text[: cells - 1 - tail] + "…" + text[-tail:]

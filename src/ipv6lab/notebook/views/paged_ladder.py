"""The ladder of a capture: who said what to whom, page by page, each step down to its packets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from ipaddress import IPv6Network
from typing import Any

from ipv6lab.course.speech import Speech
from ipv6lab.notebook.views.widget import View, identity
from ipv6lab.reports import ladder_page, page_evidence, translated_page
from ipv6lab.reports import say as numbers
from ipv6lab.reports.dissection import decode
from ipv6lab.reports.evidence import Frame
from ipv6lab.reports.ladder import Ladder, Step
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.ladder_svg import drawing
from ipv6lab.reports.ladder_whole import seen_whole
from ipv6lab.reports.pcap import Record
from ipv6lab.words.message import _

ON_A_PAGE = 40  # steps
MOST_FRAMES = 8  # of one step that are decoded
MOST_WORDS = 100  # steps told in the twin
MOST = 1_000_000  # steps of one capture


class LadderView:
    """A capture of Ethernet frames at a place (``pc1:eth0``), as `names` tells whose they are.

    `whole` is the node of which it saw everything, if it did; it went on for `quiet` seconds after
    its last frame. `known` are the prefixes of translators.
    """

    def __init__(
        self,
        records: Iterable[Record],
        names: Names,
        place: str,
        said: Speech,
        filter: str = "",
        whole: str = "",
        quiet: float = 0.0,
        known: Iterable[IPv6Network] = (),
    ) -> None:
        self._names, self._place, self._said, self._filter = names, place, said, filter
        self._identity = identity("ladder")
        self._records = list(records)
        ladder = Ladder(names, most=MOST, whole=whole, known=known)
        self._steps: list[Step] = []
        for record in self._records:
            self._steps += ladder.add(record.time, record.octets)
        self._steps += ladder.rest(quiet)
        self._pairs = ladder.pairs
        self._page = 0
        self.view = View(*self._drawn(), said.language, kind="ladder", on_ask=self._ask)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self._steps) // ON_A_PAGE))

    def turn(self, number: int) -> None:
        """Show another page, counted from 0; the nearest that there is."""
        self._page = min(max(0, number), self.pages - 1)
        self.view.show(*self._drawn())

    def _ask(self, asked: dict[str, Any]) -> None:
        self.turn(int(asked["page"]))

    # How it looks

    def _drawn(self) -> tuple[str, str]:
        tr = self._said
        title = tr(_("Who said what to whom on {place}", place=self._place))
        head = f'<div class="bar" data-key="bar"><h2>{escape(title)}</h2></div>'
        if not self._steps:
            none = tr(_("No packet was seen."))
            return f"{head}<p>{escape(none)}</p>", f"{title}\n{none}"
        first = self._page * ON_A_PAGE
        shown = self._steps[first : first + ON_A_PAGE]
        html = "".join(
            (
                head,
                ladder_page.facts(self._steps, self._filter, len(self._records), tr, tr.language),
                ladder_page.key(shown, tr),
                self._pager() if self.pages > 1 else "",
                self._figure(shown),
                self._list(shown, first),
                self._translated(),
            )
        )
        return html, self._words(title)

    def _figure(self, shown: Sequence[Step]) -> str:
        tr = self._said
        title = self._range()
        picture = drawing(
            shown,
            self._identity,
            title,
            self._names,
            tr,
            tr.language,
            self._steps[0].time,
            self._goal,
        )
        return (
            f'<figure class="waits" data-key="figure-{self._page}"><div class="scroll" '
            f'tabindex="0" role="region" aria-label="{escape(title)}">{picture}</div></figure>'
        )

    def _goal(self, index: int) -> str:
        return f"{self._identity}-step-{self._page * ON_A_PAGE + index}"

    def _range(self) -> str:
        first = self._page * ON_A_PAGE + 1
        return self._said(
            _(
                "Steps {first} to {last} of {count}",
                first=first,
                last=min(first + ON_A_PAGE - 1, len(self._steps)),
                count=len(self._steps),
            )
        )

    def _pager(self) -> str:
        """Buttons to turn pages; without a kernel only what is shown."""
        last = self.pages - 1
        turns = (
            (_("First"), 0),
            (_("Back"), self._page - 1),
            (_("On"), self._page + 1),
            (_("Last"), last),
        )
        buttons = "".join(
            f'<button type="button" class="only-live" data-key="turn-{index}" '
            f'data-ask="{escape(json.dumps({"page": page}))}"'
            f"{' disabled' if not 0 <= page <= last or page == self._page else ''}>"
            f"{escape(self._said(text))}</button>"
            for index, (text, page) in enumerate(turns)
        )
        name = escape(self._said(_("Pages of the ladder")))
        return (
            f'<nav class="pages" data-key="pages" aria-label="{name}">{buttons}'
            f'<span role="status">{escape(self._range())}</span></nav>'
        )

    def _list(self, shown: Sequence[Step], first: int) -> str:
        items = "".join(self._step(step, first + index) for index, step in enumerate(shown))
        title = escape(self._said(_("Every step in words, with its packets decoded")))
        return (
            f'<details class="words" data-key="words-{self._page}"><summary>{title}</summary>'
            f'<ol class="steps" start="{first + 1}">{items}</ol></details>'
        )

    def _translated(self) -> str:
        """Both forms of what was translated, side by side."""
        tr = self._said
        shown = translated_page.section(self._pairs, self._identity, tr, tr.language)
        if not shown:
            return ""
        return (
            f'<details class="words" data-key="translated" open>'
            f"<summary>{escape(translated_page.heading(tr))}</summary>{shown}</details>"
        )

    def _step(self, step: Step, number: int) -> str:
        tr, lang = self._said, self._said.language
        start = self._steps[0].time
        packets = "".join(
            page_evidence.packet_item(decode(self._frame(index)), start, tr, lang)
            for index in step.frames[:MOST_FRAMES]
        )
        more = len(step.frames) - MOST_FRAMES
        if more > 0:
            packets += f"<li>{escape(tr(_('{count} packets more', count=more)))}</li>"
        return (
            f'<li><details class="step" id="{self._identity}-step-{number}"><summary>'
            f'<span class="time">{escape(numbers.number(step.time - start, lang, 3))}</span>'
            f"{escape(self._said_by(step))}</summary>"
            f'<ol class="packets">{packets}</ol></details></li>'
        )

    def _frame(self, index: int) -> Frame:
        record = self._records[index]
        return Frame(record.time, "", record.octets)

    def _said_by(self, step: Step) -> str:
        tr = self._said
        return f"{ladder_page.route(step, tr)}: {ladder_page.sentence(step, tr)}"

    def _words(self, title: str) -> str:
        tr, lang = self._said, self._said.language
        start = self._steps[0].time
        text = [title]
        text += [
            f"{numbers.number(step.time - start, lang, 3):>9}  {self._said_by(step)}"
            for step in self._steps[:MOST_WORDS]
        ]
        if len(self._steps) > MOST_WORDS:
            text.append(tr(_("{count} steps more", count=len(self._steps) - MOST_WORDS)))
        translated = translated_page.text(self._pairs, tr, lang)
        if translated:
            text += ["", translated_page.heading(tr), *translated]
        return "\n".join(text)


def of_session(
    records: Iterable[Record],
    place: str,
    network: Mapping[str, Any],
    addresses: Mapping[str, Any],
    said: Speech,
    filter: str = "",
    quiet: float = 0.0,
    lost: int = 0,
    known: Iterable[IPv6Network] = (),
) -> LadderView:
    """The ladder of what was captured in a lab: its `network` and `addresses`, as it tells them.

    It went on for `quiet` seconds after its last frame, and so many frames were `lost`. `known` are
    the prefixes of translators.
    """
    names = Names(network, addresses)
    names.begin_at(place.partition(":")[0])
    whole = "" if lost else seen_whole(place, network, addresses, filter)
    return LadderView(records, names, place, said, filter, whole, quiet, known)

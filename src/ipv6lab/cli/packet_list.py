"""``capture``: packets of the running lab as a list, a file, or a stream for another program."""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.cli.inside import write
from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, put
from ipv6lab.linux.signals import signals
from ipv6lab.reports.cells import wrap
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.reports.ladder import Ladder, Step
    from ipv6lab.reports.ladder_terminal import TerminalLadder
    from ipv6lab.reports.pcap import Reader, Record
    from ipv6lab.sandbox import Channel, Lab

STDOUT = "-"
PAUSE, FAILED = "pause", "failed"
PAUSE_SECONDS = 0.2
AHEAD = 64  # parts of the stream that wait for a slow terminal
WIDTH = 100  # cells of what is no terminal
MOST_KEPT = 1000  # steps of a page
MOST_SHOWN = 1_000_000  # steps that run over a terminal
Take = Callable[[bytes], None]


def add(commands: Commands) -> None:
    tr = commands.speech
    capture = commands.add("capture", _("packets of a node or link, as they pass"), run_capture)
    capture.epilog = tr(
        _(
            "ipv6lab capture pc1 icmp6                        a line for each packet\n"
            "ipv6lab capture staff --ladder                   who says what to whom\n"
            "ipv6lab capture gw --translated                  IPv4 and the IPv6 it became\n"
            "ipv6lab capture staff -w - | wireshark -k -i -   Wireshark, as it happens"
        )
    )
    capture.add_argument(
        "node",
        metavar=tr(_("NODE[:INTERFACE]")),
        help=tr(_("a node, one of its interfaces, or a link, such as pc1, pc1:eth0 or staff")),
    )
    capture.add_argument(
        "filter",
        metavar=tr(_("FILTER")),
        nargs="*",
        help=tr(_("which packets, as tcpdump has it, such as icmp6 or 'tcp port 80'")),
    )
    capture.add_argument(
        "-w",
        dest="file",
        metavar=tr(_("FILE")),
        help=tr(_("write a capture file (pcap) instead; - is standard output")),
    )
    capture.add_argument("--ladder", action="store_true", help=tr(_("draw who says what to whom")))
    capture.add_argument(
        "--translated",
        action="store_true",
        help=tr(_("show both forms of what a translator takes, field by field")),
    )
    capture.add_argument(
        "--html",
        metavar=tr(_("FILE")),
        help=tr(_("write that drawing as a page, at the end")),
    )
    capture.add_argument(
        "--seconds", type=float, metavar="N", help=tr(_("end after so many seconds"))
    )
    capture.add_argument("--count", type=int, metavar="N", help=tr(_("end after so many packets")))
    commands.add_seat(capture)


def run_capture(options: argparse.Namespace, speech: Speech) -> int:
    _check(options)
    with _joined(options.seat) as lab, contextlib.ExitStack() as stack:
        name, _sign, interface = options.node.partition(":")
        network = lab.request("describe")["network"]
        check_place(name, network)
        view = _view(options, name, network, lab, speech)
        takers: list[Take] = [view.take] if view else []
        if options.file == STDOUT:
            takers.append(lambda data: write(1, data))
        elif options.file is not None:
            takers.append(stack.enter_context(_written(options.file)))
        if options.html:
            stack.enter_context(_written(options.html))  # fails now rather than at the end
        channel = lab.open(
            "capture",
            node=name,
            interface=interface or None,
            filter=" ".join(options.filter),
            count=options.count,
            seconds=options.seconds,
        )
        with signals((signal.SIGINT, signal.SIGTERM), channel.signal):
            answer = _drain(channel, options.node, takers, view, speech)
        if isinstance(view, LadderView):
            view.finish(options)
        _tell_end(answer, options.file, speech)
    return 0


def _view(
    options: argparse.Namespace, name: str, network: dict[str, Any], lab: Lab, speech: Speech
) -> Listing | LadderView | None:
    """What is shown besides a file that is written."""
    if options.ladder or options.html or options.translated:
        return LadderView(lab, name, network, speech, options)
    return Listing() if options.file is None else None


def _check(options: argparse.Namespace) -> None:
    options.filter += options.rest or []
    for name in ("count", "seconds"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise LabError(_("{option} takes a number above 0.", option=f"--{name}"))
    for name in ("ladder", "translated"):
        if options.file == STDOUT and getattr(options, name):
            raise LabError(
                _(
                    "{what} and {value} exclude each other; give one of them.",
                    what="-w -",
                    value=f"--{name}",
                )
            )
    if options.file == STDOUT and os.isatty(1):
        raise LabError(
            _(
                "A capture file is nothing for a terminal; give it to a program, as in "
                "ipv6lab capture {place} -w - | wireshark -k -i -",
                place=options.node,
            )
        )


def _joined(option: str | None) -> Lab:
    from ipv6lab import sandbox
    from ipv6lab.course.running import chosen_seat

    return sandbox.join(chosen_seat(option))


def check_place(name: str, network: dict[str, Any]) -> None:
    """Raise LabError, with names near to it, when it is neither node nor link."""
    from ipv6lab.course.near import near

    known = [*network["nodes"], *network["links"]]
    if name in known:
        return
    meant = near(name, known)
    if meant:
        raise LabError(
            _(
                "There is no node or link {name}; did you mean {meant}?",
                name=name,
                meant=", ".join(meant),
            )
        )
    raise LabError(
        _(
            "There is no node or link {name} here; the nodes are {nodes}, the links {links}.",
            name=name,
            nodes=", ".join(network["nodes"]),
            links=", ".join(network["links"]),
        )
    )


def _drain(
    channel: Channel,
    place: str,
    takers: list[Take],
    view: Listing | LadderView | None,
    speech: Speech,
) -> dict[str, Any]:
    """Give on what comes until the capture ends; its answer."""
    begun = False
    sys.stdout.flush()
    try:
        for kind, data in _with_pauses(channel):
            if kind == "O":
                if not begun:
                    begun = True
                    speech.note(_("Listening on {place}; Ctrl-C ends it.", place=place))
                for take in takers:
                    take(data)
            elif kind == "X":
                return dict(data)
            elif kind == PAUSE and view is not None:
                view.pause()
    except BrokenPipeError:
        channel.cancel()
        raise
    raise LabError(_("The lab has ended."))


def _with_pauses(channel: Channel) -> Iterator[tuple[str, Any]]:
    """What a channel gives, and `PAUSE` when nothing has come for a while."""
    arrived: queue.Queue[tuple[str, Any]] = queue.Queue(AHEAD)

    def read() -> None:
        try:
            for one in channel:
                arrived.put(one)
        except Exception as error:  # is raised where it is waited for
            arrived.put((FAILED, error))

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            kind, data = arrived.get(timeout=PAUSE_SECONDS)
        except queue.Empty:
            yield PAUSE, None
            continue
        if kind == FAILED:
            raise data
        yield kind, data
        if kind == "X":
            return


@contextlib.contextmanager
def _written(path: str) -> Iterator[Take]:
    """A file that takes what comes, at once."""
    try:
        file = open(path, "wb", buffering=0)  # noqa: SIM115  (closed below)
    except OSError as error:
        raise _unwritable(path, error) from None

    def take(data: bytes) -> None:
        try:
            write(file.fileno(), data)
        except OSError as error:
            raise _unwritable(path, error) from None

    with file:
        yield take


def _unwritable(path: str, error: OSError) -> LabError:
    return LabError(
        _(
            "{file} cannot be written: {reason}.",
            file=path,
            reason=(error.strerror or str(error)).lower(),
        )
    )


def _tell_end(answer: dict[str, Any], file: str | None, speech: Speech) -> None:
    if file not in (None, STDOUT):
        speech.note(
            _("Packets written to {file}: {count}.", file=str(Path(file)), count=answer["frames"])
        )
    else:
        speech.note(_("Packets: {count}.", count=answer["frames"]))
    if answer["lost"]:
        speech.note(
            _(
                "Packets that came too fast and are not there: {count}; a filter helps.",
                count=answer["lost"],
            )
        )


class Listing:
    """A line for each packet, as tcpdump prints them."""

    def __init__(self) -> None:
        from ipv6lab.reports.pcap import Reader

        self._reader: Reader = Reader()

    def take(self, data: bytes) -> None:
        for record in self._reader.feed(data):
            put(line(record, self._reader.link))
            sys.stdout.flush()

    def pause(self) -> None:
        """Nothing waits here."""


def line(record: Record, link: int | None) -> str:
    """A packet in one line: when, from whom, to whom, what."""
    from ipv6lab.reports.dissection import decode
    from ipv6lab.reports.evidence import Frame
    from ipv6lab.reports.pcap import as_ethernet

    packet = decode(Frame(record.time, "", as_ethernet(record.octets, link)))
    clock = time.strftime("%H:%M:%S", time.localtime(record.time))
    return f"{clock}.{int(record.time % 1 * 1e6):06d} {packet.summary}"


class LadderView:
    """The ladder, or both forms of what is translated: shown as it grows, kept for a page."""

    def __init__(
        self,
        lab: Lab,
        place: str,
        network: dict[str, Any],
        speech: Speech,
        options: argparse.Namespace,
    ) -> None:
        from ipv6lab.course import content, plan
        from ipv6lab.course.running import chosen_seat
        from ipv6lab.reports.ladder import Ladder
        from ipv6lab.reports.ladder_names import Names
        from ipv6lab.reports.ladder_terminal import TerminalLadder
        from ipv6lab.reports.ladder_whole import seen_whole
        from ipv6lab.reports.pcap import Reader
        from ipv6lab.reports.terminal_tables import Terminal

        def ask() -> dict[str, Any]:
            return dict(lab.request("addresses")["nodes"])

        addresses = ask()
        names = Names(network, addresses, ask)
        names.begin_at(place)
        whole = seen_whole(options.node, network, addresses, " ".join(options.filter))
        terminal = Terminal()
        self._reader: Reader = Reader()
        most = MOST_SHOWN if options.ladder else MOST_KEPT
        planned = plan.addressing_plan(content.find(), chosen_seat(options.seat))
        self._ladder: Ladder = Ladder(names, most, whole, plan.translators(planned))
        self._cells = terminal.width or WIDTH
        self._translated: int | None = 0 if options.translated else None  # pairs that are shown
        self._live = options.translated and not options.ladder
        self._steps: list[Step] = []
        self._speech = speech
        self._drawn: TerminalLadder | None = None
        if options.ladder:
            self._drawn = TerminalLadder(
                names, self._cells, speech, speech.language, terminal.colour
            )

    def take(self, data: bytes) -> None:
        from ipv6lab.reports.pcap import as_ethernet

        for record in self._reader.feed(data):
            self._show(self._ladder.add(record.time, as_ethernet(record.octets, self._reader.link)))
        if self._live:
            self._show_translated()

    def pause(self) -> None:
        """Show what is complete because nothing has come since."""
        self._show(self._ladder.due(time.time()))

    def finish(self, options: argparse.Namespace) -> None:
        """Show the rest; write the page."""
        self._show(self._ladder.rest())
        missed = self._ladder.missed
        if self._translated is not None:
            self._finish_translated()
        if options.html:
            from ipv6lab.reports import ladder_page

            text = ladder_page.html(
                self._steps[:MOST_KEPT],
                self._ladder.names,
                options.node,
                " ".join(options.filter),
                self._ladder.frames,
                self._speech,
                self._speech.language,
                self._ladder.pairs,
            )
            try:
                Path(options.html).write_text(text, encoding="utf-8")
            except OSError as error:
                raise _unwritable(options.html, error) from None
            self._speech.note(_("The page is {file}.", file=options.html))
        if missed:
            self._speech.note(
                _("Packets that are not drawn, there are too many: {count}.", count=missed)
            )

    def _show_translated(self) -> None:
        """The pairs that are new, field by field."""
        from ipv6lab.reports import translated_words

        tr = self._speech
        found = self._ladder.pairs.pairs
        first = self._translated or 0
        for number, pair in enumerate(found[first:], first + 1):
            put()
            for line in wrap(translated_words.title(number, pair, tr, tr.language), self._cells):
                put(line)
            put(translated_words.table(pair, tr, self._cells))
        self._translated = len(found)
        sys.stdout.flush()

    def _finish_translated(self) -> None:
        from ipv6lab.reports import translated_words

        self._show_translated()
        tr, pairs = self._speech, self._ladder.pairs
        lines = [translated_words.key(pairs.pairs, tr), ""] if pairs.pairs else []
        lines += translated_words.all_alone(pairs, tr)
        if not lines:
            lines.append(tr(_("Nothing that was seen here was translated.")))
        put()
        for line in lines:
            for part in wrap(line, self._cells):
                put(part)

    def _show(self, steps: list[Step]) -> None:
        self._steps += steps[: max(0, MOST_KEPT - len(self._steps))]
        if self._drawn is not None:
            for text in self._drawn.lines(steps):
                put(text)
            sys.stdout.flush()

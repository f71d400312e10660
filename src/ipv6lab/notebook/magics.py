"""What is typed in cells. Each magic is a few words around a call of `ipv6lab.notebook.in_cells`.

=============================== ==================================================================
``%lab start [EXERCISE]``       build the network, or go on with the one that runs; also ``reset``,
                                ``reboot NODE``, ``stop``, ``status``
``%task``                       what to do
``%topology``                   the network as a living picture
``%%host NODE``                 the cell is typed on a node; ``%host NODE COMMAND`` on one line
``%%file NODE:/path``           the cell is written into a file on a node
``%capture PLACE [FILTER]``     packets, in the background until ``%capture stop``
``%flows NODE``                 a switch's flow tables, as they change
``%terminal NODE``              a terminal on a node, in a tab
``%explain ADDRESS``            what it is, whose, and how it came about; also a prefix, a node, or
                                the way from a node to an address; ``ra LINK``: what is
                                advertised there
``%check``                      am I right?
``%hint CHECK``                 a hint, for a part of the check's points
``%dispute CHECK "WHY"``         tell the trainer of the room that a verdict is wrong
``%answer [QUESTION [ANSWER]]`` the exercise's questions
``%%predict``                   what one expects, before one looks
``%save FOLDER``                one's work as a folder, to hand it in
``%demo ipv6-only``             an office that gives IPv4 up; ``%demo next`` is its next step
=============================== ==================================================================

A name of the seat's addressing plan may stand in a cell: ``ping {{ app.address }}``.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab import sandbox
from ipv6lab.course.plan import translators
from ipv6lab.notebook import showing, start_page, validation, words
from ipv6lab.notebook import typed as typed_on
from ipv6lab.notebook.in_cells import Lab
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _
from ipv6lab.words.verdicts import MAX_SCORE

if TYPE_CHECKING:
    from ipv6lab.notebook.demonstration import Demonstration

LAB = "%lab start [EXERCISE] [--seat N] [--kernel host|lab|auto] [--force] [--resume]"
LINE = (
    *("lab", "task", "topology", "host", "capture", "flows", "terminal", "explain"),
    *("check", "hint", "answer", "save", "dispute", "demo"),
)
LAB_VERBS = ("start", "reset", "reboot", "stop", "status")
CAPTURE = "%capture NODE[:INTERFACE] [FILTER] [--seconds N] [--count N], and then %capture stop"
DEMO = "%demo ipv6-only, then %demo next; %demo stop"
EXPLAIN = "%explain ADDRESS|PREFIX|NODE[:INTERFACE]|TERM, %explain NODE ADDRESS, %explain ra LINK"
BLANK = "…"  # what a notebook puts where a trainee is to write


class Magics:
    """The magics of one kernel."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._demonstration: Demonstration | None = None

    @property
    def line(self) -> dict[str, object]:
        """The functions behind ``%name``."""
        return {name: getattr(self, name) for name in LINE}

    @property
    def cell(self) -> dict[str, object]:
        """The functions behind ``%%name``."""
        return {"host": self.host_cell, "file": self.file, "predict": self.predict}

    # -- the lab

    def lab(self, line: str) -> None:
        """Start, reset or stop the lab: %lab start [EXERCISE] [--seat N] [--force] [--resume]"""
        typed = words.read("%lab", line, LAB, 0, 2, ("force", "resume"), ("seat", "kernel"))
        verb, *rest = typed.arguments or ["status"]
        if verb not in LAB_VERBS or len(rest) > (verb in ("start", "reset", "reboot")):
            raise LabError(
                _(
                    "%lab {verb} is nothing that there is; there are %lab {verbs}.",
                    verb=" ".join([verb, *rest]),
                    verbs=", ".join(LAB_VERBS),
                )
            )
        if verb == "start":
            self._start(rest[0] if rest else None, typed)
        elif verb == "stop":
            self._stop()
        elif verb == "status":
            self._status()
        elif verb == "reset":
            self._lab.reset(*rest)
            self._say(_("{what} is as it was at the start.", what=[*rest, self._lab.exercise][0]))
        elif rest:
            self._lab.reboot(rest[0])
            self._say(_("{node} has been rebooted.", node=rest[0]))
        else:
            raise LabError(_("Say which node: %lab reboot pc1."))

    def _start(self, exercise: str | None, typed: words.Words) -> None:
        lab = self._lab
        resume = "resume" in typed.flags
        new = lab.start(
            exercise,
            typed.options.get("seat"),
            kernel=typed.options.get("kernel"),
            force="force" in typed.flags,
            resume=resume,
        )
        session = lab.session
        name, seat = session.exercise.id, session.seat
        if not new:
            self._say(
                _(
                    "{exercise} runs already and goes on as it is; %lab reset begins anew.",
                    exercise=name,
                )
            )
        elif seat:
            self._say(
                _(
                    "{exercise} runs on seat {seat}: {title}.",
                    exercise=name,
                    seat=seat,
                    title=session.title,
                )
            )
        else:
            self._say(_("{exercise} runs: {title}.", exercise=name, title=session.title))
        if new and lab.kernel == sandbox.LAB:
            self._say(_("It runs on the lab kernel."))
        if new and not resume and lab.earlier:
            self._say(
                _(
                    "Commands that you typed earlier: {count}; "
                    "%lab start {exercise} --force --resume does them again.",
                    count=lab.earlier,
                    exercise=name,
                )
            )
        self._say(_("Your nodes: {nodes}.", nodes=", ".join(session.own_nodes)))

    def _stop(self) -> None:
        seat = self._lab.seat
        if self._lab.stop():
            self._say(_("The lab on seat {seat} has ended.", seat=seat))
        else:
            self._say(_("No lab is running."))

    def _status(self) -> None:
        running = self._lab.status()
        for one in running:
            if "exercise" in one:
                self._say(
                    _(
                        "Seat {seat}: {exercise} ({nodes})",
                        seat=one["seat"],
                        exercise=one["exercise"],
                        nodes=", ".join(one["nodes"]),
                    )
                )
            else:
                self._say(_("Seat {seat}: a lab is starting", seat=one["seat"]))
        if not running:
            self._say(_("No lab is running."))

    # -- the task

    def task(self, line: str) -> None:
        """What to do in this exercise: %task"""
        words.read("%task", line, "%task", most=0)
        showing.show_markdown(self._lab.task())

    def topology(self, line: str) -> None:
        """The network as it is now, and as it changes: %topology"""
        from ipv6lab.notebook.views.network import NetworkView

        words.read("%topology", line, "%topology", most=0)
        showing.show(NetworkView(self._lab.session).view)

    def answer(self, line: str) -> None:
        """Answer a question, several texts where several are asked for: %answer QUESTION ANSWER"""
        usage = "%answer [QUESTION [ANSWER …]]"
        typed = words.read("%answer", line, usage).arguments
        said = self._lab.session.said
        found = self._lab.answer(typed[0] if typed else None, *typed[1:])
        for name, one in found.items():
            answer = one["answer"]
            texts = [answer] if isinstance(answer, str) else answer
            given = ", ".join(f"`{text}`" for text in texts) if texts else said(_("no answer yet"))
            showing.show_markdown(f"**{name}** · {one['question']}\n\n> {given}")
        if not found:
            self._say(_("{exercise} asks no questions.", exercise=self._lab.exercise))

    def hint(self, line: str) -> None:
        """The next hint for a check, for a part of its points: %hint M1"""
        typed = words.read("%hint", line, "%hint M1", 1, 1)
        hint = self._lab.hint(typed.arguments[0])
        said = self._lab.session.said
        showing.show_markdown(f"{hint.text}\n\n*{said(hint.price)}*")

    def predict(self, line: str, cell: str) -> None:
        """What one expects to see, written down before one looks: %%predict"""
        said = self._lab.said
        if cell.strip() in ("", BLANK, "..."):
            showing.show_markdown(said(_("Write down what you expect, then run this cell.")))
        else:
            showing.show_markdown(said(_("You said what you expect. Now look.")))

    # -- on the nodes

    def host(self, line: str) -> None:
        """Type one line on a node: %host pc1 ip -6 route"""
        node, _space, command = line.strip().partition(" ")
        if not command.strip():
            raise LabError(
                _("{magic} is used like this: {usage}", magic="%host", usage="%host NODE COMMAND")
            )
        self._run(node, command.strip())

    def host_cell(self, line: str, cell: str) -> None:
        """Type the cell on a node, in a shell of its own: %%host pc1"""
        typed = words.read("%%host", line, "%%host NODE", 1, 1)
        self._run(typed.arguments[0], cell)

    def _run(self, node: str, command: str) -> None:
        lab = self._lab
        host = lab.host(node)
        script = words.looked_up(command.strip("\n"), lab.session.place.plan)
        if wanted := typed_on.wants_terminal(script):
            raise LabError(_no_terminal(wanted, node))
        host.show(script)
        if typed_on.ends_with_its_cell(script):
            self._say(
                _(
                    "Each cell is a shell of its own: what was set in it (cd, export) and what "
                    "runs in the background (&) ended with it. %terminal {node} stays.",
                    node=node,
                )
            )

    def file(self, line: str, cell: str) -> None:
        """Write the cell into a file on a node, and have it checked: %%file NODE:/etc/radvd.conf"""
        usage = "%%file NODE:/etc/radvd.conf"
        typed = words.read("%%file", line, usage, 1, 1)
        node, colon, path = typed.arguments[0].partition(":")
        if not colon or not path:
            raise LabError(_("{magic} is used like this: {usage}", magic="%%file", usage=usage))
        text = words.looked_up(cell, self._lab.session.place.plan)
        complaints = self._lab.host(node).write(path, text)
        self._say(_("{file} is written on {node}.", file=path, node=node))
        if complaints:
            showing.show(validation.show(path, text, complaints, self._lab.session.said))

    def capture(self, line: str) -> None:
        """Capture packets until %capture stop: %capture pc1:eth0 [FILTER]"""
        typed = words.read("%capture", line, CAPTURE, 1, None, (), ("seconds", "count"))
        where, *wanted = typed.arguments
        if where == "stop" and not wanted:
            self._stop_capture()
            return
        lab = self._lab
        if lab.capturing is not None and not lab.capturing.ended.is_set():
            raise LabError(
                _(
                    "Packets are being captured at {place} already; %capture stop ends that.",
                    place=lab.capturing.place,
                )
            )
        seconds, count = typed.number("seconds", float), typed.number("count", int)
        lab.capturing = lab.capture(where, " ".join(wanted), seconds=seconds, count=count)
        if seconds is None and count is None:
            self._say(_("Listening on {place}; %capture stop ends it.", place=where))
        else:
            with contextlib.suppress(KeyboardInterrupt):  # what there is until then is shown
                lab.capturing.wait()
            self._stop_capture()

    def _stop_capture(self) -> None:
        from ipv6lab.notebook.views import paged_ladder

        lab = self._lab
        capture = lab.capturing
        if capture is None:
            raise LabError(_("Nothing is being captured; %capture pc1:eth0 begins."))
        lab.capturing = None
        records = capture.stop()
        session = capture.session
        view = paged_ladder.of_session(
            records,
            capture.place,
            session.network(),
            session.addresses(),
            session.said,
            capture.wanted,
            capture.quiet,
            capture.lost,
            translators(session.place.plan),
        )
        showing.show(view.view)
        if capture.lost:
            self._say(
                _(
                    "Packets that came too fast and are not there: {count}; a filter helps.",
                    count=capture.lost,
                )
            )

    def flows(self, line: str) -> None:
        """A switch's flow tables now, and as they change: %flows s1"""
        from ipv6lab.notebook.views.living_flows import FlowsView

        typed = words.read("%flows", line, "%flows NODE", 1, 1)
        host = self._lab.host(typed.arguments[0])
        host.enter()
        showing.show(FlowsView(self._lab.session, host.name).view)

    def terminal(self, line: str) -> None:
        """A terminal on a node, in a tab: %terminal hq-core"""
        from ipv6lab.notebook.views import terminal_button

        typed = words.read("%terminal", line, "%terminal NODE", 1, 1)
        self._lab.host(typed.arguments[0]).enter()
        showing.show(terminal_button.view(self._lab.session, typed.arguments[0]))

    def explain(self, line: str) -> None:
        """What an address, prefix, node, way or advertisement is: %explain [NODE] ADDRESS"""
        plan = self._lab.session.place.plan
        typed = words.read("%explain", words.looked_up(line, plan), EXPLAIN, 1)
        print("\n".join(self._lab.explain(*typed.arguments)))

    # -- am I right?

    def check(self, line: str) -> None:
        """Grade the running lab, or one's work done again in a fresh one: %check [--replay]"""
        from ipv6lab.notebook.views.checks import ChecksView

        typed = words.read("%check", line, "%check [--replay]", most=0, flags=["replay"])
        session = self._lab.session
        session.lab  # says now what is wrong with it, not under a table  # noqa: B018
        table = ChecksView(session)
        shown = showing.Shown(table.view)
        with session.listening(table.hear):
            if "replay" in typed.flags:
                self._lab.replay()
            else:
                result = self._lab.check()
                if result["verdict"] == "blocked":
                    self._say(
                        _("%check --replay does your work again elsewhere and judges the rest.")
                    )
        shown.update(table.view)  # what a page keeps that is opened without a kernel
        content = session.place.content
        start_page.write(content, self._lab.language)
        why = self._lab.solution_explained()
        if why is not None:
            title = self._lab.said(_("All points: why the reference solution is as it is"))
            showing.show_markdown(f"## {title}\n\n{why}")
        graded = self._lab.result
        if graded is not None and graded["score"] == MAX_SCORE:
            offered = start_page.next_one(content, self._lab.said)
            if offered:
                showing.show_markdown(offered)

    def save(self, line: str) -> None:
        """Write one's work as a new folder, to hand it in: %save FOLDER"""
        folder = words.read("%save", line, "%save FOLDER", 1, 1).arguments[0]
        count = self._lab.save(Path(folder).expanduser())
        self._say(
            _(
                "{folder} holds your work on {exercise}: {count} commands; "
                "ipv6lab grade {exercise} {folder} grades it.",
                folder=folder,
                exercise=self._lab.exercise,
                count=count,
            )
        )

    def dispute(self, line: str) -> None:
        """Tell the trainer that a check's verdict is wrong: %dispute M3 "why" """
        check, why = words.read("%dispute", line, '%dispute CHECK "WHY"', 2, 2).arguments
        found = self._lab.dispute(check, why)
        self._say(
            _(
                "{check} is disputed: your trainer is told, with your work and what the check saw.",
                check=found,
            )
        )

    def demo(self, line: str) -> None:
        """Show how an office gives IPv4 up, a step at a time: %demo ipv6-only, then %demo next"""
        from ipv6lab.notebook.demonstration import NAME, Demonstration

        verb = words.read("%demo", line, DEMO, 1, 1).arguments[0]
        if verb not in (NAME, "next", "stop"):
            raise LabError(_("{magic} is used like this: {usage}", magic="%demo", usage=DEMO))
        shown = self._demonstration
        if verb == NAME:
            if shown is not None:
                shown.end()
            shown = self._demonstration = Demonstration(self._lab.said)
        if shown is None or (verb == "next" and shown.over):
            raise LabError(_("No demonstration goes on; %demo ipv6-only begins it."))
        if verb == "stop":
            shown.end()
            return
        for part in shown.step():
            showing.show_markdown(part)
        if not shown.over:
            self._say(_("%demo next goes on."))

    def _say(self, message: Message) -> None:
        print(self._lab.said(message))


def _no_terminal(wanted: typed_on.Wanted, node: str) -> Message:
    if wanted.file is None:
        return _(
            "{program} wants a terminal, which a cell is not: %terminal {node} opens one.",
            program=wanted.program,
            node=node,
        )
    return _(
        "{program} wants a terminal, which a cell is not: %terminal {node} opens one, and "
        "%%file {node}:{file} writes a file from a cell.",
        program=wanted.program,
        node=node,
        file=wanted.file,
    )

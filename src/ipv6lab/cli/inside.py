"""``exec`` and ``shell``: programs on a node, with their input, output, signals and terminal."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ipv6lab.linux.signals import signals
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

if TYPE_CHECKING:
    import argparse

    from ipv6lab.cli.parser import Commands
    from ipv6lab.cli.saying import Speech
    from ipv6lab.sandbox import Channel, Lab

SHELL = ("/bin/bash",)
FORWARDED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
PASSED_ON = ("TERM", "COLORTERM", "NO_COLOR")  # what a program must know of this terminal
BYTES = 32 * 1024


def add(commands: Commands) -> None:
    tr = commands.speech
    execute = commands.add("exec", _("run a program on a node: exec NODE -- COMMAND…"), run_program)
    _add_node(execute, tr)
    execute.add_argument("command_line", metavar=tr(_("COMMAND")), nargs="*")
    commands.add_seat(execute)

    shell = commands.add("shell", _("a shell on a node"), run_shell)
    _add_node(shell, tr)
    commands.add_seat(shell)


def _add_node(parser: argparse.ArgumentParser, tr: Speech) -> None:
    parser.add_argument(
        "entered",
        metavar=tr(_("NODE")),
        help=tr(_("a node's name, such as pc1; show lists them")),
    )
    parser.add_argument(
        "--any-node",
        action="store_true",
        help=tr(_("for trainers: also a node that is not the trainee's; it is not recorded")),
    )


def run_program(options: argparse.Namespace, speech: Speech) -> int:
    argv = options.command_line + (options.rest or [])
    if not argv:
        raise LabError(
            _("Say what to run on {node}: ipv6lab exec {node} -- COMMAND…", node=options.entered)
        )
    return _execute(options.seat, options.entered, argv, options.any_node)


def is_plain(words: Sequence[str]) -> bool:
    """Whether a command line is ``exec NODE -- COMMAND…``, which can be read without a parser."""
    return len(words) > 3 and words[0] == "exec" and words[2] == "--" and words[1][:1] != "-"


def run_plain(words: Sequence[str]) -> int:
    """Run a command line that `is_plain`, without the time that a parser takes to be imported."""
    return _execute(None, words[1], list(words[3:]), any_node=False)


def _execute(seat: str | None, node: str, argv: list[str], any_node: bool) -> int:
    if not argv[0]:
        raise LabError(_("An empty word is no program: ipv6lab exec {node} -- COMMAND…", node=node))
    lab, _running = entered(seat, node, any_node)
    with lab:
        return on_pipes(lab, "exec", node=node, argv=argv, record=True)


def run_shell(options: argparse.Namespace, speech: Speech) -> int:
    node = options.entered
    lab, running = entered(options.seat, node, options.any_node)
    with lab:
        if not (os.isatty(0) and os.isatty(1)):
            return on_pipes(lab, "exec", node=node, argv=list(SHELL), record=True)
        if node not in running.get("own", running["nodes"]):
            speech.note(_("{node} is not yours: what you change there does not count.", node=node))
        speech.note(_("A shell on {node}; leave it with exit or Ctrl-D.", node=node))
        return on_terminal(lab, "exec", node=node, argv=list(SHELL), record=True)


def entered(seat: str | None, node: str, any_node: bool) -> tuple[Lab, dict[str, Any]]:
    """The running lab in which somebody logs in on a node, and what is known of it.

    Raises LabError where there is no such node, or where a trainee cannot log in.
    """
    from ipv6lab.course.running import check_login

    lab, running = _joined(seat, node)
    try:
        if not any_node:
            check_login(node, running)
    except LabError:
        lab.close()
        raise
    return lab, running


def joined_at(option: str | None, node: str) -> Lab:
    """The running lab that a command is about. Raises LabError when it has no such node."""
    return _joined(option, node)[0]


def _joined(option: str | None, node: str) -> tuple[Lab, dict[str, Any]]:
    from ipv6lab import sandbox
    from ipv6lab.course.running import check_node, chosen_seat, kept

    seat = chosen_seat(option)
    lab = sandbox.join(seat)
    try:
        running = kept(seat)
        check_node(node, str(running["exercise"]), running["nodes"])
    except LabError:
        lab.close()
        raise
    return lab, running


def on_pipes(lab: Lab, operation: str, **arguments: Any) -> int:
    """Run a program by an operation such as ``exec``, on this process' own input and output.

    Returns its exit status.
    """
    channel = lab.open(operation, **arguments, env=_environment(), cwd=None, pty=None)
    with signals(FORWARDED, channel.signal):
        _feed(channel)
        return _drain(channel)


def on_terminal(lab: Lab, operation: str, **arguments: Any) -> int:
    """The same on a terminal inside, which this process' terminal becomes."""
    import termios
    import tty

    def resize(_number: int) -> None:
        size = os.get_terminal_size(1)
        channel.resize(size.lines, size.columns)

    size = os.get_terminal_size(1)
    before = termios.tcgetattr(0)
    channel = lab.open(
        operation,
        **arguments,
        env=_environment(),
        cwd=None,
        pty={"rows": size.lines, "cols": size.columns},
    )
    try:
        tty.setraw(0, termios.TCSANOW)
        # SIGHUP and SIGTERM come from outside: the terminal itself sends nothing in raw mode.
        with (
            signals((signal.SIGWINCH,), resize),
            signals((signal.SIGHUP, signal.SIGTERM), channel.signal),
        ):
            _feed(channel)
            return _drain(channel)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def _feed(channel: Channel) -> None:
    """Send standard input from a thread: it may wait for ever, and ends with this process."""

    def feed() -> None:
        with contextlib.suppress(OSError):
            while data := os.read(0, BYTES):
                channel.send(data)
        channel.end_input()

    threading.Thread(target=feed, daemon=True).start()


def _drain(channel: Channel) -> int:
    """Write what the program writes until it ends; its exit status."""
    sys.stdout.flush()
    try:
        for kind, data in channel:
            if kind in "OS":
                write(1 if kind == "O" else 2, data)
            elif kind == "X":
                _tell_unrecorded(data)
                return int(data["status"])
    except BrokenPipeError:
        channel.cancel()
        raise
    raise LabError(_("The lab has ended."))


def _tell_unrecorded(data: dict[str, Any]) -> None:
    """Say it where the lab could not record what was done, which itself went well."""
    if "unrecorded" not in data:
        return
    from ipv6lab.cli.saying import Speech
    from ipv6lab.course.languages import choose_language
    from ipv6lab.words.message import Message

    speech = Speech(choose_language(None))
    speech.note(f"ipv6lab: {speech(Message.from_json(data['unrecorded']))}")


def write(fd: int, data: bytes) -> None:
    """Write everything, also to what somebody has made non-blocking. Raises OSError."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            select.select([], [fd], [])

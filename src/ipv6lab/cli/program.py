"""The program as a whole: language, exit status, and what is said when something goes wrong.

====== ==========================================================================
0      done, or all checks passed
1      some check failed
2      wrong input: one sentence says what, where, what to do
3      this machine cannot run it: which feature, and what would help
70     a defect of ipv6lab: one sentence says where its details were written
130    interrupted (Ctrl-C)
141    whoever read the output has gone (SIGPIPE)
====== ==========================================================================

``exec`` and ``shell`` end with the status of the program on the node.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli import inside
from ipv6lab.cli.saying import Speech, put
from ipv6lab.course.languages import choose_language
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.cli.parser import Commands

DEFECT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130
NOBODY_READS = 141


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit status. Lets no exception out."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A sign that the terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="replace")
    # Matplotlib would leave its cache of fonts where uninstall does not look.
    os.environ.setdefault("MPLCONFIGDIR", str(directories.cache() / "matplotlib"))
    speech = Speech("en")
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        speech = Speech(choose_language(_wanted_language(arguments)))
        status = _run(arguments, speech)
        sys.stdout.flush()
        return status
    except LabError as error:
        return _refuse(error, speech)
    except KeyboardInterrupt:
        put(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _silence_output()
        return NOBODY_READS
    except SystemExit as leaving:  # argparse's --help
        return int(leaving.code or 0)
    except OSError as error:
        refused = _no_room(error)
        return _refuse(refused, speech) if refused else _confess(error, speech, arguments)
    except Exception as error:
        return _confess(error, speech, arguments)


# The modules that add commands, each with the title under which the help shows them.
GROUPS = (
    ("course_texts", _("Exercises")),
    ("guidance", _("Exercises")),
    ("notebook", _("Exercises")),
    ("tests", _("Exercises")),
    ("minutes", _("Exercises")),
    ("seat_lab", _("The running lab")),
    ("inside", _("The running lab")),
    ("answer", _("The running lab")),
    ("packet_list", _("The running lab")),
    ("flow_listing", _("The running lab")),
    ("explain", _("The running lab")),
    ("forward", _("The running lab")),
    ("saving", _("The running lab")),
    ("marks", _("Grading")),
    ("exam", _("Grading")),
    ("disputing", _("Grading")),
    ("classes", _("A class")),
    ("teaching", _("A class")),
    ("share", _("Real networks")),
    ("remaining", _("Real networks")),
    ("audit", _("Real networks")),
    ("mininet", _("Mininet")),
    ("doctor", _("This machine")),
    ("machine", _("This machine")),
    ("kernels", _("This machine")),
    ("tour", _("This machine")),
    ("completion", _("This machine")),
)


def commands(speech: Speech) -> Commands:
    """Every command there is."""
    from ipv6lab.cli.parser import Commands

    every = Commands(speech)
    for module, title in GROUPS:
        _add(module, title, every)
    return every


def _group_of(name: str, speech: Speech) -> Commands:
    """The commands among which this one is, read no further than needed."""
    from ipv6lab.cli.parser import Commands

    known = Commands(speech)
    for module, title in GROUPS:
        _add(module, title, known)
        if name in known.parsers:
            break
    return known


def _add(module: str, title: Message, known: Commands) -> None:
    known.group(title)
    import_module(f"ipv6lab.cli.{module}").add(known)


def _run(arguments: list[str], speech: Speech) -> int:
    own = _without_language(arguments)
    if inside.is_plain(own):
        return inside.run_plain(own)
    from ipv6lab.cli.parser import parse

    first = own[0] if own else None
    if first == "--version":
        from ipv6lab import __version__

        put(f"ipv6lab {__version__}")
        return 0
    if first in (None, "--", "-h", "--help", "help"):
        put(commands(speech).overview())
        return 0
    options = parse(_group_of(str(first), speech), own)
    return int(options.run(options, speech))


def _wanted_language(arguments: Sequence[str]) -> str | None:
    """What ``--lang`` says, wherever it stands before ``--``."""
    for index, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None


def _without_language(arguments: Sequence[str]) -> list[str]:
    """The command line without ``--lang``, so that it may also stand before the command."""
    own = list(arguments)
    end = own.index("--") if "--" in own else len(own)
    kept: list[str] = []
    skip = False
    for word in own[:end]:
        if skip:
            skip = False
        elif word == "--lang":
            skip = True
        elif not word.startswith("--lang="):
            kept.append(word)
    if skip:  # `--lang` without a value: the parser says so
        kept.append("--lang")
    return kept + own[end:]


def _open_what_is_closed() -> None:
    """Or the next file or socket would be taken for standard input, output or error."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, number)
            if null != number:
                os.close(null)
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _no_room(error: OSError) -> LabError | None:
    """What cannot be written, as a sentence: a file, a place, or the output."""
    if error.filename is None:
        try:
            sys.stdout.flush()
        except OSError as output:  # it holds yet what could not be written
            _silence_output()
            if output.errno in directories.FULL:
                reason = output.strerror or str(output)
                return LabError(
                    _("What is said cannot be written ({reason}); make room.", reason=reason)
                )
    return directories.no_room(error)


def _refuse(error: LabError, speech: Speech) -> int:
    try:
        sys.stdout.flush()
    except OSError:
        _silence_output()
    put(f"ipv6lab: {speech(error.message)}", sys.stderr)
    return error.exit_status


def _confess(error: Exception, speech: Speech, arguments: Sequence[str]) -> int:
    """A defect: keep its details where they can be sent from, and say so in one sentence."""
    import traceback

    from ipv6lab import __version__

    details = f"ipv6lab {__version__}, Python {sys.version}\n{list(arguments)}\n\n"
    details += "".join(traceback.format_exception(error))
    where = _write_down(details)
    if where:
        said = _("This is a defect of ipv6lab; the details are in {path}.", path=str(where))
    else:
        said = _("This is a defect of ipv6lab: {reason}.", reason=repr(error))
    put(f"ipv6lab: {speech(said)}", sys.stderr)
    return DEFECT


def _write_down(details: str) -> Path | None:
    import tempfile

    for directory in (directories.cache(), Path(tempfile.gettempdir())):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            file, name = tempfile.mkstemp(".txt", "defect-", directory)
            with open(file, "w", encoding="utf-8") as written:
                written.write(details)
            return Path(name)
        except OSError:
            continue
    return None


def _silence_output() -> None:
    """Nobody reads any more: let nothing complain about it while the interpreter ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)

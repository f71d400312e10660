"""The command line's grammar, in both languages, with one sentence for each mistake."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ipv6lab.cli.saying import Speech, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

Run = Callable[[argparse.Namespace, Speech], int]

# argparse's own sentences, and ours that can be translated. The groups name the values.
_COMPLAINTS = (
    (
        r"the following arguments are required: (?P<what>.*)",
        _("{command} needs {what}; ipv6lab {command} --help shows how."),
    ),
    (
        r"unrecognized arguments: (?P<what>.*)",
        _("{command} does not know {what}; ipv6lab {command} --help shows what it knows."),
    ),
    (
        r"argument (?P<what>[^:]*): invalid choice: (?P<value>'[^']*').*"
        r"choose from (?P<known>.*)\)",
        _("{value} is nothing for {what}; choose one of {known}."),
    ),
    (
        r"argument (?P<what>[^:]*): invalid \w+ value: (?P<value>.*)",
        _("{value} is nothing for {what}; it takes a number."),
    ),
    (
        r"argument (?P<what>[^:]*): expected .*",
        _("{what} needs a value; ipv6lab {command} --help shows which."),
    ),
    (
        r"argument (?P<what>[^:]*): not allowed with argument (?P<value>.*)",
        _("{what} and {value} exclude each other; give one of them."),
    ),
)


def columns() -> int:
    """The terminal's width, as `shutil.get_terminal_size` finds it."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse's own way to it imports what packs archives."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns() - 2)


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that raises LabError instead of printing its usage and leaving."""

    verbatim = False

    def __init__(self, speech: Speech, **settings: Any) -> None:
        super().__init__(
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Help,
            **settings,
        )
        self.speech = speech
        self._positionals.title = speech(_("arguments"))
        self._optionals.title = speech(_("options"))
        self.add_argument(
            "-h", "--help", action="help", help=speech(_("show this help and do nothing else"))
        )
        self.add_argument(
            "--lang",
            metavar="en|vi",
            help=speech(_("language; the locale's is the default")),
        )

    def error(self, message: str) -> NoReturn:
        command = self.prog.partition(" ")[2] or self.prog
        for pattern, sentence in _COMPLAINTS:
            matched = re.fullmatch(pattern, message, re.DOTALL)
            if matched:
                values = {"command": command, **matched.groupdict()}
                raise LabError(Message(sentence.text, values))
        raise LabError(_("{command}: {reason}.", command=command, reason=message))

    def format_usage(self) -> str:
        return self._translated(super().format_usage())

    def format_help(self) -> str:
        return self._translated(super().format_help())

    def _print_message(self, message: str, file: Any = None) -> None:
        put(message, file, end="")

    def _translated(self, text: str) -> str:
        if text.startswith("usage:"):
            text = self.speech(_("usage:")) + text.removeprefix("usage:")
        return text


class Commands:
    """Where command groups add their commands."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.parsers: dict[str, Parser] = {}
        self.groups: dict[str, list[tuple[str, str]]] = {}
        self._group: list[tuple[str, str]] = []

    def group(self, title: Message) -> None:
        """The commands added from now on stand under this title in the help."""
        self._group = self.groups.setdefault(self.speech(title), [])

    def add(
        self, name: str, summary: Message, run: Run, json: bool = False, verbatim: bool = False
    ) -> Parser:
        """A command. With ``json`` it has the option ``--json``.

        With ``verbatim`` its words are another program's: it gets them as they are, in
        ``command_line``, and reads none but a first ``--help`` itself.
        """
        text = self.speech(summary)
        parser = Parser(self.speech, prog=f"ipv6lab {name}", description=text)
        parser.set_defaults(run=run, json=False)
        parser.verbatim = verbatim
        if json:
            parser.add_argument(
                "--json", action="store_true", help=self.speech(_("print JSON, for programs"))
            )
        self.parsers[name] = parser
        self._group.append((name, text))
        return parser

    def add_seat(self, parser: Parser) -> None:
        parser.add_argument(
            "--seat",
            metavar="N",
            help=self.speech(_("the seat; needed only where labs run on several")),
        )

    def add_kernel(self, parser: Parser) -> None:
        parser.add_argument(
            "--kernel",
            choices=("auto", "host", "lab"),
            help=self.speech(
                _("the machine's own kernel, the lab kernel, or the first that will do (auto)")
            ),
        )

    def add_exercise(self, parser: Parser, nargs: str | None = None) -> None:
        parser.add_argument(
            "exercise",
            metavar=self.speech(_("EXERCISE")),
            nargs=nargs,
            help=self.speech(_("an exercise's id, such as L04")),
        )

    def overview(self) -> str:
        """The page that ``ipv6lab --help`` prints."""
        tr = self.speech
        lines = [
            tr(_("usage:")) + " ipv6lab " + tr(_("COMMAND")) + " …",
            "",
            tr(_("IPv6 training labs: a real network on this machine, a guide and a grader.")),
        ]
        width = max(len(name) for name in self.parsers) + 2
        for title, commands in self.groups.items():
            lines += ["", f"{title}:"]
            lines += [f"  {name:<{width}}{summary}" for name, summary in commands]
        lines += [
            "",
            tr(_("ipv6lab COMMAND --help explains a command; --lang en|vi chooses the language.")),
        ]
        return "\n".join(lines)


def parse(commands: Commands, arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line; what follows ``--`` is kept in ``rest`` as it is.

    Raises LabError when it is none, naming commands near to a mistyped one.
    """
    own, rest = list(arguments), None
    if "--" in own:
        at = own.index("--")
        own, rest = own[:at], own[at + 1 :]
    name = own[0]
    parser = commands.parsers.get(name)
    if parser is None:
        from ipv6lab.course.near import near

        meant = near(name, commands.parsers)
        if meant:
            raise LabError(
                _(
                    "There is no command {name}; did you mean {meant}?",
                    name=name,
                    meant=", ".join(meant),
                )
            )
        raise LabError(
            _("There is no command {name}; ipv6lab --help shows those there are.", name=name)
        )
    if parser.verbatim and own[1:2] not in (["-h"], ["--help"]):
        options = argparse.Namespace(**parser._defaults)
        options.command_line, options.rest = list(arguments[1:]), None
        return options
    options = parser.parse_intermixed_args(own[1:])
    options.rest = rest
    if rest and not hasattr(options, "command_line"):
        raise LabError(
            _(
                "{command} does not know {what}; ipv6lab {command} --help shows what it knows.",
                command=name,
                what=" ".join(rest),
            )
        )
    return options

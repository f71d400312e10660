"""``completion``: what the shell offers on Tab.

The scripts for the shells are a few lines each and ask ``ipv6lab complete -- WORDS…``, so that
exercises and the nodes of the running lab are offered too, the same in every shell.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ipv6lab.cli.parser import Commands, Parser
from ipv6lab.cli.saying import Speech, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

SCRIPTS = {
    "bash": """\
_ipv6lab() {
    local IFS=$'\\n'
    COMPREPLY=($(ipv6lab complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt -o default
}
complete -F _ipv6lab ipv6lab
""",
    "zsh": """\
#compdef ipv6lab
_ipv6lab() {
    local -a offered
    offered=(${(f)"$(ipv6lab complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#offered )); then compadd -a offered; else _files; fi
}
compdef _ipv6lab ipv6lab
""",
    "fish": """\
function __ipv6lab
    set -l words (commandline --tokenize --cut-at-cursor) (commandline --current-token)
    ipv6lab complete -- $words[2..-1] 2>/dev/null
end
complete --command ipv6lab --arguments '(__ipv6lab)'
""",
}
HELPER = "complete"


def add(commands: Commands) -> None:
    completion = commands.add(
        "completion", _("a script that completes commands on Tab"), print_script
    )
    completion.add_argument("shell", choices=tuple(SCRIPTS), metavar="|".join(SCRIPTS))

    helper = Parser(commands.speech, prog=f"ipv6lab {HELPER}")
    helper.set_defaults(run=offer, command_line=[])
    commands.parsers[HELPER] = helper  # in no group: the help does not show it


def offer(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.cli import program

    for word in candidates(program.commands(speech), options.rest or [""]):
        put(word, fold=False)
    return 0


def print_script(options: argparse.Namespace, speech: Speech) -> int:
    put(SCRIPTS[options.shell], end="", fold=False)
    return 0


def candidates(commands: Commands, words: list[str]) -> list[str]:
    """What may stand in the place of the last word; empty where a file may."""
    before, begun = words[:-1], words[-1]
    if not before:
        known = [name for name in commands.parsers if name != HELPER]
        return [name for name in known if name.startswith(begun)]
    parser = commands.parsers.get(before[0])
    if parser is None or "--" in before:
        return []
    if begun.startswith("-"):
        offered: list[str] = list(parser._option_string_actions)
    elif before[-1] == "--lang":
        offered = ["en", "vi"]
    else:
        offered = list(_values(parser, before[1:]))
    return [word for word in offered if word.startswith(begun)]


def _values(parser: Parser, before: list[str]) -> Iterator[str]:
    """What an option's or the next argument's value may be."""
    action = parser._option_string_actions.get(before[-1]) if before else None
    if action is None or action.nargs == 0:
        given = sum(not word.startswith("-") for word in before)
        arguments = parser._get_positional_actions()
        if given >= len(arguments):
            return
        action = arguments[given]
    if action.choices:
        yield from map(str, action.choices)
    elif action.dest == "exercise":
        from ipv6lab.course import content, exercises

        yield from exercises.identifiers(content.find())
    elif action.dest in ("node", "entered", "seat"):
        from ipv6lab import sandbox

        for lab in sandbox.running():
            if action.dest == "seat":
                yield str(lab["seat"])
            elif action.dest == "node" or "--any-node" in before or "own" not in lab:
                yield from lab.get("nodes", ())
            else:
                yield from (*lab["own"], *lab["visits"])
    elif action.dest == "check":
        yield from _checks()


def _checks() -> Iterator[str]:
    from ipv6lab.course.place import joined

    try:
        lab, place = joined(None)
    except LabError:
        return
    lab.close()
    yield from place.exercise.hints

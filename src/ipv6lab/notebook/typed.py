"""What a cell on a node cannot do as a terminal can, seen in what is typed there."""

from __future__ import annotations

import os.path
import re
import shlex
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

EDITORS = {"vi", "vim", "vim.tiny", "vim.basic", "view", "nano", "pico", "editor"}
EDITORS |= {"sensible-editor", "emacs", "joe", "mcedit", "vimdiff", "visudo", "vipw", "vigr"}
SCREENS = {"top": "-b", "htop": "", "mtr": "-r", "mc": "", "tmux": "", "screen": "", "bmon": ""}
SCREENS |= {"watch": "", "iftop": "-t", "nload": "", "tcptrack": "", "nmtui": "", "lynx": "-dump"}
SCRIPTED = ("-e", "-E", "-s")  # options with which vim edits without a screen
BEFORE = {"sudo", "env", "time", "exec", "command", "nohup", "then", "do", "else", "{", "!"}
ENDS = {";", "&", "&&", "|", "||", "|&", ";;", "(", ")"}
OF_THE_SHELL = {"cd", "pushd", "export", "declare", "alias", "set", "shopt", "umask", "ulimit"}
OF_THE_SHELL |= {"unset", "source", "."}
LATER = {"wait", "kill", "fg", "pkill", "killall"}  # what minds a program in the background
_HERE = re.compile(r"(?<!<)<<-?\s*(['\"]?)(\w+)\1")
_ASSIGNED = re.compile(r"\w+=")


class Typed(NamedTuple):
    """One command, and what stands behind it: ``&`` where it runs in the background."""

    words: list[str]
    end: str

    @property
    def bare(self) -> list[str]:
        """The program and its arguments, without ``sudo`` and the like before it."""
        words = list(self.words)
        while words and (words[0] in BEFORE or _ASSIGNED.match(words[0])):
            words.pop(0)
        return words


class Wanted(NamedTuple):
    """A program that wants a terminal; `file` is what it is to edit, None for one that edits
    nothing."""

    program: str
    file: str | None


def wants_terminal(script: str) -> Wanted | None:
    """The first program in a script that cannot do without a terminal."""
    for typed in commands(script):
        if not (words := typed.bare):
            continue
        program, *given = os.path.basename(words[0]), *words[1:]
        files = [word for word in given if not word.startswith(("-", "+"))]
        if program in EDITORS and not any(word.startswith(SCRIPTED) for word in given):
            return Wanted(program, files[0] if files and files[0].startswith("/") else "/etc/…")
        if (program, *given[:1]) in (("crontab", "-e"), ("systemctl", "edit")):
            return Wanted(f"{program} {given[0]}", "/etc/…")
        batch = SCREENS.get(program)
        if batch is not None and not (batch and any(one.startswith(batch) for one in given)):
            return Wanted(program, None)
    return None


def ends_with_its_cell(script: str) -> bool:
    """Whether a script's last word is to the shell alone, or it leaves a program running.

    >>> [ends_with_its_cell(one) for one in ("cd /etc", "cd /etc; ls", "radvd -n &", "ls 2>&1")]
    [True, False, True, False]
    """
    found = list(commands(script))
    background = False
    for typed in found:
        if typed.end == "&":
            background = True
        elif typed.bare[:1] and typed.bare[0] in LATER:
            background = False
    if background or not found:
        return background
    last = found[-1]
    if last.end == ")":  # a shell of its own within the cell
        return False
    return last.words[0] in OF_THE_SHELL or all(_ASSIGNED.match(word) for word in last.words)


def commands(script: str) -> Iterator[Typed]:
    """The commands of a script as far as they can be told apart without running it."""
    waiting = ""
    for line in _without_texts(script):
        waiting += line
        if waiting.endswith("\\"):
            waiting = waiting[:-1]
            continue
        lexer = shlex.shlex(waiting, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # a quotation goes on in the next line
            waiting += "\n"
            continue
        waiting = ""
        begun: list[str] = []
        for word in words:
            if word not in ENDS:
                begun.append(word)
            elif begun:
                yield Typed(begun, word)
                begun = []
        if begun:
            yield Typed(begun, "")


def _without_texts(script: str) -> Iterator[str]:
    """The lines that are no part of a here-document."""
    ends: deque[str] = deque()
    for line in script.splitlines():
        if ends:
            if line.strip("\t") == ends[0]:
                ends.popleft()
            continue
        ends.extend(end for _quote, end in _HERE.findall(line))
        yield line

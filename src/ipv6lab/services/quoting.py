"""Words, quotes, specifiers and variables in command lines (systemd.service(5), COMMAND LINES)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "s": " ",
}  # fmt: skip
_NUMERIC = re.compile(r"x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")


class QuotingError(ValueError):
    """A quotation that is never closed, or a command line without a command."""


def _unescape(text: str, at: int) -> tuple[str, int]:
    """The character that the escape sequence behind the backslash at `at` means, and its end."""
    following = text[at + 1 : at + 2]
    if following in _SIMPLE and following:
        return _SIMPLE[following], at + 2
    match = _NUMERIC.match(text, at + 1)
    if match:
        hexadecimal = match[1] or match[3] or match[4]
        code = int(hexadecimal, 16) if hexadecimal else int(match[2], 8)
        if 0 < code <= 0x10FFFF:
            return chr(code), match.end()
    return "\\", at + 1  # unknown: stays as it is


def split(text: str) -> list[str]:
    """Cut a value into words.

    >>> split('-g "daemon on; x" a\\\\x20b')
    ['-g', 'daemon on; x', 'a b']
    """
    words: list[str] = []
    word: str | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            got, at = _unescape(text, at)
            word = (word or "") + got
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                word = (word or "") + char
        elif char in "\"'":
            quote = char
            word = word or ""
        elif char.isspace():
            if word is not None:
                words.append(word)
                word = None
        else:
            word = (word or "") + char
        at += 1
    if quote:
        raise QuotingError(f"Unbalanced quoting: {text!r}")
    if word is not None:
        words.append(word)
    return words


def specify(text: str, value: Callable[[str], str | None]) -> str:
    """Put the values of specifiers (``%i``, ``%t`` …) into a text; unknown ones stay.

    >>> specify("%p 100%% %Z", {"p": "radvd"}.get)
    'radvd 100% %Z'
    """

    def one(match: re.Match[str]) -> str:
        letter = match[1]
        if letter == "%":
            return "%"
        found = value(letter)
        return match[0] if found is None else found

    return re.sub(r"%(.)", one, text)


_VARIABLE = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WORD_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)$")


def expand(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """Put variables into arguments: ``$NAME`` alone becomes words, ``${NAME}`` part of one.

    >>> expand(["-u", "$O", "x${O}y", "$$"], {"O": "a b"})
    ['-u', 'a', 'b', 'xa by', '$']
    """
    result: list[str] = []
    for word in words:
        alone = _WORD_VARIABLE.match(word)
        if alone:
            result += split_loosely(environment.get(alone[1], ""))
        else:
            result.append(_VARIABLE.sub(lambda m: environment.get(m[1], "") if m[1] else "$", word))
    return result


def split_loosely(text: str) -> list[str]:
    """`split`, for values that nobody promised to quote well."""
    try:
        return split(text)
    except QuotingError:
        return text.split()


def environment_file(text: str) -> dict[str, str]:
    """The assignments of an EnvironmentFile=.

    >>> environment_file('# x\\nA=1\\nB="two words"\\nC=a\\\\\\n b\\nexport D=3\\n')
    {'A': '1', 'B': 'two words', 'C': 'a b'}
    """
    result: dict[str, str] = {}
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if not line or line[0] in "#;":
            continue
        while line.endswith("\\") and number < len(lines):
            line = line[:-1].rstrip() + " " + lines[number].strip()
            number += 1
        key, equals, value = line.partition("=")
        key = key.strip()
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            continue
        value = value.strip()
        while value[:1] in ("'", '"') and value.count(value[0]) == 1 and number < len(lines):
            value += "\n" + lines[number]
            number += 1
        if value[:1] == "'" and value.endswith("'") and len(value) > 1:
            value = value[1:-1]
        elif value[:1] == '"' and value.endswith('"') and len(value) > 1:
            value = re.sub(r'\\(["\\`$])', r"\1", value[1:-1])
        result[key] = value
    return result


def unescape_name(name: str) -> str:
    """The string that a part of a unit name stands for.

    >>> unescape_name("dev-eth0\\\\x2d1")
    'dev/eth0-1'
    """
    name = name.replace("-", "/")
    return re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: os.fsdecode(bytes([int(m[1], 16)])), name)

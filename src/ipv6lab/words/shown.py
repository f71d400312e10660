"""What comes from inside is text: the one door through which it goes to a terminal."""

from __future__ import annotations

import unicodedata

KEPT = "\n\t"
# Controls, marks that turn the direction of writing or have no width, halves of characters.
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def shown(text: str) -> str:
    r"""The text with everything that would steer a terminal written out.

    What a node, a folder or a network said may hold escape sequences, which in a terminal move the
    cursor, rename its window or type into it, and marks that turn the order of letters.

    >>> print(shown("\x1b[2Jgone\u202e"))
    \x1b[2Jgone\u202e
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char in KEPT or char.isprintable() or unicodedata.category(char) not in HIDDEN:
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

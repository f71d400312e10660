"""What can be run on a node."""

from __future__ import annotations

from ipv6lab import image
from ipv6lab.words.errors import LabError

FOLDERS = ("usr/bin", "usr/sbin")


def is_program(word: str) -> bool:
    """Whether nodes have a program of this name; not where there is no lab image to tell."""
    try:
        root = image.find().root
    except LabError:
        return False
    return any((root / folder / word).exists() for folder in FOLDERS)

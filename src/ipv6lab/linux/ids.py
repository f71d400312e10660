"""The ids of nodes: a block of the sandbox's for each, which no other node has.

The uid of a node's root is the kernel's own number for whose processes, keys, descriptors in
flight, inotify instances… these are. So it is never the sandbox's 0, the user's own outside, and
no two nodes share one. A block is small: it holds those of the image's users and some to spare,
so that the 65,536 ids of an ordinary user last for nearly 300 nodes at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZE = 200
FIRST = 1000  # ids of the sandbox below belong to files of the image, and to its own root
BLOCKS = (60_000 - FIRST) // SIZE

# Ids of a node (first, count): Debian's fixed users and those of packages; what systemd-sysusers
# gives from 999 downwards, and users that are added; nobody. In rising order: `ping_group_range`
# goes from the lowest to the highest.
RANGES = ((0, 150), (990, 40), (65_534, 1))


@dataclass(frozen=True)
class Block:
    """One node's ids; ``number`` counts from 0 below `BLOCKS`."""

    number: int

    @property
    def owner(self) -> int:
        """The sandbox's id that owns the node's user namespace, and that nobody has."""
        return FIRST + self.number * SIZE

    @property
    def root(self) -> int:
        """The sandbox's id that is the node's root."""
        return self.owner + 1

    def __call__(self, identity: int) -> int | None:
        """The sandbox's id for one of the node's; None where the node has no such id."""
        at = self.root
        for first, count in RANGES:
            if first <= identity < first + count:
                return at + identity - first
            at += count
        return None

    def to_map(self) -> str:
        """The node's id map, as the kernel takes it (user_namespaces(7)).

        >>> print(Block(2).to_map(), end="")
        0 1401 150
        990 1551 40
        65534 1591 1
        """
        lines, at = [], self.root
        for first, count in RANGES:
            lines.append(f"{first} {at} {count}\n")
            at += count
        return "".join(lines)

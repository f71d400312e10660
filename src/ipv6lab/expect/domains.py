"""Which names a search list may have beside the one that it is to have."""

from __future__ import annotations

from collections.abc import Iterable


def strange(told: Iterable[str], domain: object) -> list[str]:
    """The names of a search list that are neither this domain nor within it.

    Whatever is typed short is asked for in each of them, whoever has it.
    """
    own = str(domain).rstrip(".").casefold()
    names = [one.rstrip(".").casefold() for one in told]
    return [one for one in names if one != own and not one.endswith(f".{own}")]

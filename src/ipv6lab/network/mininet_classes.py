"""Classes that were written for Mininet, put on netlink."""

from __future__ import annotations

from functools import partial
from typing import Any


def on_netlink(cls: Any, ours: type, default: type | None = None) -> Any:
    """The class to use where a Mininet program asks for `cls`, which may know nothing of netlink.

    A class of ours stays as it is; one that Mininet's own is the base of (`Host` of `LabHost`)
    becomes `default` (`ours`, where there is none); a class derived from Mininet's gets ours
    between itself and Mininet's, so that its own methods still come first. What fills in arguments
    (`partial(TCLink, bw=10)`) does so for the class to use.
    """
    if isinstance(cls, partial):
        return partial(on_netlink(cls.func, ours, default), *cls.args, **cls.keywords)
    default = default or ours
    if not isinstance(cls, type) or issubclass(cls, ours):
        return cls
    if issubclass(default, cls):
        return default
    return type(cls.__name__, (cls, default), {"__module__": cls.__module__})

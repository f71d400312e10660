"""The place in which one seat's network lives: start it, join it, talk to it, end it.

===================  ============================================================
`start`              a lab that a keeper process holds; `Lab.control("keep", info=...)` makes it
                     outlive its starter
`join`               the lab that runs on a seat
`running`            what runs on which seat
`stop`               end the lab of a seat
`throwaway`          a sandbox that dies with the calling process
`end_throwaways`     end all of those at once
`choose`             the kernel on which an exercise is to run, and why that one
`memory_for`         how much of it a lab kernel gets for a number of nodes
===================  ============================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipv6lab.sandbox.choice import Choice, choose
    from ipv6lab.sandbox.client import Channel, Defect, Lab
    from ipv6lab.sandbox.joining import join, running
    from ipv6lab.sandbox.kernel_names import AUTO, HOST, KERNELS, LAB
    from ipv6lab.sandbox.launch import memory_for
    from ipv6lab.sandbox.locks import end_throwaways, start, stop, throwaway

# Most commands join a lab, and need nothing of what starts one: each name is imported when it is
# used.
_FROM = {
    "choice": ("Choice", "choose"),
    "client": ("Channel", "Defect", "Lab"),
    "joining": ("join", "running"),
    "launch": ("memory_for",),
    "kernel_names": ("AUTO", "HOST", "KERNELS", "LAB"),
    "locks": ("end_throwaways", "start", "stop", "throwaway"),
}
_MODULES = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "AUTO",
    "HOST",
    "KERNELS",
    "LAB",
    "Channel",
    "Choice",
    "Defect",
    "Lab",
    "choose",
    "end_throwaways",
    "join",
    "memory_for",
    "running",
    "start",
    "stop",
    "throwaway",
]

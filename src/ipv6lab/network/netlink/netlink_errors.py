"""What can go wrong on a netlink socket."""

from __future__ import annotations

import os


class NetlinkError(OSError):
    """The kernel refused a request.

    `errno` is the kernel's, `request` says what was asked for, `reason` is the kernel's own
    sentence (extended acknowledgement) or empty.
    """

    def __init__(self, number: int, request: str, reason: str = "") -> None:
        text = os.strerror(number) + (f" ({reason})" if reason else "")
        super().__init__(number, f"{request}: {text}")
        self.request = request
        self.reason = reason


class EventsLost(NetlinkError):
    """Events came faster than they were read and the kernel dropped some: dump again."""

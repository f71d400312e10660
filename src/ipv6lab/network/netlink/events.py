"""What changes in a network namespace, while it changes."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ipv6lab.linux.packets import enlarge_buffer
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink import objects
from ipv6lab.network.netlink.codec import Message, decode
from ipv6lab.network.netlink.connection import KERNEL, Netlink, receive
from ipv6lab.network.netlink.netlink_errors import EventsLost
from ipv6lab.network.netlink.objects import (
    Address,
    Link,
    Names,
    Neighbour,
    Options,
    Prefix,
    Route,
)

T = TypeVar("T")
Object = Link | Address | Route | Neighbour | Prefix | Options

GROUPS = {
    "link": (n.RTNLGRP_LINK,),
    "address": (n.RTNLGRP_IPV4_IFADDR, n.RTNLGRP_IPV6_IFADDR),
    "route": (n.RTNLGRP_IPV4_ROUTE, n.RTNLGRP_IPV6_ROUTE),
    "neighbour": (n.RTNLGRP_NEIGH,),
    "prefix": (n.RTNLGRP_IPV6_PREFIX,),
    "options": (n.RTNLGRP_ND_USEROPT,),
}
BUFFER = 4 << 20  # bytes of events that may wait for us, where the kernel lets us have them


@dataclass(frozen=True, slots=True)
class Event:
    """Something is new (or has changed), or is `gone`; `time` is seconds since the epoch."""

    time: float
    gone: bool
    item: Object


class Events:
    """The changes in one network namespace, from the moment this object exists.

    `groups` are names of GROUPS, all of them by default; `namespace` as of `Netlink`. To miss
    nothing, make this first and dump afterwards, or use `wait_until`, which does so.

    ::

        with Events("/run/netns/pc1", "address") as events:
            event = events.wait(timeout=5)
    """

    def __init__(self, namespace: int | str | Path | None = None, *groups: str) -> None:
        self._wanted = groups or tuple(GROUPS)
        with entered(namespace):
            self.netlink = Netlink()
            # Links are always listened to: messages name an interface by its index only.
            self._socket = subscribe(*self._wanted, "link")
        self._names = self.netlink.names()
        self._waiting: deque[Event] = deque()

    def fileno(self) -> int:
        """For select and asyncio: readable when something happened."""
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()
        self.netlink.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_details: object) -> None:
        self.close()

    def read(self) -> list[Event]:
        """What has happened since the last call, oldest first, without waiting.

        Raises EventsLost when the kernel had to drop events.
        """
        self._take()
        events = list(self._waiting)
        self._waiting.clear()
        return events

    def wait(self, timeout: float) -> Event | None:
        """The next event, None when nothing happens for `timeout` seconds. Raises EventsLost."""
        deadline = time.monotonic() + timeout
        while not self._waiting:
            self._take()
            if not self._waiting and not self._ready(deadline):
                return None
        return self._waiting.popleft()

    def _ready(self, deadline: float) -> bool:
        """Whether there is something to read before the deadline (time.monotonic)."""
        left = deadline - time.monotonic()
        return left > 0 and bool(select.select([self._socket], [], [], left)[0])

    def _take(self) -> None:
        """Move everything that the kernel holds for us into `_waiting`."""
        while True:
            try:
                data = receive(self._socket)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._names = self.netlink.names()
                raise EventsLost(errno.ENOBUFS, "listening for events") from None
            now = time.time()
            for message in decode(data):
                group, event = read_event(message, now, self._names)
                if event and group in self._wanted:
                    self._waiting.append(event)


def subscribe(*groups: str) -> socket.socket:
    """A socket that the kernel tells what changes in the caller's network namespace.

    It does not block; read it with `receive`, which passes over what others than the kernel send.
    """
    mask = 0
    for group in set(groups):
        for number in GROUPS[group]:
            mask |= 1 << (number - 1)
    sock = socket.socket(
        socket.AF_NETLINK,
        socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
        socket.NETLINK_ROUTE,
    )
    enlarge_buffer(sock, BUFFER)
    sock.bind((0, mask))
    sock.connect((KERNEL, 0))
    return sock


def read_event(message: Message, now: float, names: Names) -> tuple[str, Event | None]:
    """What a message tells, and the group of it; ("", None) for one that tells nothing here.

    `names` of interfaces are kept up with it.
    """
    if message.kind not in _READERS:
        return "", None
    group, gone, read = _READERS[message.kind]
    item = read(message.body, names)
    if isinstance(item, Link):
        if gone:
            names.pop(item.index, None)
        elif item.name:
            names[item.index] = item.name
    return group, Event(now, gone, item) if item else None


def wait_until(
    look: Callable[[Netlink], T],
    timeout: float,
    namespace: int | str | Path | None = None,
    *groups: str,
) -> T:
    """Call `look` now and after every change, until it gives something true or time is up.

    `timeout` in seconds; gives the last result, true or not. Nothing is missed in between.

    ::

        wait_until(lambda netlink: [a for a in netlink.addresses("eth0", 6) if a.usable],
                   5, "/run/netns/pc1", "address")
    """
    deadline = time.monotonic() + timeout
    with Events(namespace, *groups) as events:
        while True:
            found = look(events.netlink)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return found
            with suppress(EventsLost):  # what was lost is seen by looking again
                if events.wait(left) is None:
                    return found
                events.read()


def _link(body: bytes, names: Names) -> Link:
    return objects.link(body)


_READERS: dict[int, tuple[str, bool, Callable[[bytes, Names], Object | None]]] = {
    n.RTM_NEWLINK: ("link", False, _link),
    n.RTM_DELLINK: ("link", True, _link),
    n.RTM_NEWADDR: ("address", False, objects.address),
    n.RTM_DELADDR: ("address", True, objects.address),
    n.RTM_NEWROUTE: ("route", False, objects.route),
    n.RTM_DELROUTE: ("route", True, objects.route),
    n.RTM_NEWNEIGH: ("neighbour", False, objects.neighbour),
    n.RTM_DELNEIGH: ("neighbour", True, objects.neighbour),
    n.RTM_NEWPREFIX: ("prefix", False, objects.prefix),
    n.RTM_NEWNDUSEROPT: ("options", False, objects.options),
}

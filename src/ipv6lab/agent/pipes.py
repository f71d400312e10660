"""Descriptors in the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from ipv6lab.words import frames


async def readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(fd)


async def writable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(fd, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(fd)


async def write_all(fd: int, data: bytes) -> None:
    """Write everything to a non-blocking descriptor. Raises OSError when the reader is gone."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            await writable(fd)


async def pump(
    fd: int, give: Callable[[bytes], Awaitable[None]], ended: asyncio.Future[Any]
) -> None:
    """Give on what a program writes, until all writers are gone or the program has ``ended``.

    A daemon that a program leaves behind may hold the descriptor for ever: after the program's
    end what is there is read, and nothing more is waited for.
    """
    os.set_blocking(fd, False)
    while True:
        over = ended.done()
        try:
            data = os.read(fd, frames.CHUNK)
        except BlockingIOError:
            if over:
                return
            waiting: asyncio.Future[Any] = asyncio.ensure_future(readable(fd))
            try:
                await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
            continue
        except OSError:  # a terminal whose other side is closed reads as an I/O error
            return
        if not data:
            return
        await give(data)

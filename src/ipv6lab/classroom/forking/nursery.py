"""Forks a copy of this process for each connection.

A connection is one copy: the client sends a request (JSON) and closes its half, gets the copy's pid
(4 bytes) at once, the exit status (4 bytes) when it has ended, then the end of the stream.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any

NUMBER = struct.Struct("i")
LARGEST = 1 << 20  # bytes of a request


def freeze() -> None:
    """Make this process ready to be copied. Raises RuntimeError when it has more than one thread:
    a fork would copy their locks and not them."""
    threads = os.listdir("/proc/self/task")
    if len(threads) != 1:
        raise RuntimeError(f"to be copied a process must have one thread, and this has {threads}")
    gc.collect()
    gc.freeze()  # else a collection in a copy writes to, and so copies, all shared pages


def serve(
    source: socket.socket,
    accept: Callable[[], socket.socket | None],
    run: Callable[[socket.socket], None],
) -> None:
    """Fork `run` for every connection that `accept` gives, until it gives none."""
    selector = selectors.DefaultSelector()
    selector.register(source, selectors.EVENT_READ, None)
    connections: dict[int, socket.socket] = {}
    while True:
        for key, _events in selector.select():
            if key.data is not None:
                pid = key.data
                selector.unregister(key.fd)
                os.close(key.fd)
                _pid, status = os.waitpid(pid, 0)
                connection = connections.pop(pid)
                _tell(connection, os.waitstatus_to_exitcode(status))
                connection.close()
                continue
            try:
                asked = accept()
            except OSError:
                continue
            if asked is None:
                return
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                selector.close()
                source.close()
                for other in connections.values():
                    other.close()
                _be(run, asked)
            connections[pid] = asked
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
            _tell(asked, pid)


def _be(run: Callable[[socket.socket], None], asked: socket.socket) -> None:
    """In the copy: run, and end with its status."""
    status = 1
    try:
        run(asked)
        status = 0
    except SystemExit as leaving:
        code = leaving.code
        status = code if isinstance(code, int) else int(code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def request(connection: socket.socket) -> dict[str, Any]:
    """Read, in the copy, what it is to be. Raises ValueError for what is no request."""
    data = b""
    while part := connection.recv(65536):
        data += part
        if len(data) > LARGEST:
            raise ValueError("the request is too long")
    connection.close()
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("the request is no object")
    return found


def _tell(connection: socket.socket, number: int) -> None:
    # Who asked may be gone; the copy lives on, as a program that somebody started does.
    with contextlib.suppress(OSError):
        connection.send(NUMBER.pack(number))

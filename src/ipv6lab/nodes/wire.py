"""Messages between the agent and a node's init: JSON with descriptors beside it."""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Sequence
from typing import Any

MAX_MESSAGE = 64 * 1024
MAX_DESCRIPTORS = 16


def send(link: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one message; the receiver gets duplicates of ``fds``.

    A body too large for one packet travels as a file in memory.
    """
    data = json.dumps(message).encode()
    if len(data) <= MAX_MESSAGE:
        socket.send_fds(link, [data], list(fds))
        return
    body = os.memfd_create("message")
    try:
        with open(body, "wb", closefd=False) as file:
            file.write(data)
        socket.send_fds(link, [b'{"body": true}'], [*fds, body])
    finally:
        os.close(body)


def receive(link: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and its descriptors (close-on-exec); None when the other end is gone."""
    size = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)
    data, ancillary, _, _ = link.recvmsg(MAX_MESSAGE, size, socket.MSG_CMSG_CLOEXEC)
    fds: list[int] = []
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(content[: len(content) - len(content) % numbers.itemsize])
            fds.extend(numbers)
    if not data:
        return None
    message = json.loads(data)
    if message.get("body"):
        with open(fds.pop(), "rb") as file:
            file.seek(0)
            message = json.load(file)
    return message, fds

"""A copy as the one who asked for it sees it: as much of ``Popen`` as Jupyter uses."""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Mapping
from typing import Any

from ipv6lab.classroom.forking.nursery import NUMBER

GONE = -1  # the status of a copy whose nursery is gone: nobody will ever know it
PATIENCE = 20.0  # seconds for the nursery to fork


class Copy:
    """Asks over a connection for a copy. Raises OSError where no nursery answers."""

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, asked: Mapping[str, Any]) -> None:
        self._connection = connection
        self.returncode: int | None = None
        connection.settimeout(PATIENCE)
        connection.sendall(json.dumps(asked).encode())
        connection.shutdown(socket.SHUT_WR)
        told = connection.recv(NUMBER.size)
        if len(told) < NUMBER.size:
            raise ConnectionError("the fork server is gone")
        self.pid: int = NUMBER.unpack(told)[0]

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self.returncode is not None:
            return self.returncode
        if select.select([self._connection], [], [], 0)[0]:
            try:
                told = self._connection.recv(NUMBER.size)
            except OSError:
                told = b""
            if len(told) == NUMBER.size:
                self.returncode = NUMBER.unpack(told)[0]
                self._connection.close()
            elif not self._lives():  # the nursery is gone, and this too
                self.returncode = GONE
                self._connection.close()
        return self.returncode

    def _lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def wait(self) -> int | None:
        """Its exit status, when it has ended; at once where the nursery is gone."""
        if self.returncode is None:
            select.select([self._connection], [], [])
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(15)

    def kill(self) -> None:
        self.send_signal(9)

    def __enter__(self) -> Copy:
        return self

    def __exit__(self, *_: object) -> None:
        pass

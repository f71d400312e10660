#!/usr/bin/python3 -IS
"""systemctl on a node: hands its command line to the node's init and shows the answer."""

import _socket
import os
import sys

SOCKET = "/run/systemd/private"


def ask(arguments: list[str], colour: bool) -> _socket.socket:
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    connection.connect(SOCKET)
    fields = ["systemctl", "colour" if colour else "", "80", *arguments]
    request = "\0".join(fields).encode("utf-8", "surrogateescape")
    connection.sendall(len(request).to_bytes(4, "big") + request)
    return connection


def receive(connection: _socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def main() -> int:
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print("systemctl of a lab node, in the manner of systemd 252")
        return 0
    colour = os.isatty(1) and "NO_COLOR" not in os.environ
    colour = colour and os.environ.get("TERM", "dumb") != "dumb"
    try:
        connection = ask(arguments, colour)
        while True:
            kind = receive(connection, 1)
            payload = receive(connection, int.from_bytes(receive(connection, 4), "big"))
            if kind == b"x":
                return int(payload)
            write(2 if kind == b"e" else 1, payload)
    except BrokenPipeError:
        return 141
    except (OSError, EOFError):
        write(2, b"Failed to connect to the node's init: is this a node of the lab?\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    os._exit(main())

"""``forward``: a port of a node as a port of this machine."""

from __future__ import annotations

import argparse
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from ipv6lab.cli.inside import joined_at
from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.sandbox import Channel, Lab

BYTES = 32 * 1024
LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
PRIVILEGED = 1024
ABOVE = 8000  # the port here for one below 1024 there: 80 is 8080
TRIED = 100
SCHEMES = {80: "http", 443: "https", 8000: "http", 8080: "http", 8443: "https", 8888: "http"}


def add(commands: Commands) -> None:
    tr = commands.speech
    forward = commands.add("forward", _("a node's web page in your own browser"), run_forward)
    forward.add_argument(
        "node",
        metavar=tr(_("NODE:PORT")),
        help=tr(_("a node and a TCP port on it, such as app:80")),
    )
    forward.add_argument(
        "--listen",
        type=int,
        metavar=tr(_("PORT")),
        help=tr(_("the port on this machine; one near to the node's is the default")),
    )
    commands.add_seat(forward)


def run_forward(options: argparse.Namespace, speech: Speech) -> int:
    node, port = _where(options.node)
    with joined_at(options.seat, node) as lab, contextlib.ExitStack() as stack:
        here, listeners = _listen(port, options.listen)
        for listener in listeners:
            stack.enter_context(listener)
        scheme = SCHEMES.get(port)
        shown = f"{scheme}://localhost:{here}/" if scheme else f"localhost:{here}"
        speech.say(_("{place} is {node}, port {port}.", place=shown, node=node, port=port))
        speech.note(_("Ctrl-C ends it."))
        notes = stack.enter_context(Notes(speech))
        for listener in listeners:
            serving = Serving(lab, node, port, listener, notes)
            threading.Thread(target=serving.run, daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            lab.join_reader()
            raise LabError(_("The lab has ended."))
    return 0


def _where(text: str) -> tuple[str, int]:
    node, sign, port = text.rpartition(":")
    if not sign or not node:
        raise LabError(_("Say which port of {node}: ipv6lab forward {node}:PORT.", node=text))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise LabError(_("{port} is no TCP port; ports go from 1 to 65535.", port=port))
    return node, int(port)


def _listen(port: int, wanted: int | None) -> tuple[int, list[socket.socket]]:
    """Sockets on a port that is free on every loopback address that this machine has."""
    if wanted is not None:
        if not 0 < wanted < 65536:
            raise LabError(_("{port} is no TCP port; ports go from 1 to 65535.", port=wanted))
        try:
            return wanted, _bound(wanted)
        except OSError as error:
            raise LabError(
                _(
                    "Port {port} of this machine cannot be used ({reason}); "
                    "choose another with --listen.",
                    port=wanted,
                    reason=(error.strerror or str(error)).lower(),
                )
            ) from None
    first = port if port >= PRIVILEGED else ABOVE + port
    for number in range(first, min(first + TRIED, 65536)):
        with contextlib.suppress(OSError):
            return number, _bound(number)
    raise LabError(_("No port near {port} is free here; choose one with --listen.", port=first))


def _bound(port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, address in LOOPBACKS:
            try:
                sock = socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                continue  # a machine without IPv6, or without IPv4
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                sock.bind((address, port))
            except OSError as error:
                if error.errno != 99:  # EADDRNOTAVAIL: IPv6 is there, ::1 is not
                    raise
                sockets.pop().close()
                continue
            sock.listen(128)
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    return sockets


class Notes:
    """What threads say, until the command ends.

    A thread that still writes when Python ends would abort the whole process, since it holds the
    lock of standard error that Python then needs.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._saying = threading.Lock()
        self._over = False

    def __enter__(self) -> Notes:
        return self

    def __exit__(self, *_: object) -> None:
        with self._saying:
            self._over = True

    def note(self, text: Message | str) -> None:
        with self._saying:
            if not self._over:
                self._speech.note(text)


class Serving:
    """Takes connections on one socket and splices each to one of the node's."""

    def __init__(
        self, lab: Lab, node: str, port: int, listener: socket.socket, notes: Notes
    ) -> None:
        self._lab = lab
        self._node = node
        self._port = port
        self._listener = listener
        self._notes = notes

    def run(self) -> None:
        """Until the socket is closed."""
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._splice, args=(connection,), daemon=True).start()

    def _splice(self, connection: socket.socket) -> None:
        with connection:
            try:
                channel = self._lab.open("connect", node=self._node, port=self._port)
                threading.Thread(target=_send, args=(connection, channel), daemon=True).start()
                _receive(connection, channel)
            except LabError as error:
                self._notes.note(error.message)


def _send(connection: socket.socket, channel: Channel) -> None:
    """Give the node what the browser sends, and the end of it."""
    try:
        while data := connection.recv(BYTES):
            channel.send(data)
        channel.end_input()
    except OSError:  # the browser broke it off, or all of it is over
        channel.cancel()


def _receive(connection: socket.socket, channel: Channel) -> None:
    """Give the browser what the node sends, and the end of it."""
    try:
        for kind, data in channel:
            if kind == "O":
                connection.sendall(data)
            elif kind == "E" and data["event"] == "end":
                connection.shutdown(socket.SHUT_WR)
            elif kind == "X":
                break
    except OSError:  # the browser reads no more
        channel.cancel()
    finally:
        with contextlib.suppress(OSError):  # wakes who still waits for the browser
            connection.shutdown(socket.SHUT_RDWR)

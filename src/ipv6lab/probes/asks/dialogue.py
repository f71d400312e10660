"""What is said to a TCP service line by line, or in one piece: mail, and requests that no client
would make.

Connections leave from a node's own network namespace. Nothing is judged here: an answer is given as
it came, and None where none came.
"""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import BinaryIO

from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen.vantage import Vantage
from ipv6lab.words.message import _

WITHIN = 8.0  # seconds for a whole dialogue
AGAIN = 0.3  # seconds until a connection that was refused is tried again
STARTS = 2.0  # seconds in which a service that refuses may be about to start
MOST = 1 << 20  # octets of an answer
SMTP = 25
DONE, GO_ON = 250, 354  # RFC 5321 section 4.2

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Receipt:
    """What a mail server said of a mail: the last command, the reply's code (0: none) and text."""

    command: str
    code: int
    text: str

    @property
    def taken(self) -> bool:
        """Whether it took the whole mail, and so is responsible for it."""
        return self.command == "." and self.code == DONE


def exchange(
    node: Vantage,
    address: object,
    port: int,
    said: bytes,
    *,
    first: bytes = b"",
    name: str | None = None,
    within: float = WITHIN,
) -> bytes | None:
    """What comes back for octets that are sent to a port; None where no connection comes about.

    With `name` they go by TLS, whose SNI it is; any certificate will do. `first` is sent before
    TLS begins. Reads until the other end closes, or `within` seconds are over.
    """
    to, until = ip_address(str(address)), node.lab.record.until(within)
    values: dict[str, str | int | float] = {"node": node.name, "address": str(to), "port": port}
    node.lab.record.say(_("{node} talks to {address} port {port}", **values))
    try:
        sock = _connected(node, to, port, until)
    except OSError:
        return None
    with sock:
        answer = b""
        try:
            sock.sendall(first)
            if name is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                sock = context.wrap_socket(sock, server_hostname=name)
            with sock:
                sock.settimeout(max(0.01, until - time.monotonic()))
                sock.sendall(said)
                while len(answer) < MOST:
                    sock.settimeout(max(0.01, until - time.monotonic()))
                    part = sock.recv(1 << 16)
                    if not part:
                        break
                    answer += part
        except OSError:
            pass  # what has come until then is the answer
    node.lab.record.add(
        "dialogue",
        node.name,
        _("{node} talks to {address} port {port}", **values),
        {**values, "sent": (first + said)[:300].hex(), "answer": answer[:300].hex()},
        [],
    )
    return answer


def hand_in(
    node: Vantage,
    address: object,
    sender: str,
    recipient: str,
    text: str,
    within: float = WITHIN,
) -> Receipt | None:
    """Hand a mail in (RFC 5321), without TLS; None where no connection comes about.

    `text` is the mail's body, of lines that do not begin with a dot.
    """
    to, until = ip_address(str(address)), node.lab.record.until(within)
    values: dict[str, str | int | float] = {
        "node": node.name,
        "address": str(to),
        "recipient": recipient,
    }
    node.lab.record.say(_("{node} hands in a mail for {recipient} at {address}", **values))
    try:
        sock = _connected(node, to, SMTP, until)
    except OSError:
        return None
    receipt = Receipt("", 0, "")
    with sock, suppress(OSError):
        reader = sock.makefile("rb")
        steps = [
            ("", ""),
            ("EHLO", "EHLO probe.example.net"),
            ("MAIL", f"MAIL FROM:<{sender}>"),
            ("RCPT", f"RCPT TO:<{recipient}>"),
            ("DATA", "DATA"),
            (".", f"From: <{sender}>\nTo: <{recipient}>\nSubject: probe\n\n{text}\n."),
            ("QUIT", "QUIT"),
        ]
        for command, line in steps:
            sock.settimeout(max(0.01, until - time.monotonic()))
            if command:
                sock.sendall(line.replace("\n", "\r\n").encode() + b"\r\n")
            if command == "QUIT":
                break
            receipt = Receipt(command, 0, "")
            code, said = _reply(reader)
            receipt = Receipt(command, code, said)
            if not (200 <= code < 300 or (command == "DATA" and code == GO_ON)):
                break
    node.lab.record.add(
        "mail",
        node.name,
        _("{node} hands in a mail for {recipient} at {address}", **values),
        {**values, "command": receipt.command, "code": receipt.code, "text": receipt.text},
        [],
    )
    return receipt


def _reply(reader: BinaryIO) -> tuple[int, str]:
    """A reply of perhaps several lines; code 0 where the connection ends."""
    while True:
        line = reader.readline(2000).decode("latin-1").rstrip()
        if not line[:3].isdigit():
            return 0, line
        if line[3:4] != "-":
            return int(line[:3]), line[4:]


def _connected(node: Vantage, to: Address, port: int, until: float) -> socket.socket:
    """A connection; one that is refused is tried again for a moment. Raises OSError."""
    starts = min(until, time.monotonic() + STARTS)
    while True:
        with entered(node.namespace):
            kind = socket.AF_INET6 if to.version == 6 else socket.AF_INET
            sock = socket.socket(kind, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            sock.settimeout(max(0.01, until - time.monotonic()))
            sock.connect((str(to), port))
        except ConnectionRefusedError:
            sock.close()
            if time.monotonic() > starts:
                raise
            time.sleep(AGAIN)  # who is about to start tells nobody
        except OSError:
            sock.close()
            raise
        else:
            return sock

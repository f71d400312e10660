"""What programs on a node are told when they look for a name: its getaddrinfo(3), really called.

The C library is the grader's own, in a process of its own that is in the node's network and sees
in ``/etc`` nothing but those of the node's files that the C library reads, as data. So whatever
they say together decides: search lists and options, a stub resolver on the node, sources and
actions of nsswitch.conf, hosts files, the policy table, and the addresses and routes that the
node's kernel has. Nothing of the node's programs or libraries takes part.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import entered
from ipv6lab.probes.seen import nodefiles
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from ipv6lab.probes.seen.vantage import Vantage

FILES = ("resolv.conf", "nsswitch.conf", "hosts", "gai.conf", "host.conf", "networks")
WITHIN = 12.0  # seconds: two questions to a server that is silent (resolv.conf(5))
ANSWER = 1 << 16  # octets
# What the process of its own does: one line for each address, in order.
PROGRAM = """
import socket, sys
try:
    found = socket.getaddrinfo(sys.argv[1], 80, type=socket.SOCK_STREAM)
except OSError as error:
    found = []
print(*dict.fromkeys(one[4][0] for one in found), sep="\\n")
"""


def told(node: Vantage, name: str, within: float = WITHIN) -> tuple[IPv4Address | IPv6Address, ...]:
    """The addresses that programs on a node get for a name, in the order in which they try them.

    None where they are told of none, or of nothing in time.
    """
    files = {one: nodefiles.read(node.lab.fabric.namespace(node.name), f"/etc/{one}")
             for one in FILES}  # fmt: skip
    record = node.lab.record
    values: dict[str, str | int | float] = {"node": node.name, "name": name}
    with record.waiting(_("looking for {name} as programs on {node} do", **values)):
        text = _run(node, name, files, record.until(within))
    found = []
    for line in text.split():
        with suppress(ValueError):
            found.append(ip_address(line.partition("%")[0]))
    record.add(
        "getaddrinfo",
        node.name,
        _("What programs on {node} are told about {name}.", **values),
        {
            "addresses": found,
            "files": {one: data.decode("utf-8", "replace") for one, data in files.items() if data},
        },
    )
    return tuple(found)


def _run(node: Vantage, name: str, files: dict[str, bytes | None], until: float) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            syscalls.die_with_parent()
            os.setsid()
            with entered(node.namespace):
                _see_only(files)
                os.dup2(writing, 1)
                os.dup2(os.open(os.devnull, os.O_RDWR), 2)
                python = sys.executable or "/usr/bin/python3"
                os.execve(python, [python, "-I", "-S", "-c", PROGRAM, name], {"LC_ALL": "C.UTF-8"})
        finally:
            os._exit(1)
    os.close(writing)
    got = b""
    try:
        while select.select([reading], [], [], max(0.0, until - time.monotonic()))[0]:
            piece = os.read(reading, ANSWER)
            got += piece
            if not piece or len(got) > ANSWER:
                break
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return got.decode("ascii", "replace")


def _see_only(files: dict[str, bytes | None]) -> None:
    """Give this process an ``/etc`` of these files alone, which nobody else sees."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("none", "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("none", "/etc", "tmpfs")
    for name, data in files.items():
        if data is not None:
            Path("/etc", name).write_bytes(data)

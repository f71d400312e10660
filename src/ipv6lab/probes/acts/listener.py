"""A listener of the grader's own on a node, where a service could be started tomorrow.

A firewall that lets everything through looks closed as long as nobody listens behind it.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from ipv6lab.network.namespace import entered
from ipv6lab.probes.asks.node import Node


@contextmanager
def standing_in(node: Node, port: int) -> Iterator[bool]:
    """Take TCP connections to a port of a node, at all its addresses of both families.

    Gives False where somebody already does.
    """
    try:
        with entered(node.namespace):
            listener = socket.create_server(
                ("::", port), family=socket.AF_INET6, dualstack_ipv6=True
            )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        yield False
        return
    with listener:
        yield True

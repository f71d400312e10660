"""Packets and answers: what checks measure with, out of the trainee's reach.

`Lab` is where a check starts; `Node` and `Link` have the probes; what does not hold raises
`Failed`. All of it runs in one thread, joins only network namespaces, and leaves evidence in the
lab's `Record`.
"""

from ipv6lab.probes.asks.node import Node
from ipv6lab.probes.asks.ping import Ping
from ipv6lab.probes.asks.solicit import Solicitation
from ipv6lab.probes.hosts.fresh import FreshHost
from ipv6lab.probes.link import Answer, Link
from ipv6lab.probes.seen.capture import Capture
from ipv6lab.probes.seen.heard import Heard
from ipv6lab.probes.seen.outcome import Blocked, Failed
from ipv6lab.probes.seen.packet import Packet
from ipv6lab.probes.seen.record import Record
from ipv6lab.probes.whole_lab import Lab
from ipv6lab.wire.headers import Datagram

__all__ = [
    "Answer",
    "Blocked",
    "Capture",
    "Datagram",
    "Failed",
    "FreshHost",
    "Heard",
    "Lab",
    "Link",
    "Node",
    "Packet",
    "Ping",
    "Record",
    "Solicitation",
]

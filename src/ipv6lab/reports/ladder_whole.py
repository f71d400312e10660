"""Whether a capture saw all that passes a node; only then a packet that did not go on is a fact.

A packet that leaves in another form (translated, in a tunnel) is seen too where nothing is filtered
away. With a filter it may not be, so a filter must ask for protocols alone, and the node must have
no interface beside those that were captured.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# What a packet has on its way in and on its way out: protocols, and octets behind the header of
# IPv6 (RFC 8200 §3: its 40 octets hold hop limit and addresses).
SAME = re.compile(
    r"\s*(?:(?:ip6|ip|icmp6|icmp|tcp|udp|and|or|not|icmp6?-\w+|0x[0-9a-f]+|\d+)\b(?![.:/\[-])"
    r"|icmp6\[\w+\]|ip6\[(?P<octet>\d+)(?::\d)?\]|[()&|<>=!]+)",
    re.IGNORECASE,
)
HEADER = 40  # octets of an IPv6 header
# These are in every namespace on a machine that has their modules, and carry nothing by themselves.
IDLE = {"lo", "sit0", "ip6tnl0", "tunl0", "gre0", "gretap0", "erspan0", "ip6gre0"}
IDLE |= {"ip_vti0", "ip6_vti0"}


def seen_whole(
    place: str, network: Mapping[str, Any], addresses: Mapping[str, Any], filter: str
) -> str:
    """The node of which a capture at `place` saw everything that matters; empty if it did not.

    `network` and `addresses` are what the agent tells.

    >>> network = {"nodes": {"gw": {"kind": "router", "interfaces": {"lan": {}, "wan": {}}}}}
    >>> now = {"gw": {"lo": {}, "lan": {}, "wan": {}}}
    >>> seen_whole("gw", network, now, "icmp6"), seen_whole("gw:lan", network, now, "icmp6")
    ('gw', '')
    >>> seen_whole("gw", network, now, "host 2001:db8::1")
    ''
    """
    node = network["nodes"].get(place)
    if node is None or node["kind"] == "switch":
        return ""
    if not filter.strip():
        return place
    more = set(addresses.get(place) or {}) - set(node["interfaces"]) - IDLE
    return "" if more or not _asks_for_protocols(filter) else place


def _asks_for_protocols(filter: str) -> bool:
    at, text = 0, filter.rstrip()
    while at < len(text):
        found = SAME.match(text, at)
        if found is None or (found["octet"] and int(found["octet"]) < HEADER):
            return False
        at = found.end()
    return True

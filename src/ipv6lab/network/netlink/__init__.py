"""Routing netlink (rtnetlink(7)), with nothing but the standard library; Linux 5.10 or later.

`Netlink` sends requests in batches and dumps what is there, `Events` tells what changes,
`wait_until` joins both. Everything is seen from one network namespace.
"""

from ipv6lab.network.netlink.connection import Netlink, receive
from ipv6lab.network.netlink.events import Event, Events, read_event, subscribe, wait_until
from ipv6lab.network.netlink.netlink_errors import EventsLost, NetlinkError
from ipv6lab.network.netlink.netlink_requests import (
    End,
    Request,
    add_address,
    add_neighbour,
    add_route,
    bridge,
    delay,
    delete_address,
    delete_group,
    delete_link,
    delete_neighbour,
    delete_route,
    limit_rate,
    separate_vlan,
    set_link,
    veth,
)
from ipv6lab.network.netlink.objects import (
    Address,
    Link,
    Neighbour,
    NextHop,
    Options,
    Prefix,
    Route,
)

__all__ = [
    "Address",
    "End",
    "Event",
    "Events",
    "EventsLost",
    "Link",
    "Neighbour",
    "Netlink",
    "NetlinkError",
    "NextHop",
    "Options",
    "Prefix",
    "Request",
    "Route",
    "add_address",
    "add_neighbour",
    "add_route",
    "bridge",
    "delay",
    "delete_address",
    "delete_group",
    "delete_link",
    "delete_neighbour",
    "delete_route",
    "limit_rate",
    "read_event",
    "receive",
    "separate_vlan",
    "set_link",
    "subscribe",
    "veth",
    "wait_until",
]

"""What is different between two states of a network, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ipv6lab.words.message import Message, _

State = Mapping[str, Any]


def news(before: State, now: State) -> Iterator[Message]:
    """What a person wants to know of what changed: addresses and links, not neighbours."""
    for name, node in now.items():
        if name not in before:
            continue
        old = before[name]["interfaces"]
        for interface, state in node["interfaces"].items():
            yield from _interface(name, interface, old.get(interface), state)
        yield from _default_routes(name, before[name], node)


def _interface(node: str, name: str, old: State | None, now: State) -> Iterator[Message]:
    if old is None:
        yield _("{node}: the interface {interface} is new", node=node, interface=name)
        old = {"up": True, "carrier": True, "addresses": []}
    works, worked = now["up"] and now["carrier"], old["up"] and old["carrier"]
    if worked and not works and not now["loopback"]:
        yield _("{node}: the link at {interface} is down", node=node, interface=name)
    elif works and not worked and not now["loopback"]:
        yield _("{node}: the link at {interface} is up", node=node, interface=name)
    addresses = {one["address"]: set(one["flags"]) for one in now["addresses"]}
    known = {one["address"]: set(one["flags"]) for one in old["addresses"]}
    where = {"node": node, "interface": name}
    for address, flags in addresses.items():
        if "dadfailed" in flags and "dadfailed" not in known.get(address, set()):
            yield _(
                "{node} {interface}: {address} is somebody else's already (DAD)",
                address=address,
                **where,
            )
        elif address not in known and "tentative" in flags:
            yield _("{node} {interface}: {address} is new, DAD under way", address=address, **where)
        elif address not in known:
            yield _("{node} {interface}: {address} is new", address=address, **where)
        elif "tentative" in known[address] - flags:
            yield _("{node} {interface}: {address} can be used", address=address, **where)
        elif "deprecated" in flags - known[address]:
            yield _("{node} {interface}: {address} is deprecated", address=address, **where)
    for address in known.keys() - addresses.keys():
        yield _("{node} {interface}: {address} is gone", address=address, **where)


def _default_routes(node: str, old: State, now: State) -> Iterator[Message]:
    before, after = _gateways(old), _gateways(now)
    for gateway in sorted(after - before):
        yield _("{node}: a default route by way of {gateway}", node=node, gateway=gateway)
    for gateway in sorted(before - after):
        yield _("{node}: no default route by way of {gateway} any more", node=node, gateway=gateway)


def _gateways(node: State) -> set[str]:
    return {
        str(hop["via"])
        for route in node["routes"]
        if route["destination"].endswith("/0")
        for hop in route["hops"]
        if hop["via"]
    }

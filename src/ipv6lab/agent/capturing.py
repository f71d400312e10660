"""Watching packets for somebody at the other end of a channel, and telling whose they may be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import traceback
from typing import Any, NoReturn

from ipv6lab.agent import pipes, tap
from ipv6lab.agent.channel import Channel
from ipv6lab.agent.lab import Lab
from ipv6lab.network import description
from ipv6lab.network.namespace import join
from ipv6lab.network.net import LabNet
from ipv6lab.network.netlink import Netlink
from ipv6lab.nodes.space import close_descriptors
from ipv6lab.words.errors import LabError


async def capture(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``capture``: frames as the bytes of a pcap file, whose head comes when it has begun.

    ``node`` is a node or a link, ``interface`` one of the node's, or null for all that the
    topology gives it. ``filter`` is in tcpdump's language, or null. It ends after ``count``
    frames or ``seconds``, where they are no null, and at any signal; the answer has ``frames``,
    and in ``lost`` how many came faster than they were taken.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    request = channel.request
    namespace, interfaces = _place(lab.net, request["node"], request.get("interface"))
    wanted = tap.Wanted(
        request["node"],
        interfaces,
        request.get("filter") or "",
        request.get("count"),
        request.get("seconds"),
    )
    data, their_data = os.pipe()
    told, their_told = os.pipe()
    their_end, end = os.pipe()
    child = os.fork()
    if child == 0:
        _be_tap(namespace, wanted, their_data, their_told, their_end)
    process = os.pidfd_open(child)
    for fd in (their_data, their_told, their_end):
        os.close(fd)
    channel.on_signal = lambda _number: _write(end)
    forever: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    answer = bytearray()

    async def take(part: bytes) -> None:
        answer.extend(part)

    try:
        await pipes.pump(data, lambda part: channel.write("O", part), forever)
        await pipes.pump(told, take, forever)
    finally:
        channel.on_signal = None
        _kill(process)
        for fd in (data, told, end, process):
            os.close(fd)
    return _outcome(bytes(answer))


async def addresses(lab: Lab, channel: Channel) -> dict[str, Any]:
    """``addresses``: what each node's interfaces have now.

    ``{"nodes": {node: {interface: {"mac": …, "addresses": [address/length…]}}}}``, loopback and
    tunnels among them.
    """
    if lab.net is None:
        raise LabError("Nothing is built here.")
    found: dict[str, Any] = {}
    for name in description.describe(lab.net)["nodes"]:
        own = found[name] = {}
        with Netlink(lab.node(name).space.net_fd) as netlink:
            for link in netlink.links():
                own[link.name] = {"mac": link.mac, "addresses": []}
            for address in netlink.addresses():
                if address.interface in own:
                    own[address.interface]["addresses"].append(str(address.with_prefix))
    return {"nodes": found}


def _place(net: LabNet, name: str, interface: str | None) -> tuple[int, list[str]]:
    """The network namespace to capture in, and the interfaces (none: the one named is none)."""
    network = description.describe(net)
    node = network["nodes"].get(name)
    if node is not None:
        fd = int(net.nameToNode[name].site.net_fd)
        return fd, [interface] if interface else list(node["interfaces"])
    link = network["links"].get(name)
    if link is None:
        raise LabError(
            "There is no node or link {name} here; the nodes are {nodes}, the links {links}.",
            name=name,
            nodes=", ".join(network["nodes"]),
            links=", ".join(network["links"]),
        )
    if interface:
        raise LabError("{link} is a link; it has no interface {name}.", link=name, name=interface)
    if link["bridge"]:
        return int(net.fabric_fd), [link["bridge"]]
    for node_name, node in network["nodes"].items():
        for own, what in node["interfaces"].items():
            if what["link"] == name:  # either end of a cable sees all of it
                return int(net.nameToNode[node_name].site.net_fd), [own]
    raise RuntimeError(f"link {name} has no end")


def _outcome(told: bytes) -> dict[str, Any]:
    if not told:
        raise RuntimeError("the capture ended without an answer")
    answer: dict[str, Any] = json.loads(told)
    if "defect" in answer:
        raise RuntimeError(answer["defect"])
    if "error" in answer:
        raise LabError.from_json(answer["error"])
    return answer


def _write(fd: int) -> None:
    os.write(fd, b"\n")


def _kill(process: int) -> None:
    """End the child, if it has not ended; `main` collects it."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)


def _be_tap(namespace: int, wanted: tap.Wanted, data: int, told: int, end: int) -> NoReturn:
    """In the child: in the node's network, with the agent's files and programs."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        join(namespace)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        close_descriptors((data, told, end))
        try:
            answer: dict[str, Any] = tap.run(wanted, data, end)
        except LabError as error:
            answer = {"error": error.to_json()}
        except Exception:
            answer = {"defect": traceback.format_exc()}
        os.write(told, json.dumps(answer).encode())
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(0)

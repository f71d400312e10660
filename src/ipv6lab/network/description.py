"""What was built, for everybody who looks at the network and did not build it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ipv6lab.linux import syscalls
from ipv6lab.network.net import LabNet
from ipv6lab.network.nodes import LabSwitch

FABRIC = "fabric"


def describe(net: LabNet) -> dict[str, Any]:
    """Nodes with their interfaces, and links with the fabric's ports, as JSON values.

    ::

        {"nodes": {"pc1": {"kind": "host",
                           "interfaces": {"eth0": {"mac": "02:…", "link": "staff",
                                                   "peer": "staff-eth2"}}}},
         "links": {"staff": {"bridge": "staff", "ports": {"staff-eth2": ["pc1", "eth0"]}}}}

    A link is named after its switch. A link between two nodes without a switch of the fabric is
    named ``a--b`` (and ``a--b-2`` the second time); it has no bridge and no ports, and the `peer`
    of its interfaces is ``[node, interface]``. Where two switches of the fabric are linked, a port
    leads to a bridge: ``["s2", "s2-eth1"]``.
    """
    nodes: dict[str, Any] = {}
    links: dict[str, Any] = {}
    for node in [*net.hosts, *net.switches]:
        if node.site is net.construction.fabric:
            if isinstance(node, LabSwitch):
                links[node.name] = {"bridge": node.name, "ports": {}}
        else:
            kind = "switch" if isinstance(node, LabSwitch) else node.params.get("kind", "host")
            nodes[node.name] = {"kind": kind, "interfaces": {}}
    for link in net.links:
        ends = (link.intf1, link.intf2)
        between = None
        if not any(end.node.name in links for end in ends):
            between = _name(link, links)
            links[between] = {"bridge": None, "ports": {}}
        for end, other in (ends, ends[::-1]):
            there = [other.node.name, other.name]
            if end.node.name in links:
                links[end.node.name]["ports"][end.name] = there
            elif end.node.name in nodes:
                nodes[end.node.name]["interfaces"][end.name] = {
                    "mac": end.MAC(),
                    "link": between or other.node.name,
                    "peer": there if between else other.name,
                }
    return {"nodes": nodes, "links": links}


def _name(link: Any, taken: dict[str, Any]) -> str:
    """A name for a link without switch."""
    name = f"{link.intf1.node.name}--{link.intf2.node.name}"
    number = 1
    while (name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return name if number == 1 else f"{name}-{number}"


def publish(net: LabNet, directory: str | Path) -> None:
    """Bind every node's network namespace, and the fabric's, to a file of its name.

    What is in `directory` (``/run/netns``, say) can be opened by whoever sees the caller's mount
    namespace, also when the processes that made it are gone; `ip netns exec` finds it there. Needs
    CAP_SYS_ADMIN in the caller's user namespace. Raises OSError.
    """
    places = {FABRIC: net.fabric_fd}
    for node in [*net.hosts, *net.switches]:
        if node.site is not net.construction.fabric:
            places[node.name] = node.site.net_fd
    Path(directory).mkdir(parents=True, exist_ok=True)
    for name, fd in places.items():
        _bind(fd, Path(directory, name))


def publish_again(net: LabNet, name: str, directory: str | Path) -> None:
    """The same for one node that was renewed. Raises OSError."""
    target = Path(directory, name)
    syscalls.umount(str(target))
    _bind(net[name].site.net_fd, target)


def _bind(fd: int, target: Path) -> None:
    os.close(os.open(target, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o444))
    syscalls.mount(f"/proc/self/fd/{fd}", str(target), flags=syscalls.MS_BIND)

"""How much kernel memory an idle node takes, beside a bare network namespace with a veth link.

Runs in a sandbox of its own and prints the bytes of each as JSON. Both kinds are made in turns, so
that what else happens on the machine meanwhile weighs on both alike.
"""

import itertools
import json
import statistics

from mininet.topo import SingleSwitchTopo

from ipv6lab.linux.ids import BLOCKS, Block
from ipv6lab.network.net import LabNet
from ipv6lab.network.spaces import PlainSpace
from ipv6lab.nodes.space import Space

NODES = 100
TURNS = 7
RATE = 1000.0  # Mbit/s, to which a lab binds each port of its fabric
# What grows with namespaces and interfaces; page cache and programs are not in it.
COUNTED = ("SUnreclaim", "Percpu", "KernelStack", "PageTables")

identities = itertools.count(1)


def node_spaces(names: list[str]) -> list[Space]:
    return list(
        Space.create_all({name: Block(next(identities) % BLOCKS) for name in names}).values()
    )


def kernel_bytes() -> int:
    with open("/proc/meminfo", encoding="ascii") as file:
        lines = dict(line.split(":") for line in file)
    return sum(int(lines[name].split()[0]) * 1024 for name in COUNTED if name in lines)


kinds = {"bare": PlainSpace.create_all, "node": node_spaces}
taken: dict[str, list[float]] = {kind: [] for kind in kinds}
kept = [LabNet(topo=SingleSwitchTopo(2), spaces=spaces) for spaces in kinds.values()]
for _ in range(TURNS):
    for kind, spaces in kinds.items():
        before = kernel_bytes()
        rate = RATE if kind == "node" else None
        topo = SingleSwitchTopo(NODES)
        kept.append(LabNet(topo=topo, spaces=spaces, autoAddress=False, portRate=rate))
        taken[kind].append((kernel_bytes() - before) / NODES)
print("memory", json.dumps({kind: statistics.median(each) for kind, each in taken.items()}))

"""Topologies: ``topologies/<module>.py``, each a plain Mininet program text.

They are imported here only to be described; what is built from them is built in a sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

from ipv6lab.course.content import Content
from ipv6lab.course.exercises import Exercise
from ipv6lab.course.table import Table
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _
from ipv6lab.words.topology_texts import topology_class

WHOLE = ("agency", "agency")  # the module and the name of the network that the others are parts of


def request(content: Content, exercise: Exercise) -> dict[str, Any]:
    """What the agent needs to build an exercise's topology; one may import another."""
    return _request(content, exercise.topology_module, exercise.topology_name)


def whole_request(content: Content) -> dict[str, Any]:
    """What the agent needs to build the whole network."""
    return _request(content, *WHOLE)


def load(content: Content, exercise: Exercise) -> Any:
    """The exercise's topology, a `mininet.topo.Topo`. Raises LabError when it cannot be read."""
    if not _file(content, exercise.topology_module).is_file():
        raise LabError(
            _(
                "{exercise}: there is no topology {file}.",
                exercise=exercise.id,
                file=str(_file(content, exercise.topology_module)),
            )
        )
    return _load(content, exercise.topology_module, exercise.topology_name)


def whole(content: Content) -> Any:
    """The whole network, of which the others are parts. Raises LabError when it cannot be read."""
    return _load(content, *WHOLE)


def _file(content: Content, module: str) -> Path:
    return content.topologies / f"{module}.py"


def _request(content: Content, module: str, name: str) -> dict[str, Any]:
    files = {
        file.stem: file.read_text(encoding="utf-8")
        for file in sorted(content.topologies.glob("*.py"))
    }
    return {"files": files, "module": module, "name": name}


def _load(content: Content, module: str, name: str) -> Any:
    file = str(_file(content, module))
    try:
        described = topology_class(**_request(content, module, name))
        topology = described and described()
    except Exception as error:
        raise LabError(
            _("{file} is no topology: {reason}.", file=file, reason=repr(error))
        ) from None
    if topology is None:
        raise LabError(_("{file} describes no topology {name}.", file=file, name=name))
    return topology


def nodes(topo: Any, exercise: Exercise) -> list[str]:
    """The nodes that run commands, in the topology's order: hosts, and switches that are nodes."""
    named = topo.nodes(sort=False)
    return [name for name in named if not topo.isSwitch(name) or name in exercise.nodes]


def positions(content: Content) -> dict[str, tuple[float, float]]:
    """Column and row of every node in the one picture that all topologies share."""
    file = content.topologies / "positions.toml"
    if not file.exists():
        return {}
    table = Table.read(file)
    return {name: table.pair(name) for name in table.keys}


def describe(
    topo: Any,
    exercise: Exercise | None,
    plan: dict[str, str],
    places: Mapping[str, tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """Nodes, interfaces and links as they will be built, with the addresses of the plan.

    Without an exercise no node is a trainee's. `places` are the `positions` of the picture.
    """
    own = exercise.nodes if exercise else ()
    described: dict[str, Any] = {"nodes": {}, "links": {}}
    for name in topo.nodes(sort=False):
        if topo.isSwitch(name):
            described["links"][name] = {"bridge": name, "prefixes": []}
            if topo.nodeInfo(name).get("hub"):
                described["links"][name]["cable"] = True
            if "vlan" in topo.nodeInfo(name):
                described["links"][name]["vlan"] = topo.nodeInfo(name)["vlan"]
        if not topo.isSwitch(name) or name in own:
            described["nodes"][name] = {
                "kind": "switch"
                if topo.isSwitch(name)
                else topo.nodeInfo(name).get("kind", "host"),
                "trainee": name in own,
                "interfaces": {},
            }
    for first, second, options in topo.links(withInfo=True, sort=False):
        link = _link_name(topo, first, second)
        described["links"].setdefault(link, {"bridge": None, "prefixes": []})
        if "delay" in options:
            described["links"][link]["delay"] = options["delay"]
        for name, option in ((first, "intfName1"), (second, "intfName2")):
            if name in described["nodes"]:
                interfaces = described["nodes"][name]["interfaces"]
                interface = options.get(option) or f"{name}-eth{len(interfaces)}"
                interfaces[interface] = {"link": link, "addresses": []}
    for name, node in described["nodes"].items():
        ends = [described["links"][one["link"]] for one in node["interfaces"].values()]
        if sum("cable" in end for end in ends) > 1:  # each port a cable of its own: a datapath
            node["kind"] = "switch"
        for interface in node["interfaces"].values():
            network = _network(topo, interface["link"])
            planned = _addresses(plan, name, network, node["kind"] == "router")
            interface["addresses"] = _spoken(topo, interface["link"], planned)
        if topo.nodeInfo(name).get("loopback"):
            node["interfaces"]["lo"] = {"link": None, "addresses": _loopback(plan, name)}
    for name, link in described["links"].items():
        network = _network(topo, name)
        planned = [plan[key] for key in (f"{network}.prefix", f"{network}.prefix4") if key in plan]
        link["prefixes"] = _spoken(topo, name, planned)
    if places:
        described["positions"] = {
            name: list(places[name]) for name in described["nodes"] if name in places
        }
    return described


def _link_name(topo: Any, first: str, second: str) -> str:
    for name in (first, second):
        if topo.isSwitch(name):
            return name
    return f"{first}--{second}"


def _network(topo: Any, link: str) -> str:
    """The plan's name of a link: its switch says so where the two differ."""
    if link in topo.nodes():
        return str(topo.nodeInfo(link).get("network", link))
    return link


def _spoken(topo: Any, link: str, planned: list[str]) -> list[str]:
    """Those of the plan's addresses whose protocol is spoken on a link."""
    version = getattr(topo, "families", {}).get(link)
    return [one for one in planned if version in (None, ip_interface(one).version)]


def _addresses(plan: dict[str, str], node: str, network: str, router: bool) -> list[str]:
    """What the plan gives to a node on a network.

    A machine has its address there at home or as a visitor, and none where SLAAC gives it one; a
    router has the one under its name, or is the network's router.
    """
    found = []
    for family in ("", "4"):
        prefix = plan.get(f"{network}.prefix{family}")
        if prefix is None:
            continue
        home = plan.get(f"{node}.address{family}")
        if home is not None and ip_address(home) not in ip_network(prefix):
            home = None
        address = home or plan.get(f"{node}.{network}{family}")
        address = address or plan.get(f"{network}.{node}{family}")
        if address is None and router:
            address = plan.get(f"{network}.router{family}")
        if address:
            found.append(f"{address}/{prefix.partition('/')[2]}")
    return found


def _loopback(plan: dict[str, str], node: str) -> list[str]:
    lengths = {"": 128, "4": 32}
    return [
        f"{plan[key]}/{length}"
        for family, length in lengths.items()
        if (key := f"{node}.loopback{family}") in plan
    ]

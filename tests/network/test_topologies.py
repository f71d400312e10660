"""Every topology is a plain description that needs Mininet alone, and it can be built."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOPOLOGIES = Path(__file__).parents[2] / "topologies"
FILES = sorted(TOPOLOGIES.glob("*.py"))


@pytest.fixture(autouse=True)
def _folder_on_the_path(monkeypatch):
    """One topology may build on another."""
    monkeypatch.syspath_prepend(TOPOLOGIES)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_topology_needs_mininet_alone(path):
    program = (
        "import json, runpy, sys\n"
        f"sys.path.insert(0, {str(TOPOLOGIES)!r})\n"
        f"topos = runpy.run_path({str(path)!r})['topos']\n"
        "described = {name: sorted(topo().nodes()) for name, topo in topos.items()}\n"
        "print(json.dumps([described, [m for m in sys.modules if m.startswith('ipv6lab')]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    described, ours = json.loads(done.stdout)
    assert described
    assert all(described.values())
    assert [name for name in ours if not name.startswith("__editable__")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_switch_has_a_datapath_id_of_its_own(path):
    for make in load(path).topos.values():
        topo = make()
        ids = [topo.nodeInfo(switch).get("dpid") for switch in topo.switches()]
        assert all(ids)
        assert len(ids) == len(set(ids))


def test_the_staff_lan():
    topo = load(TOPOLOGIES / "staff.py").topos["staff"]()
    assert topo.hosts() == ["app", "hq-core", "pc1", "pc2"]
    assert topo.switches() == ["srv", "staff"]
    links = {(one, info.get("intfName1"), two) for one, two, info in topo.links(withInfo=True)}
    assert links == {
        ("hq-core", "staff", "staff"),
        ("hq-core", "srv", "srv"),
        ("pc1", "eth0", "staff"),
        ("pc2", "eth0", "staff"),
        ("app", "eth0", "srv"),
    }


@pytest.mark.isolated
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_topology_can_be_built_and_told(path):
    from ipv6lab.network.description import describe
    from ipv6lab.network.net import LabNet

    for make in load(path).topos.values():
        net = LabNet(topo=make(), autoAddress=False)
        told = json.loads(json.dumps(describe(net)))
        for name, node in told["nodes"].items():
            for interface, facts in node["interfaces"].items():
                assert net[name].netlink.link(interface).mac == facts["mac"]
                link = told["links"][facts["link"]]
                if link["bridge"]:
                    assert link["ports"][facts["peer"]] == [name, interface]
        net.stop()

"""Programs for Mininet that make switches of Open vSwitch, on LabNet."""

import re
import shutil
import tempfile

import pytest
from mininet_programs import ipv6lab, made


@pytest.fixture(autouse=True)
def runtime(monkeypatch):
    directory = tempfile.mkdtemp(prefix="v6-")
    monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
    yield
    shutil.rmtree(directory)


BEGIN = (
    "import subprocess",
    "from mininet.cli import CLI",
    "from mininet.net import Mininet",
    "from mininet.node import Controller, Host, Node, OVSBridge, OVSKernelSwitch, OVSSwitch",
    "from mininet.node import RemoteController",
    "from mininet.log import setLogLevel",
    "setLogLevel('info')",
)
TWO_HOSTS = (
    "h1 = net.addHost('h1', cls=Host, ip='2001:db8::1/64', defaultRoute=None)",
    "h2 = net.addHost('h2', cls=Host, ip='2001:db8::2/64', defaultRoute=None)",
)


def dropped(said):
    return [int(one) for one in re.findall(r"Results: (\d+)% dropped", said)]


@pytest.mark.parametrize("address", ["127.0.0.1", "2001:db8:c::1"])
def test_a_controller_from_elsewhere_steers_it(tmp_path, address):
    """The one that a program starts itself, reached over either family."""
    program = made(
        tmp_path,
        "flows.py",
        *BEGIN,
        "subprocess.run('ip address add 2001:db8:c::1/128 dev lo', shell=True, check=True)",
        "ryu = subprocess.Popen(['ryu-manager', 'ryu.app.simple_switch_13'])",
        "net = Mininet(controller=None)",
        f"c0 = net.addController('c0', controller=RemoteController, ip='{address}', port=6653)",
        "s1 = net.addSwitch('s1', cls=OVSSwitch, protocols='OpenFlow13')",
        "s2 = net.addSwitch('s2', cls=OVSKernelSwitch, protocols='OpenFlow13', dpid='0:a2')",
        *TWO_HOSTS,
        "for one, other in ((h1, s1), (s1, s2), (s2, h2)):",
        "    net.addLink(one, other)",
        "net.start()",
        "assert net.waitConnected(timeout=100)",
        "assert net.pingAll(timeout=10) == 0",
        "flows = s1.cmd('ovs-ofctl -O OpenFlow13 dump-flows s1')",
        "assert 'priority=1,in_port=' in flows and 'actions=CONTROLLER' in flows, flows",
        "print('datapath:', s2.cmd('ovs-vsctl get bridge s2 datapath_id').strip())",
        "net.configLinkStatus('s1', 's2', 'down')",
        "net.ping([h1, h2], timeout=1)",
        "net.stop()",
        "ryu.terminate()",
        "ryu.wait()",
    )
    done = ipv6lab("run", program)
    assert done.returncode == 0, done.stdout
    assert dropped(done.stdout) == [0, 100], done.stdout
    assert 'datapath: "00000000000000a2"' in done.stdout
    assert "datapath is the one in user space: the kernel's is left out" in done.stdout


def test_an_export_of_miniedit_has_the_controller_that_it_names(tmp_path):
    """As MiniEdit writes it: the switch is started by itself, and given what was made before."""
    program = made(
        tmp_path,
        "export.py",
        *BEGIN,
        "net = Mininet(topo=None, build=False, ipBase='10.0.0.0/8')",
        "c0 = net.addController(name='c0', controller=Controller, protocol='tcp', port=6633)",
        "s1 = net.addSwitch('s1', cls=OVSKernelSwitch, dpid='1')",
        "r2 = net.addHost('r2', cls=Node, ip='0.0.0.0')",
        "r2.cmd('sysctl -w net.ipv4.ip_forward=1')",
        "h1 = net.addHost('h1', cls=Host, ip='10.0.0.1', defaultRoute=None)",
        "h2 = net.addHost('h2', cls=Host, ip='10.0.0.2', defaultRoute=None)",
        "for host in (h1, h2, r2):",
        "    net.addLink(host, s1)",
        "net.build()",
        "for controller in net.controllers:",
        "    controller.start()",
        "net.get('s1').start([c0])",
        "s1.cmd('ifconfig s1 10.0.0.9')",
        "h1.cmd('ip -6 addr add 2001:db8::1/64 dev h1-eth0 nodad')",
        "h2.cmd('ip -6 addr add 2001:db8::2/64 dev h2-eth0 nodad')",
        "net.waitConnected(timeout=60)",
        "print(h1.cmd('ping -6 -c1 -W 10 2001:db8::2'))",
        "CLI(net)",
        "net.stop()",
    )
    done = ipv6lab("run", program, typed="h2 ping -c 1 -W 10 h1\ndpctl dump-flows\nexit\n")
    assert done.stdout.count("1 packets transmitted, 1 received") == 2, done.stdout
    assert "Controller c0 is Ryu's ryu.app.simple_switch\n" in done.stdout
    assert re.search(r"n_packets=\d+.* actions=output:", done.stdout), done.stdout
    assert done.returncode == 0


def test_without_a_controller_the_tables_are_what_the_program_types(tmp_path):
    program = made(
        tmp_path,
        "typed.py",
        *BEGIN,
        "net = Mininet(controller=None)",
        "s1 = net.addSwitch('s1', cls=OVSSwitch, failMode='secure')",
        *TWO_HOSTS,
        "net.addLink(h1, s1, port2=7)",
        "net.addLink(h2, s1, port2=9)",
        "net.start()",
        "net.ping([h1, h2], timeout=1)",
        "s1.dpctl('add-flow', 'in_port=7,actions=output:9')",
        "net.ping([h1, h2], timeout=1)",  # one way is no way
        "s1.dpctl('add-flow', 'in_port=9,actions=output:7')",
        "net.ping([h1, h2], timeout=10)",
        "net.stop()",
    )
    done = ipv6lab("run", program)
    assert dropped(done.stdout) == [100, 100, 0], done.stdout
    assert done.returncode == 0


def test_bridges_of_it_learn_by_themselves_and_find_their_tree(tmp_path):
    """Three of them in a ring; the next network has the same names again."""
    program = made(
        tmp_path,
        "ring.py",
        *BEGIN,
        "for turn in (1, 2):",
        "    net = Mininet(controller=None, switch=OVSBridge)",
        "    ring = [net.addSwitch(f's{n}', stp=True) for n in (1, 2, 3)]",
        "    " + TWO_HOSTS[0],
        "    " + TWO_HOSTS[1],
        "    for n in (0, 1, 2):",
        "        net.addLink(ring[n], ring[(n + 1) % 3])",
        "    net.addLink(h1, ring[0])",
        "    net.addLink(h2, ring[1])",
        "    net.build()",
        "    for one in ring:",
        "        one.start([])",
        "        one.vsctl(f'set bridge {one} other_config:stp-forward-delay=4')",
        "    assert net.waitConnected(timeout=60)",
        "    net.ping([h1, h2], timeout=10)",
        "    print(sum(one.dpctl('show').count('STP_BLOCK') for one in ring), 'blocked')",
        "    net.stop()",
    )
    done = ipv6lab("run", program)
    assert dropped(done.stdout) == [0, 0], done.stdout
    assert done.stdout.count("1 blocked") == 2, done.stdout
    assert done.returncode == 0


WRONG = [
    ("failMode='open'", "Open vSwitch refuses this: constraint violation: open is"),
    ("protocols='OpenFlow99'", "Open vSwitch refuses this: constraint violation: OpenFlow99 is"),
    ("dpid='xyz'", "The datapath id xyz of switch s1 is not 1 to 16 hexadecimal digits."),
    ("inNamespace=True", "Switch s1 of Open vSwitch cannot have a namespace of its own:"),
]


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_what_it_cannot_be_is_said_in_a_sentence(tmp_path, words, said):
    program = made(
        tmp_path,
        "wrong.py",
        *BEGIN,
        "net = Mininet(controller=None)",
        f"net.addSwitch('s1', cls=OVSSwitch, {words})",
        "net.start()",
    )
    done = ipv6lab("run", program)
    assert done.returncode == 2, done.stdout
    assert f"wrong.py: {said}" in done.stdout.splitlines()[-1], done.stdout
    assert "Traceback" not in done.stdout


WITHOUT_TUN = "subprocess.run('rm /dev/net/tun || mount -t tmpfs tmpfs /dev/net', shell=True)"


def test_where_it_cannot_run_a_bridge_does_the_same_with_a_note(tmp_path):
    program = made(
        tmp_path,
        "export.py",
        *BEGIN,
        WITHOUT_TUN,
        "net = Mininet(topo=None, build=False)",
        "c0 = net.addController(name='c0', controller=Controller, port=6633)",
        "s1 = net.addSwitch('s1', cls=OVSKernelSwitch, failMode='standalone')",
        *TWO_HOSTS,
        "net.addLink(h1, s1)",
        "net.addLink(h2, s1)",
        "net.build()",
        "c0.start()",
        "s1.start([c0])",
        "net.ping([h1, h2], timeout=10)",
    )
    done = ipv6lab("run", program)
    assert dropped(done.stdout) == [0], done.stdout
    assert "Switch s1 is a Linux bridge: LabOpenVSwitch is left out" not in done.stdout
    assert "Switch s1 is a Linux bridge: Open vSwitch needs /dev/net/tun" in done.stdout
    assert "No controller c0: the switches learn by themselves" in done.stdout


@pytest.mark.parametrize("first", ["controller", "switch"])
def test_where_it_cannot_run_a_steered_one_is_refused(tmp_path, first):
    lines = [
        "net.addController('c0', controller=RemoteController, ip='127.0.0.1', port=6653)",
        "net.addSwitch('s1', cls=OVSSwitch)",
    ]
    program = made(
        tmp_path,
        "flows.py",
        *BEGIN,
        WITHOUT_TUN,
        "net = Mininet()",
        *(lines if first == "controller" else reversed(lines)),
    )
    done = ipv6lab("run", program)
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1].startswith("flows.py: Switch s1 is to be steered")

"""LabNet does what Mininet programs expect, on real namespaces."""

import os
import shutil
import time

import pytest
from icmp import answers
from mininet.link import TCIntf
from mininet.net import Mininet
from mininet.node import IVSSwitch, Node
from mininet.topo import LinearTopo, SingleSwitchTopo, Topo

from ipv6lab.network.description import describe, publish
from ipv6lab.network.namespace import entered
from ipv6lab.network.net import LabNet
from ipv6lab.network.netlink import (
    Netlink,
    add_address,
    bridge,
    delete_link,
    set_link,
    wait_until,
)
from ipv6lab.network.spaces import PlainSpace
from ipv6lab.words.errors import LabError

pytestmark = pytest.mark.isolated


def link_local(node, intf=None):
    """The node's link-local address, when it is usable."""

    def look(netlink):
        found = netlink.addresses(interface=str(node.intf(intf)), family=6)
        return [str(one.address) for one in found if one.usable and one.scope == "link"]

    (address,) = wait_until(look, 5, node.site.net_fd, "address")
    return address


def reaches(one, other):
    """Whether two nodes on one link hear each other, by their link-local addresses."""
    link_local(one)
    return answers(one.site.net_fd, link_local(other), index=one.intf().index)


def setting(node, name):
    with entered(node.site.net_fd), open(f"/proc/sys/net/{name}", encoding="ascii") as file:
        return file.read().split()


def test_two_hosts_on_a_bridge_hear_each_other():
    net = LabNet(topo=SingleSwitchTopo(2))
    net.start()
    assert reaches(*net.get("h1", "h2"))
    assert net.get("h1").shell is None


def test_frames_cross_several_bridges():
    net = LabNet(topo=LinearTopo(3))
    net.start()
    assert reaches(*net.get("h1", "h3"))


def test_hosts_keep_the_kernels_defaults():
    net = LabNet(topo=SingleSwitchTopo(1))
    h1 = net["h1"]
    assert setting(h1, "ipv6/conf/all/forwarding") == ["0"]
    assert setting(h1, "ipv6/conf/h1-eth0/accept_ra") == ["1"]
    assert setting(h1, "ipv6/conf/h1-eth0/accept_dad") == ["1"]
    assert setting(h1, "ipv4/ping_group_range") != ["1", "0"]
    assert {link.name: link.up for link in h1.netlink.links()} == {"lo": True, "h1-eth0": True}


def test_the_fabric_takes_no_part_in_ipv6():
    net = LabNet(topo=SingleSwitchTopo(2))
    link_local(net["h1"])
    with Netlink(net.fabric_fd) as fabric:
        ports = {link.name: link for link in fabric.links()}
        assert ports.keys() == {"lo", "s1", "s1-eth1", "s1-eth2"}
        assert ports["s1-eth1"].master == ports["s1"].index
        assert not [a for a in fabric.addresses(family=6) if a.interface != "lo"]
    assert setting(net["s1"], "ipv6/conf/s1/disable_ipv6") == ["1"]
    assert setting(net["s1"], "ipv6/conf/s1-eth1/disable_ipv6") == ["1"]


def test_mininet_gives_its_addresses_unless_told_not_to():
    net = LabNet(topo=SingleSwitchTopo(2))
    assert [h.IP() for h in net.hosts] == ["10.0.0.1", "10.0.0.2"]
    assert [str(a.with_prefix) for a in net["h2"].intf().addresses(4)] == ["10.0.0.2/8"]
    net = LabNet(topo=SingleSwitchTopo(2), autoAddress=False)
    assert net["h1"].intf().addresses(4) == []
    assert net["h1"].IP() is None


def test_several_addresses_of_both_families():
    net = LabNet()
    switch = net.addSwitch("s1")
    host = net.addHost("h1", ip=["192.0.2.1/24", "2001:db8::1/64", "2001:db8::2/64"])
    net.addLink(host, switch)
    net.start()
    given = {"192.0.2.1/24", "2001:db8::1/64", "2001:db8::2/64"}

    def configured():
        return {str(a.with_prefix) for a in host.intf().addresses() if a.scope == "global"}

    assert configured() == given
    assert (host.IP(), host.IP(family=6)) == ("192.0.2.1", "2001:db8::1")
    host.setIP("192.0.2.9/24")
    host.delIP("2001:db8::1/64")
    assert configured() == {"192.0.2.9/24", "2001:db8::2/64"}
    host.setIP("2001:db8::5/64")
    assert configured() == {"192.0.2.9/24", "2001:db8::5/64"}
    assert host.reachableIPs() == {4: "192.0.2.9", 6: "2001:db8::5"}
    host.setDefaultRoute("via 2001:db8::ff")
    host.setDefaultRoute("dev h1-eth0 via 192.0.2.254")
    gateways = {r.destination.version: str(r.gateway) for r in host.netlink.routes() if r.default}
    assert gateways == {4: "192.0.2.254", 6: "2001:db8::ff"}


def test_addresses_that_a_command_configured_are_found():
    net = LabNet(topo=SingleSwitchTopo(1), autoAddress=False)
    intf = net["h1"].intf()
    net["h1"].request(add_address(intf.index, "2001:db8::7/64", nodad=True))
    assert intf.updateIP() == "2001:db8::7"
    assert intf.updateMAC() == intf.MAC()


def test_mac_addresses_do_not_change_from_run_to_run():
    macs = [
        {str(i): i.MAC() for h in LabNet(topo=SingleSwitchTopo(9)).hosts for i in h.intfList()}
        for _ in range(2)
    ]
    assert macs[0] == macs[1]
    assert len(set(macs[0].values())) == 9
    for mac in macs[0].values():
        assert int(mac[:2], 16) & 3 == 2  # locally administered, unicast


def test_mac_addresses_can_be_chosen():
    net = LabNet()
    for number in (1, 2, 3):
        net.addHost(f"h{number}")
    net.addLink("h1", "h2", addr1="02:00:00:00:00:AA")
    net.addLink("h2", "h3")
    net["h3"].setMAC("02:00:00:00:00:03")
    assert net["h1"].netlink.link("h1-eth0").mac == "02:00:00:00:00:aa"
    assert net["h3"].netlink.link("h3-eth0").mac == "02:00:00:00:00:03"
    net = LabNet(topo=SingleSwitchTopo(2), autoSetMacs=True)
    assert net["h2"].netlink.link("h2-eth0").mac == "00:00:00:00:00:02"


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_commands_run_where_the_node_is():
    net = LabNet(topo=SingleSwitchTopo(2))
    h1 = net["h1"]
    assert h1.cmd("cat /proc/net/dev | grep -c h1-eth0") == "1\r\n"
    h1.cmd("cd /tmp; word=kept")
    assert h1.cmd("echo $PWD $word") == "/tmp kept\r\n"
    assert h1.pexec("sh", "-c", "echo out; echo err >&2; exit 3") == ("out\n", "err\n", 3)
    assert h1.popen("echo hello").communicate()[0] == b"hello\n"
    assert h1.popen("echo $((1 + 2)) words", shell=True).communicate()[0] == b"3 words\n"
    mount = "import ctypes; ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None)"
    h1.cmd(f'python3 -c "{mount}" && touch /tmp/private')
    assert h1.cmd("ls /tmp") == "private\r\n"
    assert not os.path.exists("/tmp/private")
    h1.sendCmd("sleep 60", printPid=True)
    while h1.lastPid is None:
        h1.monitor(timeoutms=2000)
    h1.sendInt()
    h1.waitOutput()
    assert h1.cmd("echo $?") == "130\r\n"
    shell = h1.shell
    net.stop()
    assert shell.poll() is not None


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_a_node_class_written_for_mininet():
    class LinuxRouter(Node):
        """As in Mininet's own examples/linuxrouter.py."""

        def config(self, **params):
            super().config(**params)
            self.cmd("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding")

    class Net(Topo):
        def build(self):
            self.addNode("r0", cls=LinuxRouter, ip="192.0.2.1/24")
            self.addHost("h1")
            self.addLink("h1", "r0", intfName2="r0-lan", params2={"ip": "2001:db8::1/64"})

    net = LabNet(topo=Net())
    net.start()
    assert isinstance(net["r0"], LinuxRouter)
    assert setting(net["r0"], "ipv6/conf/all/forwarding") == ["1"]
    assert {str(a.address) for a in net["r0"].intf().addresses() if a.scope == "global"} == {
        "192.0.2.1",
        "2001:db8::1",
    }


def test_links_fail_and_come_back_without_taking_addresses():
    net = LabNet(topo=SingleSwitchTopo(2), autoAddress=False)
    net.start()
    h1 = net["h1"]
    h1.setIP("2001:db8::1/64")
    assert h1.reachableIPs() == {6: "2001:db8::1"}
    net.configLinkStatus("h1", "s1", "down")
    assert wait_until(lambda n: not n.link("h1-eth0").carrier, 2, h1.site.net_fd, "link")
    assert h1.reachableIPs() == {6: "2001:db8::1"}
    net.configLinkStatus("s1", "h1", "up")
    assert wait_until(lambda n: n.link("h1-eth0").carrier, 2, h1.site.net_fd, "link")
    assert reaches(h1, net["h2"])


def test_a_link_works_at_once():
    """The two ends' numbers differ, so the kernel does not wait for its once-a-second rounds."""
    net = LabNet()
    one, other = net.addHost("h1"), net.addHost("h2")
    began = time.monotonic()
    net.addLink(one, other)
    assert wait_until(lambda n: n.link("h1-eth0").state == "UP", 2, one.site.net_fd, "link")
    assert wait_until(lambda n: n.link("h2-eth0").state == "UP", 2, other.site.net_fd, "link")
    assert time.monotonic() - began < 0.5


def test_a_running_network_grows_and_shrinks():
    net = LabNet(topo=SingleSwitchTopo(1))
    net.start()
    guest = net.addHost("guest")
    link = net.addLink(guest, "s1", intfName1="eth0")
    assert reaches(guest, net["h1"])
    net.delLink(link)
    assert guest.intfList() == []
    assert [link.name for link in guest.netlink.links()] == ["lo"]
    with Netlink(net.fabric_fd) as fabric:
        assert {link.name for link in fabric.links()} == {"lo", "s1", "s1-eth1"}
    net.delHost(guest)
    assert "guest" not in net


def test_a_switch_can_be_a_node_of_its_own():
    class Net(Topo):
        def build(self):
            self.addSwitch("sw", dpid="1", inNamespace=True)
            self.addSwitch("s1")
            for name, switch in (("h1", "sw"), ("h2", "sw"), ("h3", "s1")):
                self.addHost(name)
                self.addLink(name, switch, intfName1="eth0")
            self.addLink("sw", "s1", intfName1="uplink")

    net = LabNet(topo=Net())
    net.start()
    assert reaches(*net.get("h1", "h2"))
    assert reaches(*net.get("h1", "h3"))
    assert {link.name for link in net["sw"].netlink.links()} >= {"sw", "sw-eth1", "uplink"}
    told = describe(net)
    assert told["nodes"]["sw"]["kind"] == "switch"
    assert told["nodes"]["h1"]["interfaces"]["eth0"]["link"] == "h1--sw"
    assert told["nodes"]["sw"]["interfaces"]["uplink"]["link"] == "s1"
    assert told["links"].keys() == {"s1", "h1--sw", "h2--sw"}


def test_description_of_links_without_a_switch():
    net = LabNet()
    a, b = net.addHost("a1", kind="router"), net.addHost("b1")
    net.addLink(a, b)
    net.addLink(a, b, intfName2="second")
    told = describe(net)
    assert told["links"] == {
        "a1--b1": {"bridge": None, "ports": {}},
        "a1--b1-2": {"bridge": None, "ports": {}},
    }
    assert told["nodes"]["a1"]["kind"] == "router"
    assert told["nodes"]["b1"]["interfaces"]["second"] == {
        "mac": b.intf("second").MAC(),
        "link": "a1--b1-2",
        "peer": ["a1", "a1-eth1"],
    }


def test_published_namespaces_can_be_entered_by_path(tmp_path):
    net = LabNet(topo=SingleSwitchTopo(2))
    publish(net, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"fabric", "h1", "h2"}
    with Netlink(tmp_path / "h2") as netlink:
        assert netlink.link("h2-eth0").mac == net["h2"].MAC()
    with Netlink(tmp_path / "fabric") as netlink:
        assert netlink.link("s1").kind == "bridge"


def test_a_ports_rate_is_bound():
    net = LabNet(topo=SingleSwitchTopo(2), portRate=50)
    assert reaches(*net.get("h1", "h2"))
    if shutil.which("tc"):
        assert "rate 50Mbit" in net["s1"].pexec("tc qdisc show dev s1-eth2")[0]


def test_what_is_not_there_is_said_in_a_sentence():
    net = LabNet()
    net.addSwitch("s1")
    with pytest.raises(LabError, match="longer than 15 characters"):
        net.addLink(net.addHost("a-very-long-name"), "s1")
    with pytest.raises(LabError, match="Switch s2 is to be a IVSSwitch"):
        net.addSwitch("s2", cls=IVSSwitch)

    class NetworkOnly:
        def __init__(self, name):
            self._plain = PlainSpace.create(name)
            self.net_fd = self._plain.net_fd

        def close(self):
            self._plain.close()

    net = LabNet(topo=SingleSwitchTopo(1), spaces=lambda names: map(NetworkOnly, names))
    with pytest.raises(LabError, match="Node h1 runs no commands here"):
        net["h1"].cmd("true")


def test_interface_classes_written_for_mininet():
    net = LabNet(topo=SingleSwitchTopo(2), intf=TCIntf)
    assert isinstance(net["h1"].intf(), TCIntf)
    assert reaches(*net.get("h1", "h2"))


def test_a_namespace_ends_with_the_network():
    net = LabNet(topo=SingleSwitchTopo(2))
    net.start()
    net.stop()
    with Netlink() as netlink:
        assert [link.name for link in netlink.links()] == ["lo"]
    assert isinstance(net, Mininet)


@pytest.mark.skipif(not shutil.which("ping"), reason="ping is not installed")
def test_pinging_takes_ipv6_where_hosts_have_it():
    net = LabNet(autoAddress=False)
    net.addSwitch("s1")
    for number in (1, 2):
        net.addLink(net.addHost(f"h{number}", ip=f"2001:db8::{number}/64"), "s1")
    net.addLink(net.addHost("h3"), "s1")
    net.start()
    hosts = net.get("h1", "h2")
    assert net.ping(hosts) == 0
    ((_, _, figures), _) = net.pingFull(hosts)
    assert figures[:2] == (1, 1)


def test_a_hundred_hosts():
    net = LabNet(topo=SingleSwitchTopo(100), autoAddress=False)
    net.start()
    assert reaches(*net.get("h1", "h100"))


def test_a_node_is_renewed_and_the_others_keep_everything():
    net = LabNet(topo=SingleSwitchTopo(3), autoAddress=False)
    h1, h2, h3 = net.hosts
    net.addLink(h1, h3, intfName1="direct", intfName2="back")
    net.start()
    for host, address in ((h1, "2001:db8::1/64"), (h2, "2001:db8::2/64")):
        host.setIP(address)
    h3.setIP("2001:db8:1::3/64", intf="back")
    intf = h1.intf()
    mac = intf.MAC()
    h1.request(set_link(intf.index, mac="02:00:00:00:00:99", mtu=1280, up=False))
    h1.request(set_link(intf.index, name="other"))
    h1.request(bridge("own", index=77))
    before = os.fstat(h1.site.net_fd).st_ino
    told = describe(net)
    net.renew("h1")
    assert os.fstat(h1.site.net_fd).st_ino != before
    assert {link.name for link in h1.netlink.links()} == {"lo", "h1-eth0", "direct"}
    link = h1.netlink.link("h1-eth0")
    assert (link.mac, link.mtu, link.up) == (mac, 1500, True)
    assert h1.reachableIPs() == {}
    assert h1.IP(family=6) is None
    assert describe(net) == told
    assert {str(a.address) for a in h3.intf("back").addresses(6) if a.scope == "global"} == {
        "2001:db8:1::3"
    }
    h1.setIP("2001:db8::1/64")
    h1.reachableIPs()
    h2.reachableIPs()
    assert answers(h1.site.net_fd, "2001:db8::2")


def test_a_link_that_somebody_removed_is_made_again():
    net = LabNet(topo=SingleSwitchTopo(2))
    net.start()
    h1 = net["h1"]
    mac = h1.MAC()
    h1.request(delete_link(h1.intf().index))
    net.renew("h1")
    assert h1.netlink.link("h1-eth0").mac == mac
    assert {str(a.address) for a in h1.intf().addresses(4)} == {"10.0.0.1"}
    assert reaches(h1, net["h2"])


def test_a_switch_that_is_a_node_is_renewed():
    net = LabNet()
    switch = net.addSwitch("sw", inNamespace=True)
    for name in ("h1", "h2"):
        net.addLink(net.addHost(name), switch, intfName1="eth0")
    net.start()
    net.renew("sw")
    assert reaches(*net.get("h1", "h2"))

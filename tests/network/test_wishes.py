"""VLANs and delays: where the kernel has them, and the same network without them where not."""

import time

import pytest
from icmp import answers
from mininet.topo import Topo

from ipv6lab.network.interfaces import _seconds
from ipv6lab.network.net import LabNet
from ipv6lab.network.netlink import wait_until

DELAY = 0.05  # seconds, one way


class Wishes(Topo):
    def build(self):
        self.addSwitch("s1", dpid="1", vlan=10)
        for name in ("h1", "h2", "far"):
            self.addHost(name)
        self.addLink("h1", "s1")
        self.addLink("h2", "s1")
        self.addLink("h2", "far", delay="50ms")


def link_local(node, interface):
    """The node's link-local address there, when it is usable."""

    def look(netlink):
        found = netlink.addresses(interface=interface, family=6)
        return [str(one.address) for one in found if one.usable and one.scope == "link"]

    (address,) = wait_until(look, 20, node.site.net_fd, "address")
    return address


def trip(one, interface, other, others):
    """Seconds to another node and back, by link-local addresses; None where it does not answer."""
    link_local(one, interface)
    target = link_local(other, others)
    took = None
    for _ in range(2):  # the first packet waits for the question for the neighbour
        began = time.monotonic()
        answered = answers(one.site.net_fd, target, index=one.intf(interface).index)
        took = time.monotonic() - began if answered else None
    return took


@pytest.mark.isolated
def test_the_network_works_with_them_and_without():
    net = LabNet(topo=Wishes(), autoAddress=False)
    net.start()
    h1, h2, far = net.get("h1", "h2", "far")
    assert trip(h1, "h1-eth0", h2, "h2-eth0") is not None
    took = trip(h2, "h2-eth1", far, "far-eth0")
    assert took is not None
    assert net.construction.without <= {"vlan", "netem"}
    if "netem" not in net.construction.without:
        assert took >= 2 * DELAY
        net.renew("far")
        assert trip(h2, "h2-eth1", net["far"], "far-eth0") >= 2 * DELAY


@pytest.mark.parametrize(("text", "seconds"), [("5ms", 0.005), ("1s", 1.0), ("250us", 0.00025)])
def test_times_as_tc_takes_them(text, seconds):
    assert _seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "ms", "-5ms", "5 min", ""])
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match="such as 5ms"):
        _seconds(text)

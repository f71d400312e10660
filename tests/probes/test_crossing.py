"""What a bridge of a node passes on is seen to come out, and what it does not, is not."""

import secrets
import sys
import tempfile
from pathlib import Path

from ipv6lab.course import content
from ipv6lab.course.plan import addressing_plan
from ipv6lab.linux import syscalls
from ipv6lab.network.netlink import Netlink, bridge, set_link
from ipv6lab.probes import Lab
from ipv6lab.probes.hosts.crossing import Sent, cross
from ipv6lab.probes.seen.fabric import Fabric
from ipv6lab.wire.headers import ethernet
from tests.probes.stage import isolated

LINKS = ("guest", "guest-dhcp", "guest-1", "guest-2", "guest-3", "guest-4")
MAC, EVERYBODY, KIND = "02:00:00:00:00:99", "ff:ff:ff:ff:ff:ff", 0x88B5  # for experiments


def switched(*without):
    """The guests' switch, whose ports but for these are in one bridge."""
    from ipv6lab.network.description import describe, publish
    from ipv6lab.network.net import LabNet

    folder = Path(tempfile.mkdtemp())
    syscalls.mount("none", str(folder), "tmpfs")  # goes with the mount namespace
    course = content.find()
    sys.path.insert(0, str(course.topologies))
    from agency import topos

    net = LabNet(topo=topos["guard"](), autoAddress=False)
    publish(net, folder / "netns")
    lab = Lab(Fabric(describe(net), folder / "netns"), addressing_plan(course))
    with Netlink(lab.fabric.namespace("sw")) as netlink:
        netlink.send([bridge("br0", index=99)])
        ports = [one for one in lab.node("sw").interfaces if one.name not in without]
        netlink.send([set_link(one.name, master=99, up=True) for one in ports])
    return lab


def frame():
    return ethernet(MAC, EVERYBODY, KIND, secrets.token_bytes(46))


@isolated
def test_all_that_a_bridge_passes_on_comes_out_everywhere_else():
    lab = switched()
    with lab.link("guest-4").attach(autoconfigure=False) as host:
        items = {at: Sent(host, "guest-4", (frame(), frame())) for at in range(300)}
        control = Sent(host, "guest-4", (frame(),))
        crossing = cross(lab, items, [control], LINKS)
    assert crossing.unreached == []
    assert all(sorted(crossing.through(at)) == sorted(LINKS[:-1]) for at in items)


@isolated
def test_a_port_that_is_in_no_bridge_hears_nothing_and_is_told_of():
    lab = switched("p2")
    with lab.link("guest-4").attach(autoconfigure=False) as host:
        items = {"one": Sent(host, "guest-4", (frame(),))}
        control = Sent(host, "guest-4", (frame(),))
        crossing = cross(lab, items, [control], LINKS, within=1)
    assert crossing.unreached == [("guest-4", "guest-2")]
    assert "guest-2" not in crossing.through("one")


@isolated
def test_a_message_of_which_a_piece_is_missing_has_not_come_out():
    lab = switched("p3")
    with (
        lab.link("guest-4").attach(autoconfigure=False) as host,
        lab.link("guest-3").attach(autoconfigure=False) as away,
    ):
        cut_off, whole = frame(), frame()
        items = {
            "whole": Sent(host, "guest-4", (whole,)),
            "cut off": Sent(away, "guest-3", (cut_off,)),
        }
        control = Sent(host, "guest-4", (frame(),))
        crossing = cross(lab, items, [control], ("guest-1", "guest-2"), within=5)
    assert crossing.through("whole") == ["guest-1", "guest-2"]
    assert crossing.through("cut off") == []

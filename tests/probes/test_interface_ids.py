"""Interface identifiers, against vectors and against the kernel; and a cable that is pulled out."""

import time

import pytest

from ipv6lab.network.netlink import Netlink, set_link
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.seen.interface_ids import identifier, secret, shown_mac, stable_addresses
from ipv6lab.probes.seen.record import Record
from tests.probes.stage import Stage, isolated

MAC = "00:00:5e:00:53:01"
SECRET = "2001:db8::1234:5678"


def ready():
    stage = Stage()
    stage.settle()
    return stage


@pytest.mark.parametrize(
    "address",
    [
        "fe80::200:5eff:fe00:5301",  # EUI-64 (RFC 4291 appendix A)
        "fe80::5eff:fe00:5301",  # the universal bit forgotten
        "2001:db8::5e00:5301",  # the MAC address as it is
    ],
)
def test_a_mac_address_is_seen(address):
    assert shown_mac(address, ["00:00:5e:00:53:02", MAC]) == MAC


@pytest.mark.parametrize("address", ["fe80::1", "2001:db8::200:5eff:fe00:5302"])
def test_no_mac_address_is_seen_where_there_is_none(address):
    assert shown_mac(address, [MAC]) is None


def test_stable_addresses_of_linux():
    for prefix, expected in (
        ("2001:db8:100:10::/64", "2001:db8:100:10:e3d4:2aeb:9042:7b9b"),
        ("fe80::/64", "fe80::71d8:1385:74ce:e11c"),
    ):
        found = stable_addresses(SECRET, prefix)
        assert str(found[0]) == expected
        assert len(set(found)) == len(found)
    assert identifier("2001:db8::1:0:0:2") == 0x1_0000_0000_0002


@isolated
def test_the_kernel_makes_what_is_computed():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    stage.lab.record = Record(time.monotonic() + 5)
    assert secret(pc1, "eth0") is None
    stage.set("pc1", "net/ipv6/conf/eth0/stable_secret", SECRET)
    with Netlink(pc1.namespace) as netlink:
        index = netlink.link("eth0").index
        netlink.send([set_link(index, up=False)])
        netlink.send([set_link(index, up=True)])
    assert str(secret(pc1, "eth0")) == SECRET
    found = pc1.wait_address(lambda one: one.scope == "link")
    assert found.address == stable_addresses(SECRET, "fe80::/64")[0]


@isolated
def test_a_cable_is_pulled_out_and_put_back():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    stage.lab.record = Record(time.monotonic() + 10)
    stage.address("pc1", "eth0", f"{stage.plan['staff.network']}11/64", nodad=True)
    before = [one.address for one in pc1.addresses("eth0")]
    with Netlink(pc1.namespace) as netlink:
        flap(pc1, "staff")
        assert netlink.link("eth0").carrier
    assert [one.address for one in pc1.addresses("eth0")] == before
    assert stage.lab.record.evidence[-1]["probe"] == "flap"
    with pytest.raises(ValueError, match="pc1 has no port"):
        flap(pc1, "srv")

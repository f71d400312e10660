"""Probes on the staff LAN: what they see, what they say, what they leave behind."""

import os
import select
import socket
import struct
import time
from ipaddress import IPv6Address, IPv6Network

import pytest

from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink
from ipv6lab.probes import Failed, Lab, Record
from ipv6lab.probes.asks import flows
from ipv6lab.probes.seen.fabric import Fabric
from ipv6lab.wire import dhcp6, nd
from ipv6lab.wire.headers import ETH_P_IPV6, UDP, ethernet, multicast_mac
from tests.probes.stage import ROUTER, Stage, advertisement, isolated, prefix, rdnss


def ready(forward=True):
    stage = Stage()
    if forward:
        stage.forward()
    stage.settle()
    return stage


def right(stage):
    return advertisement(prefix(stage.plan["staff.network"]), rdnss(stage.plan["servers.dns"]))


def why(probe, *arguments, **options):
    with pytest.raises(Failed) as failed:
        probe(*arguments, **options)
    return str(failed.value)


# Captures


@isolated
def test_a_capture_knows_who_sent_and_who_got_a_frame():
    stage = ready()
    staff = stage.lab.link("staff")
    with staff.attach(autoconfigure=False) as guest, staff.capture() as capture:
        source = guest.wait_link_local().address
        packet = nd.solicitation(source, guest.mac)
        sent = ethernet(guest.mac, multicast_mac(nd.ALL_ROUTERS), ETH_P_IPV6, packet)
        guest.inject(sent)
        found = capture.wait(time.monotonic() + 2, lambda one: one.frame == sent)
        capture.listen(time.monotonic() + 0.1)
    assert (found.node, found.sent, found.link) == (guest.name, True, "staff")
    seen = {(one.node, one.sent) for one in capture.packets if one.frame == sent}
    assert seen == {(guest.name, True), ("pc1", False), ("pc2", False), (ROUTER, False)}
    assert abs(found.time - time.time()) < 5
    assert capture.lost == 0


@isolated
def test_waiting_goes_on_where_it_stopped():
    stage = ready()
    staff = stage.lab.link("staff")
    with staff.attach(autoconfigure=False) as guest:
        guest.wait_link_local()
        frames = [ethernet(guest.mac, "02:00:00:00:00:99", 0x88B5, bytes([n])) for n in range(5)]
        with staff.capture(lambda one: one.sent and one.frame in frames) as capture:
            guest.inject(*frames)
            got = [capture.wait(time.monotonic() + 2).frame for _frame in frames]
            assert got == frames
            assert capture.wait(time.monotonic() + 0.05) is None


@isolated
def test_a_host_of_the_grader_takes_addresses_of_either_family():
    stage = ready()
    wanted = {4: "192.0.2.99/24", 6: "2001:db8::99/64"}
    with stage.lab.link("staff").attach(autoconfigure=False) as guest:
        for address in wanted.values():
            guest.take(address)
        for family, address in wanted.items():
            mine = {str(one.with_prefix): one for one in guest.addresses(family=family)}
            assert mine[address].usable


@isolated
def test_a_cable_between_two_nodes_is_seen_from_one_end():
    from mininet.topo import Topo

    from ipv6lab.network.description import describe, publish
    from ipv6lab.network.net import LabNet

    class Cable(Topo):
        def build(self):
            for name in ("a", "b"):
                self.addHost(name)
            self.addLink("a", "b", intfName1="eth0", intfName2="eth0")

    folder = Stage().folder / "cable"
    net = LabNet(topo=Cable(), autoAddress=False)
    publish(net, folder)
    lab = Lab(Fabric(describe(net), folder), {})
    lab.link("a--b").settle(time.monotonic() + 5)
    (address,) = lab.node("b").link_locals("a--b")
    with lab.link("a--b").capture() as capture:
        with entered(lab.node("a").namespace):
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.sendto(b"over the cable", (str(address), 9, 0, socket.if_nametoindex("eth0")))
        capture.wait(time.monotonic() + 2, lambda one: b"over the cable" in one.frame)
    seen = {(one.node, one.sent) for one in capture.packets if one.ip and one.ip.protocol == UDP}
    assert seen == {("a", True), ("b", False)}
    with pytest.raises(ValueError, match="cable"):
        lab.link("a--b").attach()


# Guests


@isolated
def test_a_guest_configures_itself_and_leaves_no_trace():
    stage = ready()
    staff = stage.lab.link("staff")
    with Netlink(stage.namespace("fabric")) as netlink, stage.router(right(stage)):
        before = {one.name for one in netlink.links()}
        with staff.attach(mac="02:aa:bb:cc:dd:ee") as guest:
            lab = Lab(stage.lab.fabric, stage.plan, Record(time.monotonic() + 5))
            assert guest.wait_link_local().address == IPv6Address("fe80::aa:bbff:fecc:ddee")
            heard = lab.link("staff").advertisement()
            assert heard.sender == ROUTER
            wanted = IPv6Network(stage.plan["staff.prefix"])[0xAA_BBFF_FECC_DDEE]
            until = time.monotonic() + 2
            while wanted not in [one.address for one in guest.addresses(family=6)]:
                assert time.monotonic() < until
            assert any(one.default and one.gateway for one in guest.routes(6))
            assert guest.port in {one.name for one in netlink.links()}
        assert {one.name for one in netlink.links()} == before
        for node in (ROUTER, "pc1", "pc2"):
            assert guest.mac not in {one.mac for one in stage.lab.node(node).neighbours()}


@isolated
def test_a_guest_ends_with_its_process():
    stage = ready()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        stage.lab.link("staff").attach()
        os.write(writing, b"x")
        time.sleep(60)
    os.read(reading, 1)
    with Netlink(stage.namespace("fabric")) as netlink:
        assert any(one.name.startswith("guest-") for one in netlink.links())
        os.kill(child, 9)
        os.waitpid(child, 0)
        until = time.monotonic() + 5
        while any(one.name.startswith("guest-") for one in netlink.links()):
            assert time.monotonic() < until
            time.sleep(0.05)


# Pings


@isolated
def test_ping_proves_both_ends():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    ping = pc1.ping(app, stage.plan["app.address4"])
    assert str(ping.source) == stage.plan["pc1.address4"]
    assert ping.hops == 1
    assert (ping.sent.node, ping.arrived.node) == ("pc1", "app")
    assert (ping.answered.link, ping.returned.link) == ("srv", "staff")
    (evidence,) = stage.lab.record.evidence
    assert evidence["probe"] == "ping"
    assert [one["link"] for one in evidence["packets"]] == ["staff", "srv", "srv", "staff"]


@isolated
def test_ping_says_where_the_packet_got_lost():
    stage = ready(forward=False)
    pc1, pc2, app = (stage.lab.node(name) for name in ("pc1", "pc2", "app"))
    address = stage.plan["app.address"]
    network = stage.plan["staff.network"]
    assert why(pc1.ping, app, address, 0.5) == f"pc1 has no route to {address}."
    stage.address("pc1", "eth0", f"{network}11/64", nodad=True)
    gone = f"{network}99"
    assert "nobody answers for the next hop" in why(pc1.ping, pc2, gone, 0.5)
    stage.route("pc1", "::/0", stage.plan["staff.router"])
    assert why(pc1.ping, app, address, 1.5) == (
        "The packet from pc1 to app reaches hq-core on staff and goes no further."
    )
    stage.forward()
    assert pc1.ping(app, address).hops == 1
    with Netlink(stage.namespace(ROUTER)) as netlink:
        from ipv6lab.network.netlink import delete_address

        index = netlink.link("srv").index
        netlink.send([delete_address(index, f"{stage.plan['servers.router']}/64")])
    assert "reaches hq-core on staff, which has no route" in why(pc1.ping, app, address, 1.5)


@isolated
def test_who_is_only_flooded_with_a_frame_has_not_got_the_packet():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    with Netlink(stage.namespace("pc1")) as netlink:
        from ipv6lab.network.netlink import add_neighbour

        index = netlink.link("eth0").index
        netlink.send([add_neighbour(index, stage.plan["staff.router4"], "02:00:00:00:00:99")])
    assert why(pc1.ping, app, stage.plan["app.address4"], 1.5) == (
        f"pc1 sends the packet to {stage.plan['app.address4']} on staff, where nobody takes it."
    )


@isolated
def test_an_address_is_told_by_the_name_of_its_node():
    stage = ready()
    assert stage.lab.whose(stage.plan["staff.router"]) == ROUTER
    assert stage.lab.whose(next(iter(stage.lab.node(ROUTER).link_locals("srv")))) == ROUTER
    assert stage.lab.whose(stage.plan["pc1.address4"]) == "pc1"
    assert stage.lab.whose("2001:db8::99") == "2001:db8::99"


@isolated
def test_ping_finds_a_target_that_does_not_answer():
    stage = ready()
    stage.set("pc2", "net/ipv4/icmp_echo_ignore_all", 1)
    pc1, pc2 = stage.lab.node("pc1"), stage.lab.node("pc2")
    assert why(pc1.ping, pc2, stage.plan["pc2.address4"], 0.5) == (
        "The packet of pc1 reaches pc2, which does not answer."
    )


@isolated
def test_ping_is_not_fooled_by_an_address_on_the_asker_itself():
    stage = ready()
    address = stage.plan["app.address"]
    stage.address("pc1", "lo", f"{address}/128", nodad=True)
    # The kernel puts the address into force by a job of its own, a moment later.
    told = why(stage.lab.node("pc1").ping, stage.lab.node("app"), address, 10)
    assert told == f"pc1 answers for {address}, which is the address of app."


# TCP, DHCPv6, netlink


@isolated
def test_connections():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    flow = flows.tcp(pc1, app, stage.plan["app.address4"])
    assert str(flow.source) == stage.plan["pc1.address4"]
    told = why(flows.tcp, pc1, app, stage.plan["app.address"], within=0.5)
    assert told.startswith("pc1 cannot ask app by TCP")
    told = why(flows.tcp, app, pc1, stage.plan["app.address"], within=0.5)
    assert told.startswith("pc1 cannot listen on")


@isolated
def test_dhcp6_servers():
    stage = ready()
    staff = stage.lab.link("staff")
    with staff.dhcp6_client() as client:
        assert client.anybody() == []
        assert client.reached == {ROUTER, "pc1", "pc2"}
    child = os.fork()
    if child == 0:
        with entered(stage.namespace("pc2")):
            _answer_dhcp6()
    try:
        with staff.dhcp6_client() as client:
            answers = client.anybody()
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert {(one.message.kind, one.node) for one in answers} == {(2, "pc2"), (7, "pc2")}


def _answer_dhcp6():
    """Enough of a server: Advertise to a Solicit, Reply to an Information-request."""
    index = socket.if_nametoindex("eth0")
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.bind(("::", 547))
    group = IPv6Address("ff02::1:2").packed + struct.pack("@I", index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    while True:
        data, origin = sock.recvfrom(2048)
        kind = {1: 2, 11: 7}[data[0]]
        asked = dhcp6.read(data)
        client = dhcp6.option(dhcp6.CLIENT_ID, asked.client_id)
        server = dhcp6.option(dhcp6.SERVER_ID, b"duid")
        sock.sendto(dhcp6.write(kind, asked.transaction, [client, server]), origin)


@isolated
def test_addresses_and_routes_are_waited_for():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    stage.lab.record = Record(time.monotonic() + 5)
    network = stage.plan["staff.network"]
    stage.address("pc1", "eth0", f"{network}11/64")  # tentative for a second
    found = pc1.wait_address(lambda one: str(one.address) == f"{network}11")
    assert found.usable
    assert stage.lab.record.protocol_seconds > 0.1
    stage.route("pc1", "::/0", stage.plan["staff.router"])
    assert str(pc1.wait_route(lambda one: one.default and one.destination.version == 6).gateway)
    assert pc1.set_by_hand() == [found]
    stage.lab.record = Record(time.monotonic() + 0.2)
    assert "pc1 does not get the address" in why(pc1.wait_address, lambda one: False)
    assert pc1.route_to(stage.plan["app.address"]).gateway is not None


@isolated
def test_a_flood_on_the_link_hides_nothing():
    stage = ready()
    staff = stage.lab.link("staff")
    stage.lab.record = Record(time.monotonic() + 12)
    child = os.fork()
    if child == 0:
        with entered(stage.namespace("pc2")):
            index = socket.if_nametoindex("eth0")
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            sock.setblocking(False)
            while True:
                try:
                    sock.sendto(bytes(900), ("ff02::1", 9, 0, index))
                except BlockingIOError:
                    select.select([], [sock], [])
    try:
        with stage.router(right(stage)):
            assert staff.advertisement().sender == ROUTER
            assert staff.answer().heard.sender == ROUTER
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


@isolated
def test_what_is_not_there_is_said():
    stage = ready()
    with pytest.raises(KeyError, match="there is no node pc9"):
        stage.lab.node("pc9")
    with pytest.raises(KeyError, match="there is no link dmz"):
        stage.lab.link("dmz")
    with pytest.raises(KeyError, match="no interface on srv"):
        stage.lab.node("pc1").interface("srv")
    stage.lab.record = Record(time.monotonic() + 0.3)
    assert "No Router Advertisement is heard" in why(stage.lab.link("staff").advertisement)

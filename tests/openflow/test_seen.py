"""What a switch does, to be seen: its tables, and what it says to its controller."""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time

from ipv6lab.course import flow_tables
from ipv6lab.reports import flow_table
from ipv6lab.reports.ladder import Ladder
from ipv6lab.reports.ladder_names import Names
from ipv6lab.reports.pcap import Reader
from ipv6lab.sandbox import Lab
from tests.openflow.fabric import DEADLINE, control, fabric, reached, shell
from tests.sandbox.support import run

OFCTL = "ovs-ofctl -O OpenFlow13"


def test_tables_with_names_counters_time_left_and_who_hit_them(backend: str) -> None:
    with fabric() as lab:
        mac = shell(lab, "h2", "cat /sys/class/net/eth0/address").strip()
        shell(
            lab,
            "s",
            f"{OFCTL} add-flow br0 'priority=8,in_port=1,dl_dst={mac},actions=output:2'\n"
            f"{OFCTL} add-flow br0 'priority=7,idle_timeout=600,in_port=1,actions=output:2'\n"
            f"{OFCTL} add-flow br0 'priority=7,hard_timeout=900,in_port=2,actions=output:1'\n"
            f"{OFCTL} add-flow br0 'table=3,priority=9,ipv6,ipv6_dst=2001:db8::3,actions=drop'",
        )
        followed = flow_table.Followed()
        bridge, grown = asked(lab, followed)
        assert not grown
        deadline = time.monotonic() + DEADLINE
        while len(grown) < 3:  # Open vSwitch counts now and then what its datapath has counted
            assert time.monotonic() < deadline, flow_table.lines([bridge], grown, str)
            shell(lab, "h1", "ip -6 neigh flush dev eth0")  # so that it asks for it by multicast
            reached(lab, "h1", "2001:db8::2")
            bridge, grown = asked(lab, followed)
        assert (bridge.name, bridge.fail_mode, bridge.controllers) == ("br0", "secure", [])
        rows = {row[2]: row for row in flow_table.rows(bridge, grown, str)}
        named = f"in_port=p1,dl_dst={mac} (h2)"
        assert rows.keys() == {named, "in_port=p1", "in_port=p2", "ipv6,ipv6_dst=2001:db8::3"}
        unicast, there, back, idle = (
            rows[one] for one in sorted(rows, key=lambda one: one != named)
        )
        assert (unicast[0], unicast[1], unicast[3]) == ("0", "8", "output:p2")
        assert all("(+" in one[4] for one in (unicast, there, back))
        assert unicast[7].endswith(" → h2"), unicast
        assert re.fullmatch(r"\d+ of 600 s idle", there[6])
        assert back[6].endswith(" of 900 s in all")
        assert idle == ("3", "9", idle[2], "drop", "0", "0", "", "")
        page = flow_table.html([bridge], grown, str)
        assert page.count("<tr>") == 5
        assert "<b>" in page
        assert "no controller; fail mode secure" in flow_table.lines([bridge], grown, str)[0]


def asked(lab: Lab, followed: flow_table.Followed) -> tuple[flow_table.Bridge, dict[int, int]]:
    (bridge,) = flow_tables.ask(lab, "s")
    return bridge, followed.take([bridge], time.monotonic())


def test_the_ladder_has_both_the_frames_and_what_the_controller_hears(backend: str) -> None:
    with fabric() as lab:
        control(lab, "ryu.app.simple_switch_13")
        reached(lab, "h2", "2001:db8::1")  # they know each other's MAC addresses
        miss = f"{OFCTL} add-flow br0 priority=0,actions=controller"
        shell(lab, "s", f"{OFCTL} del-flows br0; {miss}")
        titles = [step.title for step in captured(lab, "h1", "2001:db8::2")]
        told = "; ".join(titles)
        # In this order, whatever else is said between; messages may come together.
        story = ("Echo Request", "packet-in", "flow-mod", "packet-out", "Echo Request")
        assert re.search(".*".join(story), told), told


def captured(lab: Lab, node: str, address: str) -> list:
    """The steps that the switch's node sees of a ping."""
    network = lab.request("describe")["network"]
    ladder, reader = Ladder(Names(network, {})), Reader()
    listening = threading.Event()
    channel = lab.open("capture", node="s", interface=None, filter="icmp6 or tcp port 6653",
                       count=None, seconds=None)  # fmt: skip
    steps = []

    def read() -> None:
        for kind, data in channel:
            if kind != "O":
                continue
            for record in reader.feed(data):
                steps.extend(ladder.add(record.time, record.octets))
            if reader.link is not None:
                listening.set()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        assert listening.wait(60)
        reached(lab, node, address)
    finally:
        with contextlib.suppress(Exception):
            channel.signal(signal.SIGINT)
        thread.join(60)
    assert run(lab, "s", "true").status == 0
    return steps + ladder.rest()

"""Open vSwitch on a node, steered from another: connected, through, fast, small, and failing."""

from __future__ import annotations

import json

import pytest

from tests.openflow.fabric import control, fabric, fails, reached, shell, until
from tests.sandbox.support import run


@pytest.mark.both_kernels
def test_a_controller_switches_for_both_families(backend: str) -> None:
    with fabric() as lab:
        assert fails(lab, "h1", "2001:db8::2")  # secure: nobody said where to
        control(lab, "ryu.app.simple_switch_13")
        reached(lab, "h1", "2001:db8::2")
        reached(lab, "h3", "10.0.0.2")
        # What comes is in the tables now, and for the rest there is the table-miss entry.
        flows = shell(lab, "s", "ovs-ofctl -O OpenFlow13 dump-flows br0")
        assert "priority=0 actions=CONTROLLER" in flows
        assert "priority=1,in_port=" in flows
        size = shell(lab, "c", "grep VmRSS /proc/$(cat /tmp/pid)/status").split()
        assert int(size[1]) < 48 * 1024, size  # measured: 45.1 (docs/openflow.md)


@pytest.mark.both_kernels
def test_tcp_passes_the_switch(backend: str) -> None:
    """Veth leaves checksums and segments to the card: a switch in user space has to know."""
    with fabric(fail_mode="standalone") as lab:
        reached(lab, "h1", "2001:db8::2")
        shell(lab, "h2", "setsid iperf3 --server --daemon")
        until(lab, "h2", "ss -Hltn | grep -q :5201", "iperf3 listens")
        for address in ("2001:db8::2", "10.0.0.2"):
            told = shell(lab, "h1", f"timeout 60 iperf3 --json --time 2 --client {address}")
            rate = json.loads(told)["end"]["sum_received"]["bits_per_second"]
            assert rate > 20e6, f"{address}: {rate / 1e6:.0f} Mbit/s"


def test_what_is_lost_with_the_controller_is_on_purpose(backend: str) -> None:
    with fabric() as lab:
        control(lab, "ryu.app.simple_switch_13")
        reached(lab, "h1", "2001:db8::2")
        shell(lab, "c", "kill $(cat /tmp/pid)")
        until(
            lab,
            "s",
            "! ovs-vsctl --bare --columns=is_connected list controller | grep -q true",
            "the switch notices",
        )
        # What is in the tables goes on; who is new gets nowhere in secure mode.
        assert not fails(lab, "h1", "2001:db8::2")
        assert fails(lab, "h3", "2001:db8::2")
        shell(lab, "s", "ovs-vsctl set bridge br0 fail_mode=standalone")
        reached(lab, "h3", "2001:db8::2")


HANDLER = """
from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.ofproto import ofproto_v1_3


class Mine(app_manager.RyuApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("self.tables[ev.msg.datapath.id] = {}", "AttributeError: 'Mine' object has no attribute"),
        (
            "dp = ev.msg.datapath; dp.send_msg(dp.ofproto_parser.OFPFlowMod(dp, priority='high'))",
            "error: required argument is not an integer",
        ),
    ],
)
def test_what_a_handler_raises_begins_with_its_own_line(backend: str, body: str, said: str) -> None:
    with fabric() as lab:
        shell(lab, "c", f"cat >/root/mine.py <<'END'\n{HANDLER.format(body=body)}\nEND\n")
        control(lab, "/root/mine.py")
        until(lab, "c", f'grep -q "{said}" /tmp/said', said)
        lines = run(lab, "c", "cat", "/tmp/said").out.splitlines()
        first = next(line for line in lines if line.startswith("  File "))
        assert first == '  File "/root/mine.py", line 13, in features'
        assert "ipv6lab/openflow" not in "\n".join(lines)
        # The lab goes on, and so does the controller.
        shell(lab, "c", "kill -0 $(cat /tmp/pid)")


def test_a_message_that_the_switch_refuses_is_told(backend: str) -> None:
    body = (
        "dp = ev.msg.datapath; p = dp.ofproto_parser; "
        "dp.send_msg(p.OFPFlowMod(dp, table_id=9, match=p.OFPMatch(ipv6_dst='2001:db8::1')))"
    )
    with fabric() as lab:
        shell(lab, "c", f"cat >/root/mine.py <<'END'\n{HANDLER.format(body=body)}\nEND\n")
        control(lab, "/root/mine.py")
        until(lab, "c", "grep -q OFPBMC_BAD_PREREQ /tmp/said", "the switch's refusal")

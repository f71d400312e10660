"""Applications that go wrong while they run: told by their own lines, and the lab goes on."""

from __future__ import annotations

import pytest

from ipv6lab.sandbox import Lab
from tests.openflow.fabric import control, fabric, shell, until
from tests.sandbox.support import run

HEAD = """
from ryu.base import app_manager
from ryu.controller import ofp_event
from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from ryu.lib import hub
from ryu.ofproto import ofproto_v1_3 as of


class Mine(app_manager.RyuApp):
    OFP_VERSIONS = [of.OFP_VERSION]
"""
MISS = """
    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        dp = ev.msg.datapath
        p = dp.ofproto_parser
        to = [p.OFPActionOutput(of.OFPP_CONTROLLER, of.OFPCML_NO_BUFFER)]
        apply = [p.OFPInstructionActions(of.OFPIT_APPLY_ACTIONS, to)]
        dp.send_msg(p.OFPFlowMod(dp, instructions=apply))
"""
RAISES_AT_EACH_PACKET = """
    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        port = ev.msg.match["no_port"]  # hers
"""
RAISES_IN_A_THREAD = """
    def start(self):
        super().start()
        hub.spawn(self.watch)

    def watch(self):
        return {}["port"]  # hers
"""
RAISES_AT_THE_START = """
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = {}["port"]  # hers
"""
FLOODS = """
    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet_in(self, ev):
        dp = ev.msg.datapath
        p = dp.ofproto_parser
        for _again in range(2):
            actions = [p.OFPActionOutput(of.OFPP_TABLE)]
            dp.send_msg(p.OFPPacketOut(dp, of.OFP_NO_BUFFER, 1, actions, ev.msg.data))
"""
# A header that says 12 octets and OFPT_FLOW_MOD: far less than one has.
CUT_SHORT = """
    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev):
        ev.msg.datapath.send(bytes([4, 14, 0, 12, 0, 0, 0, 9, 0, 0, 0, 0]))
"""


def write(lab: Lab, body: str) -> int:
    """Write an application; the number of the line that is marked as hers."""
    text = HEAD + body
    shell(lab, "c", f"cat >/root/mine.py <<'END'\n{text}\nEND\n")
    return next((n for n, one in enumerate(text.splitlines(), 1) if "# hers" in one), 0)


def told(lab: Lab) -> str:
    return run(lab, "c", "cat", "/tmp/said").out


def goes_on(lab: Lab) -> None:
    """The controller runs, the switch is its own, and the nodes answer."""
    shell(lab, "c", "kill -0 $(cat /tmp/pid)")
    until(lab, "s", "ovs-vsctl --bare --columns=is_connected list controller | grep -q true",
          "the switch is connected")  # fmt: skip
    for node in ("h1", "h2"):
        assert shell(lab, node, "echo here") == "here\n"


@pytest.mark.parametrize("body", [MISS + RAISES_AT_EACH_PACKET, MISS + RAISES_IN_A_THREAD])
def test_her_line_comes_first_and_the_lab_goes_on(backend: str, body: str) -> None:
    with fabric() as lab:
        line = write(lab, body)
        control(lab, "/root/mine.py")
        run(lab, "h1", "ping", "-c", "3", "-i", "0.2", "-W", "1", "2001:db8::2")
        until(lab, "c", "grep -q KeyError /tmp/said", "what was raised is told")
        said = told(lab).splitlines()
        first = next(one for one in said if one.startswith("  File "))
        assert first.startswith(f'  File "/root/mine.py", line {line}, in ')
        assert "ipv6lab/openflow" not in "\n".join(said)
        goes_on(lab)


def test_what_is_raised_at_the_start_ends_it(backend: str) -> None:
    with fabric() as lab:
        line = write(lab, RAISES_AT_THE_START)
        ran = run(lab, "c", "ryu-manager", "/root/mine.py")
        assert ran.status == 1
        first = next(one for one in ran.err.splitlines() if one.startswith("  File "))
        assert first == f'  File "/root/mine.py", line {line}, in __init__'
        assert ran.err.splitlines()[-1] == "KeyError: 'port'"
        assert "ipv6lab/openflow" not in ran.err


def test_a_message_that_is_cut_short_is_refused_and_told(backend: str) -> None:
    with fabric() as lab:
        write(lab, CUT_SHORT)
        control(lab, "/root/mine.py")
        until(lab, "c", "grep -q OFPBRC_BAD_LEN /tmp/said", "the switch's refusal")
        goes_on(lab)


def test_an_application_that_floods_its_controller_can_be_ended(backend: str) -> None:
    """Each frame comes back twice, for ever; nobody else in the lab is kept from anything."""
    with fabric() as lab:
        write(lab, MISS + FLOODS)
        control(lab, "/root/mine.py")
        run(lab, "h1", "ping", "-c", "3", "-i", "0.2", "-W", "1", "2001:db8::2")
        counted = (
            "ovs-ofctl -O OpenFlow13 dump-flows br0 | grep -oP 'n_packets=\\K[0-9]+' | sort -n"
        )
        until(lab, "s", f'[ "$({counted} | tail -1)" -gt 500 ]', "it floods")
        goes_on(lab)
        memory = shell(lab, "c", "grep VmRSS /proc/$(cat /tmp/pid)/status").split()[1]
        assert int(memory) < 300_000  # kB: what waits has bounds
        shell(lab, "c", "kill $(cat /tmp/pid)")
        until(lab, "c", "! kill -0 $(cat /tmp/pid) 2>/dev/null", "it ends")
        assert "ipv6lab/openflow" not in told(lab)

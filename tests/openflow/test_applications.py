"""Ryu's own applications, unmodified: each starts and does its job, for IPv6 as far as it can."""

from __future__ import annotations

import json

import pytest

from tests.openflow.fabric import DPID, asked, control, fabric, fails, reached, shell, until

NUMBER = int(DPID, 16)


def test_simple_switch_rest_13(backend: str) -> None:
    with fabric() as lab:
        control(lab, "ryu.app.simple_switch_rest_13")
        mac = shell(lab, "h2", "cat /sys/class/net/eth0/address").strip()
        path = f"/simpleswitch/mactable/{DPID}"
        put = f"curl -s -m 5 -X PUT -d '{json.dumps({'mac': mac, 'port': 2})}'"
        until(lab, "c", f"{put} 'http://[::1]:8080{path}' | grep -q {mac}", "the entry is taken")
        reached(lab, "h1", "2001:db8::2")
        assert len(json.loads(asked(lab, "GET", path))) > 1


def test_rest_firewall(backend: str) -> None:
    """Knows IPv6; lets ARP through by itself, but not Neighbour Discovery."""
    with fabric() as lab:
        control(lab, "ryu.app.rest_firewall")
        until(lab, "c", f"curl -s -m 5 'http://[::1]:8080/firewall/module/status' | grep -q {DPID}",
              "the firewall knows the switch")  # fmt: skip
        asked(lab, "PUT", f"/firewall/module/enable/{DPID}")
        assert fails(lab, "h1", "2001:db8::2")
        rules = f"/firewall/rules/{DPID}"
        answer = asked(lab, "POST", rules, {"dl_type": "IPv6", "nw_proto": "ICMPv6"})
        assert "success" in answer
        reached(lab, "h1", "2001:db8::2")
        shell(lab, "h2", "setsid iperf3 --server --daemon")
        until(lab, "h2", "ss -Hltn | grep -q :5201", "iperf3 listens")
        connect = "timeout 3 bash -c '</dev/tcp/2001:db8::2/5201'"
        shell(lab, "h1", f"! {connect}")
        for pair in (("2001:db8::1", "2001:db8::2"), ("2001:db8::2", "2001:db8::1")):
            rule = {"ipv6_src": pair[0], "ipv6_dst": pair[1], "nw_proto": "TCP"}
            assert "success" in asked(lab, "POST", rules, rule)
        until(lab, "h1", connect, "TCP is let through")
        shell(lab, "h3", f"! {connect}")


def test_ofctl_rest(backend: str) -> None:
    with fabric() as lab:
        control(lab, "ryu.app.ofctl_rest", "ryu.app.simple_switch_13")
        assert json.loads(asked(lab, "GET", "/stats/switches")) == [NUMBER]
        entry = {
            "dpid": NUMBER,
            "priority": 7,
            "match": {"eth_type": 0x86DD, "ipv6_dst": "2001:db8::2", "ip_proto": 58},
            "actions": [],
        }
        reached(lab, "h1", "2001:db8::2")
        asked(lab, "POST", "/stats/flowentry/add", entry)
        until(lab, "s", "ovs-ofctl -O OpenFlow13 dump-flows br0 | grep -q 'ipv6_dst=2001:db8::2'",
              "the entry is in the switch")  # fmt: skip
        assert fails(lab, "h1", "2001:db8::2")
        flows = json.loads(asked(lab, "GET", f"/stats/flow/{NUMBER}"))[str(NUMBER)]
        [ours] = [flow for flow in flows if flow["priority"] == 7]
        assert ours["match"]["ipv6_dst"] == "2001:db8::2"
        assert ours["packet_count"] > 0


def test_rest_topology(backend: str) -> None:
    with fabric() as lab:
        control(lab, "--observe-links", "ryu.app.rest_topology", "ryu.app.simple_switch_13")
        path = "'http://[::1]:8080/v1.0/topology/switches'"
        until(lab, "c", f"curl -s -m 5 {path} | grep -q {DPID}", "the switch is known")
        [switch] = json.loads(asked(lab, "GET", "/v1.0/topology/switches"))
        assert switch["dpid"] == DPID
        assert {port["name"] for port in switch["ports"]} == {"p1", "p2", "p3"}
        reached(lab, "h1", "2001:db8::2")
        path = "'http://[::1]:8080/v1.0/topology/hosts'"
        until(lab, "c", f"curl -s -m 5 {path} | grep -q 2001:db8::1", "a host's address is known")


def test_rest_router_knows_no_ipv6(backend: str) -> None:
    with fabric() as lab:
        control(lab, "ryu.app.rest_router")
        path = f"'http://[::1]:8080/router/{DPID}'"
        post = 'curl -s -m 5 -X POST -d \'{"address": "10.0.0.254/24"}\''
        until(lab, "c", f"{post} {path} | grep -q success", "the address is taken")
        reached(lab, "h1", "10.0.0.254")
        answer = asked(lab, "POST", f"/router/{DPID}", {"address": "2001:db8::254/64"})
        assert "success" not in answer
        assert fails(lab, "h1", "2001:db8::254")


@pytest.mark.slow
def test_simple_monitor_13(backend: str) -> None:
    """It asks the switch for its counters every 10 s."""
    with fabric() as lab:
        control(lab, "ryu.app.simple_monitor_13")
        reached(lab, "h1", "2001:db8::2")
        mac = shell(lab, "h2", "cat /sys/class/net/eth0/address").strip()
        until(lab, "c", f"grep -E '^{DPID} .*{mac}' /tmp/said", "a flow's counters are told")


@pytest.mark.slow
def test_simple_switch_stp_13(backend: str) -> None:
    """A port forwards after two forward delays of 15 s."""
    with fabric() as lab:
        control(lab, "ryu.app.simple_switch_stp_13")
        reached(lab, "h1", "2001:db8::2")
        assert "FORWARD" in shell(lab, "c", "cat /tmp/said")

"""Hosts at any address of the world, and questions from many of them at once."""

from ipaddress import ip_address

import pytest

from ipv6lab.probes.asks import names
from ipv6lab.probes.hosts.beyond import Beyond
from ipv6lab.probes.hosts.forged import ask_as
from tests.probes.stage import isolated

pytest.importorskip("dns.message", reason="the extra test has dnspython")
from tests.probes.test_names import ZONE, aaaa, ready, reply_to, server

FAR = {6: "2a02:1234:5678::9", 4: "11.22.33.44"}


@isolated
@pytest.mark.parametrize("family", [6, 4])
def test_a_stranger_asks_over_udp_and_tcp(family):
    stage = ready()
    app = stage.lab.node("app")
    address = stage.plan["app.address" if family == 6 else "app.address4"]
    large = "2001:db8:100:1110::10"

    def answer(query, _tcp):
        return reply_to(query, aaaa(f"www.{ZONE}", large))

    with (
        server(stage, "app", address, answer),
        Beyond(app, "srv", FAR[family], [address]) as stranger,
    ):
        for tcp in (False, True):
            reply = names.query(stranger, address, f"www.{ZONE}", tcp=tcp)
            assert reply.node == "app"
            assert [str(one) for one in reply.addresses()] == [large]
            assert not stage.lab.record.evidence[-1]["facts"].get("failure")


@isolated
@pytest.mark.parametrize("family", [6, 4])
def test_many_ask_and_each_is_told_his_own(family):
    stage = ready()
    app = stage.lab.node("app")
    address = stage.plan["app.address" if family == 6 else "app.address4"]
    crowd = [ip_address(FAR[family]) + number for number in range(150)]

    def answer(query, _tcp):
        silent = str(query.question[0].name).startswith("silent")
        return None if silent else reply_to(query)

    with server(stage, "app", address, answer):
        found = ask_as(crowd, app, "srv", address, ZONE)
        nothing = ask_as(crowd[:3], app, "srv", address, f"silent.{ZONE}", within=0.6)
    assert list(found) == crowd
    assert {reply.node for reply in found.values() if reply} == {"app"}
    assert list(nothing.values()) == [None] * 3

"""A question as it would come from another network: what is asked is what another would ask."""

import pytest

from ipv6lab.probes.hosts.elsewhere import ask_from
from tests.probes.stage import isolated

pytest.importorskip("dns.message", reason="the extra test has dnspython")
from tests.probes.test_names import ZONE, aaaa, ready, reply_to, server

BRANCH = "2001:db8:100:1110::10"


@isolated
def test_the_answer_is_seen_where_it_leaves_the_server():
    stage = ready()
    app, address = stage.lab.node("app"), stage.plan["app.address"]
    with server(stage, "app", address, lambda q, _tcp: reply_to(q, aaaa(f"www.{ZONE}", BRANCH))):
        reply = ask_from(BRANCH, app, "srv", address, f"www.{ZONE}")
    assert (reply.code, reply.node) == ("NOERROR", "app")
    assert [str(one) for one in reply.addresses()] == [BRANCH]


@isolated
def test_silence_is_no_answer():
    stage = ready()
    app, address = stage.lab.node("app"), stage.plan["app.address"]
    with server(stage, "app", address, lambda _query, _tcp: None):
        assert ask_from(BRANCH, app, "srv", address, ZONE, within=0.5) is None

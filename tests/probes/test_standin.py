"""A listener of the grader's own, which a firewall hides or does not."""

from ipv6lab.probes.acts.listener import standing_in
from ipv6lab.probes.asks import openports
from tests.probes.stage import isolated
from tests.probes.test_openports import listen, ready


@isolated
def test_it_listens_at_all_addresses_and_is_gone_afterwards():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    own = [stage.plan["app.address"], stage.plan["app.address4"]]
    asked = openports.targets(pc1, own, [22])
    with standing_in(app, 22) as new:
        assert new
        assert set(openports.scan(asked)) == set(asked)
        with standing_in(app, 22) as second:
            assert not second
    assert openports.scan(asked) == {}


@isolated
def test_it_leaves_a_service_alone():
    stage = ready()
    with listen(stage, "::", 22), standing_in(stage.lab.node("app"), 22) as new:
        assert not new

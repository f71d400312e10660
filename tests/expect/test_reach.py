"""Who reaches whom, and what a path has to carry that is open to everything."""

import time

import pytest

from ipv6lab.expect import reach
from ipv6lab.probes import Failed, Record
from tests.probes.stage import isolated
from tests.probes.test_openports import listen, ready


def test_only_what_the_plan_says_is_open_to_everything(plan_lab):
    assert reach.carries_all(plan_lab, "tunnel-hq--tunnel-br")
    assert not reach.carries_all(plan_lab, "staff")
    assert not reach.carries_all(plan_lab, "nowhere")


@pytest.fixture
def plan_lab():
    from ipv6lab.course import content
    from ipv6lab.course.plan import addressing_plan
    from ipv6lab.probes import Lab

    return Lab(None, addressing_plan(content.find()))


def there():
    """Both machines of the plan at their addresses of either family."""
    stage = ready()
    stage.address("pc1", "eth0", f"{stage.plan['pc1.static']}/64", nodad=True)
    return stage


@isolated
def test_what_is_open_to_everything_is_tried_with_everything():
    stage = there()
    lab = stage.lab
    lab.plan._values["staff.carries"] = "all"
    start = time.monotonic()
    with listen(stage, "::", 80):
        reach.both_ways(lab, "pc1", "app", ports={"app": (80,)}, across=None)
        print("named", time.monotonic() - start)
        start = time.monotonic()
        pc1, app = lab.node("pc1"), lab.node("app")
        for family in ("", "4"):
            reach.reaches(lab, pc1, app, stage.plan[f"app.address{family}"], across="staff")
        print("all", time.monotonic() - start)
    assert time.monotonic() - start < 4


@isolated
def test_a_service_that_nobody_runs_is_missed_on_named_services_only():
    stage = there()
    stage.lab.record = Record(time.monotonic() + 5)
    with pytest.raises(Failed, match="app refuses a connection of pc1"):
        reach.both_ways(stage.lab, "pc1", "app", ports={"app": (81,)})

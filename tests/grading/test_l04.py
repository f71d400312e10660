"""The checks of L04 on the staff LAN, with advertisements that no daemon would send."""

import json

from ipv6lab.course import content
from ipv6lab.grading import load, run
from tests.probes.stage import Stage, advertisement, isolated, prefix, rdnss

FOLDER = content.find().exercises / "L04-slaac"


def graded(stage, *ids):
    """The verdicts of checks (of all if none is named, else of these alone), by id."""
    checks = load(FOLDER)
    if ids:
        checks = [one for one in checks if one.id in ids]
    return {one["id"]: one for one in run(checks, stage.lab, lambda event: None)}


def verdicts(results):
    return {
        name: one["verdict"] if one["verdict"] != "blocked" else f"blocked by {one['blocked_by']}"
        for name, one in results.items()
    }


def message(results, name):
    told = results[name]["message"]
    return told["text"].format(**told["values"])


def right(stage):
    return advertisement(prefix(stage.plan["staff.network"]), rdnss(stage.plan["servers.dns"]))


@isolated
def test_right():
    stage = Stage()
    stage.forward()
    stage.settle()
    with stage.router(right(stage)):
        results = graded(stage)
    for one in results.values():
        print(one["id"], one["verdict"], one["seconds"], one["protocol_seconds"], one["message"])
    print(json.dumps(results["M3"], indent=1)[:3000])
    assert set(verdicts(results).values()) == {"passed"}, {
        name: one["message"] for name, one in results.items()
    }

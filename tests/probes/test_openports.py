"""Which ports are open, at addresses of both families, with listeners of our own."""

import socket
import time

from ipv6lab.network.namespace import entered
from ipv6lab.probes import Record
from ipv6lab.probes.asks import openports
from tests.probes.stage import ROUTER, Stage, isolated


def ready():
    stage = Stage()
    stage.forward()
    stage.address("pc1", "eth0", stage.plan["staff.network"] + "11/64", nodad=True)
    stage.route("pc1", "::/0", stage.plan["staff.router"])
    stage.settle()
    stage.lab.record = Record(time.monotonic() + 20)
    return stage


def listen(stage, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with entered(stage.namespace("app")):
        return socket.create_server((address, port), family=family)


@isolated
def test_open_ports_of_both_families_are_found_with_who_took_the_connection():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    six, four = stage.plan["app.address"], stage.plan["app.address4"]
    with listen(stage, "::", 80), listen(stage, "0.0.0.0", 81), listen(stage, four, 82):
        asked = openports.targets(pc1, [six, four], [80, 81, 82, 83])
        opened = openports.scan(asked)
    found = {(str(one.address), one.port): node for one, node in opened.items()}
    # A socket on :: that is not told otherwise takes IPv6 alone here: create_server says so.
    assert found == {(six, 80): "app", (four, 81): "app", (four, 82): "app"}
    [evidence] = stage.lab.record.evidence
    assert evidence["facts"]["open"] == [f"[{six}]:80", f"{four}:81", f"{four}:82"]
    assert len(evidence["packets"]) >= 3


@isolated
def test_refusals_are_no_reason_to_wait():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    start = time.monotonic()
    asked = openports.targets(pc1, [stage.plan["app.address4"]], range(1000, 1050))
    assert openports.scan(asked, within=15) == {}
    assert time.monotonic() - start < 10


@isolated
def test_silence_ends_with_its_time():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    nobody = stage.plan["servers.network"] + "dead"
    start = time.monotonic()
    assert openports.scan(openports.targets(pc1, [nobody], [80]), within=0.5) == {}
    assert 0.4 < time.monotonic() - start < 3.5


@isolated
def test_what_a_filter_lets_through_is_told_whether_anything_listens_or_not():
    stage = ready()
    pc1 = stage.lab.node("pc1")
    six, four = stage.plan["app.address"], stage.plan["app.address4"]
    nobody = stage.plan["servers.network"] + "dead"
    asked = openports.targets(pc1, [six, four], [22, 23])
    lost = openports.targets(pc1, [nobody], [80])
    [last] = openports.targets(pc1, [six], [80])
    start = time.monotonic()
    reached = openports.reached([*asked, *lost], last, within=10)
    assert time.monotonic() - start < 5
    assert all(reached.pop(one) == {ROUTER} for one in lost)
    assert set(reached) == {*asked, last}
    assert all(nodes == {ROUTER, "app"} for nodes in reached.values())
    # Without an answer to the last one it takes its time.
    assert openports.reached(asked, lost[0], within=0.5)[lost[0]] == {ROUTER}


@isolated
def test_asking_nothing_finds_nothing():
    assert openports.scan([]) == {}


@isolated
def test_what_listens_is_what_others_could_reach():
    stage = ready()
    app = stage.lab.node("app")
    with (
        listen(stage, "::", 80),
        listen(stage, stage.plan["app.address4"], 81),
        listen(stage, "127.0.0.1", 82),
        listen(stage, "::1", 83),
    ):
        assert openports.listening(app) == {80, 81}
    assert openports.listening(app) == set()

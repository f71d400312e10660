"""The hub is chosen by what an application imports, wherever in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipv6lab.openflow import hubs

PLAIN = "from ryu.base import app_manager\nfrom ryu.controller import ofp_event\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ryu's own files: one application with a REST interface, and one without."""
    folder = tmp_path / "tree/ryu/app"
    folder.mkdir(parents=True)
    (folder / "wsgi.py").write_text("import tinyrpc\n")
    (folder / "simple_switch_13.py").write_text(PLAIN)
    (folder / "rest_firewall.py").write_text(f"{PLAIN}from ryu.app.wsgi import route\n")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return str(tmp_path / "tree")


@pytest.mark.parametrize(
    ("source", "hub"),
    [
        (PLAIN, "native"),
        (f"{PLAIN}from ryu.app.simple_switch_13 import SimpleSwitch13", "native"),
        ("from ryu.app import wsgi", "eventlet"),
        ("from ryu.app.wsgi import WSGIApplication", "eventlet"),
        ("from ryu.app import rest_firewall", "eventlet"),
        ("import eventlet.green.urllib", "eventlet"),
        ("from ryu.base.app_manager import require_app\nrequire_app('ryu.app.rest_firewall')",
         "eventlet"),
        ("from ryu.lib import hub\nhub.WSGIServer(('', 80))", "eventlet"),
        ("from ryu.lib import dpid, stplib", "eventlet"),
        ("from ryu.services.protocols.bgp.bgpspeaker import BGPSpeaker", "eventlet"),
        ("from ryu.lib import hub\nwith hub.Timeout(3):\n    pass", "eventlet"),
        ("def later():\n    import beside", "eventlet"),
        ("import beside_without", "native"),
        ("no Python at all", "native"),
        ("eventlets = 'eventlet'", "native"),
    ],
)  # fmt: skip
def test_by_reading(tree: str, source: str, hub: str) -> None:
    Path("app.py").write_text(source)
    Path("beside.py").write_text("from ryu.app.wsgi import ControllerBase\nimport app\n")
    Path("beside_without.py").write_text("import app\n")
    assert hubs.choose(["--ofp-tcp-listen-port", "6653", "app.py"], tree) == hub
    assert hubs.choose(["app"], tree) == hub


def test_by_name_and_by_option(tree: str) -> None:
    assert hubs.choose(["ryu.app.simple_switch_13"], tree) == "native"
    assert hubs.choose(["ryu.app.simple_switch_13", "ryu.app.rest_firewall"], tree) == "eventlet"
    assert hubs.choose(["--wsapi-port=8081", "ryu.app.simple_switch_13"], tree) == "eventlet"
    assert hubs.choose([], tree) == hubs.choose(["nothing.there"], tree) == "native"

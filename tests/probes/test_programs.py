"""What programs are told: the C library's own answer, from a node's files as data."""

import sys

import pytest

from ipv6lab.probes.asks import programs
from ipv6lab.probes.seen import nodefiles
from tests.probes.stage import isolated

pytest.importorskip("dns.message", reason="the extra test has dnspython")
from tests.probes.test_names import ZONE, aaaa, ready, reply_to, server

if not sys.platform.startswith("linux"):
    pytest.skip("the C library of Linux", allow_module_level=True)

WEB = f"www.{ZONE}"
SIX, FOUR, ELSE = "2001:db8:100:440::80", "198.18.40.80", "2001:db8:1::1"


def told(stage, monkeypatch, name=WEB, **files):
    """What pc1's programs are told if its /etc has these files."""
    files = {one.replace("_", "."): text for one, text in files.items()}

    def read(_namespace, path, end=False):
        text = files.get(path.removeprefix("/etc/"))
        return None if text is None else text.encode()

    monkeypatch.setattr(nodefiles, "read", read)
    return [str(one) for one in programs.told(stage.lab.node("pc1"), name)]


@isolated
def test_names_from_the_dns_by_the_files_of_the_node(monkeypatch):
    stage = ready()
    address = stage.plan["app.address4"]
    conf = f"search {ZONE}\nnameserver {address}\n"

    def answer(query, _tcp):
        asked = query.question[0]
        if str(asked.name) != f"{WEB}.":
            return reply_to(query)
        if asked.rdtype == 28:
            return reply_to(query, aaaa(WEB, SIX))
        return reply_to(query, (f"{WEB}.", 60, "IN", "A", FOUR))

    with server(stage, "app", address, answer):
        found = told(stage, monkeypatch, resolv_conf=conf)
        assert sorted(found) == sorted([SIX, FOUR])
        assert found[0] == FOUR  # pc1 has no global IPv6 address here
        assert told(stage, monkeypatch, "www", resolv_conf=conf) == found
        assert told(stage, monkeypatch, resolv_conf=conf, hosts=f"{ELSE} {WEB}\n") == [ELSE]
        first = "hosts: dns [!UNAVAIL=return] files\n"
        hosts = f"{ELSE} {WEB}\n"
        assert told(stage, monkeypatch, resolv_conf=conf, nsswitch_conf=first, hosts=hosts) == found
        never = "hosts: files [NOTFOUND=return] dns\n"
        some = "127.0.0.1 localhost\n"  # else there is nothing to be found or not found in
        assert told(stage, monkeypatch, resolv_conf=conf, nsswitch_conf=never, hosts=some) == []
        forbidden = f"{conf}options no-aaaa\n"
        assert told(stage, monkeypatch, resolv_conf=forbidden) == [FOUR]
        assert (
            told(stage, monkeypatch, resolv_conf="nameserver 127.0.0.1\noptions timeout:1\n") == []
        )


@isolated
def test_links_lead_nowhere_out_of_the_root(tmp_path):
    stage = ready()
    (tmp_path / "data").write_bytes(b"inside")
    (tmp_path / "link").symlink_to("data")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "log").write_bytes(b"x" * (1 << 20) + b"last")
    (tmp_path / "made-up").symlink_to("/proc/kmsg")
    with stage.router(b"", interval=60):  # any process in the node's network
        node = stage.namespace("hq-core")
        assert nodefiles.read(node, f"{tmp_path}/link") == b"inside"
        assert nodefiles.read(node, f"{tmp_path}/loop") is None
        assert nodefiles.read(node, f"{tmp_path}/made-up") in (None, b"")
        assert nodefiles.read(node, f"{tmp_path}/log", end=True).endswith(b"xlast")
        assert nodefiles.read(node, f"{tmp_path}/../../../../../../etc/hostname-not-there") is None

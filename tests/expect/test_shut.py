"""A sweep finds whatever a filter lets through, and never takes a lost packet for a filter."""

import json
import time
from ipaddress import ip_address

import pytest

from ipv6lab.expect import shut
from ipv6lab.probes import Blocked, Failed, Record
from ipv6lab.probes.asks.volley import fire
from ipv6lab.probes.seen.kinds import ACK, EXTENSIONS, Kind, Shot
from ipv6lab.wire.headers import ICMP, ICMPV6, TCP, UDP
from tests.probes.stage import ROUTER, isolated
from tests.probes.test_openports import ready

TAG = bytes(range(12))
SIX, FOUR = ("2001:db8::1", "2001:db8::2"), ("192.0.2.1", "192.0.2.2")
WEB, ECHO = Kind(TCP, (80,)), Kind(ICMPV6, (128, 0))


@pytest.mark.parametrize("family", [6, 4])
def test_every_packet_is_well_formed(family):
    s = pytest.importorskip("scapy.all")
    ends = SIX if family == 6 else FOUR
    layer = s.IPv6 if family == 6 else s.IP
    for kind in {*shut.fixed(family)[::5], *shut.random(family)[::5]}:
        pieces = Shot.between(kind, *ends, hop_limit=9).packets(TAG)
        assert len(pieces) == (2 if kind.cut else 1), kind
        assert TAG in pieces[0], kind
        for data in pieces:
            read = layer(data)
            assert (read.src, read.dst) == ends
            assert len(data) == (read.plen + 40 if family == 6 else read.len)
            assert (read.hlim if family == 6 else read.ttl) == 9
        if kind.detail and not kind.cut and kind.extension is None:
            upper = data[40 if family == 6 else 20 :]
            if (family, kind.protocol) == (4, ICMP):
                total = s.checksum(upper)
            elif family == 6:
                total = s.in6_chksum(kind.protocol, read, upper)
            else:
                total = s.in4_chksum(kind.protocol, read, upper)
            assert total in (0, 0xFFFF), kind.words(family)


def test_a_sweep_is_as_wide_as_it_says():
    kinds = shut.fixed(6)
    assert {one.protocol for one in kinds if not one.detail} == set(range(256))
    messages = {one.detail for one in kinds if one.protocol == ICMPV6 and one.detail}
    assert messages >= {(type_, code) for type_ in range(256) for code in range(8)}
    assert {one.extension for one in kinds} == {None, *EXTENSIONS}
    drawn = shut.random(6)
    assert sum(one.protocol == ICMPV6 for one in drawn) == 256
    assert len({one.detail for one in drawn if one.protocol == UDP}) > 200
    assert len(kinds) + len(drawn) < 4500
    assert len(set(kinds)) == len(kinds)


def test_what_was_open_is_so_with_all_its_codes_and_headers():
    before = {WEB, ECHO}
    for kind in (
        Kind(ICMPV6, (128, 7)),
        Kind(ICMPV6, (128, 200)),
        ECHO._replace(extension=0),
        WEB._replace(cut=True),
        WEB._replace(flags=ACK),
    ):
        assert shut.was(kind, before, 6), kind
    for kind in (
        Kind(ICMPV6, (127, 0)),
        Kind(TCP, (81,)),
        Kind(TCP, (4711,), sport=53),
        Kind(UDP, (80,)),
        Kind(ICMP, (8, 0)),
        Kind(41),
        Kind(TCP, (22,), extension=44),
    ):
        assert not shut.was(kind, before, 6), kind
    assert shut.was(Kind(ICMPV6, (2, 0)), before, 6, besides=shut.ERRORS)
    assert not shut.was(Kind(ICMP, (2, 0)), before, 4, besides=shut.ERRORS)
    everything = {Kind(TCP, (port,)) for port in shut.PORTS}
    assert shut.was(Kind(TCP, (4711,)), everything, 6)
    assert not shut.was(Kind(UDP, (4711,)), everything, 6)


def test_every_difference_is_named():
    found = [Kind(ICMPV6, (type_, 0)) for type_ in range(5, 128)]
    found += [Kind(41), Kind(UDP, (53,)), Kind(TCP, (22,), extension=44), Kind(TCP, (9,), 53)]
    assert shut.named(found, 6) == (
        "protocol 41, tcp port 22 behind fragment, tcp port 9 from port 53, udp port 53, "
        "icmpv6 type 5 code 0 … icmpv6 type 127 code 0 (123)"
    )


@isolated
def test_all_of_it_gets_through_where_nothing_filters():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    for family, field in ((6, "app.address"), (4, "app.address4")):
        stage.lab.record = Record(time.monotonic() + 20)
        begun = time.monotonic()
        swept = shut.sweep(pc1, app, stage.plan[field], ())
        assert swept.control
        assert set(swept.through) >= set(shut.fixed(family))
        assert time.monotonic() - begun < 10


@isolated
def test_nothing_is_known_where_the_control_is_lost(tmp_path, monkeypatch):
    stage = ready()
    stage.set(ROUTER, "net/ipv6/conf/all/forwarding", 0)
    stage.lab.record = Record(time.monotonic() + 2)
    file = tmp_path / "baseline.json"
    file.write_text(json.dumps({shut.pair("pc1", "app", 6): [list(WEB)]}))
    monkeypatch.setattr(shut, "BASELINE", file)
    with pytest.raises(Blocked) as caught:
        shut.as_before(stage.lab, "pc1", "app", families=(6,), opened="M1")
    assert caught.value.by == "M1"


@isolated
def test_more_than_before_has_failed(tmp_path, monkeypatch):
    stage = ready()
    stage.lab.record = Record(time.monotonic() + 20)
    file = tmp_path / "baseline.json"
    kinds = [one for one in shut.fixed(4) if one != Kind(41)]
    file.write_text(json.dumps({shut.pair("pc1", "app", 4): [list(one) for one in kinds]}))
    monkeypatch.setattr(shut, "BASELINE", file)
    with pytest.raises(Failed, match=r"over IPv4 than before: protocol 41\."):
        shut.as_before(stage.lab, "pc1", "app", families=(4,), opened="M1")
    shut.as_the_other_family(stage.lab, "pc1", "app", opened="M1")


@isolated
def test_a_packet_that_is_sent_arrives_as_it_is():
    stage = ready()
    pc1, app = stage.lab.node("pc1"), stage.lab.node("app")
    stranger = "2a00::5"
    shot = Shot.between(WEB, stranger, stage.plan["app.address"], hop_limit=17)
    own = Shot.between(WEB, stage.plan["staff.network"] + "11", stage.plan["app.address"])
    fired = fire(pc1, app, [shot], own)
    assert fired.through == [shot]
    assert fired.packets[0].ip.source == ip_address(stranger)
    assert fired.packets[0].ip.hop_limit == 16

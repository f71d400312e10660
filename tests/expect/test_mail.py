"""SPF by RFC 7208, and who counts as a stranger."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from ipv6lab.expect import strangers
from ipv6lab.probes.seen import spf

MX6, MX4 = "2001:db8:100:dd0::25", "192.0.2.25"
FAR6, FAR4 = "3fff:e:0:1::80", "198.51.100.7"
ZONE: dict[tuple[str, str], list[str]] = {
    ("a.example", "MX"): ["mx.a.example"],
    ("mx.a.example", "A"): [MX4],
    ("mx.a.example", "AAAA"): [MX6],
    ("_spf.a.example", "TXT"): [f"v=spf1 ip6:{MX6} ip4:{MX4} -all"],
    ("none.example", "TXT"): ["no policy here"],
    ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
    ("deep.example", "TXT"): ["v=spf1 " + "mx:a.example " * 11 + "-all"],
    ("open.example", "TXT"): ["v=spf1 ?all"],
    ("two.example", "TXT"): ["v=spf1 -all", "v=spf1 +all"],
    ("x.a.example", "A"): ["127.0.0.2"],
    ("25.2.0.192.sender.a.example", "A"): ["127.0.0.2"],
    (ip_address(MX6).reverse_pointer, "PTR"): ["mx.a.example"],
}


def result(record: str, sender: str) -> str:
    def lookup(name: str, kind: str) -> list[object]:
        if (name, kind) == ("a.example", "TXT"):
            return [record]
        found: list[object] = list(ZONE.get((name.lower(), kind), []))
        return [ip_address(str(one)) for one in found] if kind in ("A", "AAAA") else found

    return spf.check_host(ip_address(sender), "a.example", lookup).result


@pytest.mark.parametrize(
    "record",
    [
        f"v=spf1 ip4:{MX4} ip6:{MX6} -all",
        "v=spf1 mx/32//128 -all",
        "v=spf1 mx//128 -all",
        "v=spf1 a:mx.a.example//64 -all",
        "v=spf1 a:mx.a.example/24//64 -all",
        "v=spf1 redirect=_spf.a.example",
        "v=spf1 include:_spf.a.example -all",
        "V=SPF1 MX -ALL",
        "v=spf1  mx   ~all",
        "v=spf1 mx unknown=yes -all exp=why.a.example",
        "v=spf1 include:open.example mx -all",
        "v=spf1 mx:%{d} -all",
        "v=spf1 -ip6:3fff::/20 mx ?all",
    ],
)
def test_the_mail_server_may_send_and_a_stranger_may_not(record: str) -> None:
    assert [result(record, one) for one in (MX6, MX4)] == ["pass", "pass"]
    assert {result(record, one) for one in (FAR6, FAR4)} <= {"fail", "softfail", "neutral"}


@pytest.mark.parametrize(
    "record",
    [
        f"v=spf1 mx ipv6:{MX6} -all",  # no such mechanism
        f"v=spf1 mx ip6:{MX6}/129 -all",
        f"v=spf1 mx ip6:{MX4} -all",
        f"v=spf1 mx ip6 {MX6} -all",
        "v=spf1 mx ip4:192.0.2.0/33 -all",
        "v=spf1 mx ip4:192.0.2.0/024 -all",
        "v=spf1 mx/33 -all",
        "v=spf1 mx//129 -all",
        "v=spf1 mx/ -all",
        "v=spf1 mx -all:now",
        "v=spf1 mx a: -all",
        "v=spf1 mx a:museum -all",
        "v=spf1 mx a:a.example.123 -all",
        "v=spf1 mx a:%{x}.example -all",
        "v=spf1 mx include -all",
        "v=spf1 mx redirect=a.example redirect=a.example",
        "v=spf1 mx,-all",
        "v=spf1 mx -all\u2013",
    ],
)
def test_an_error_anywhere_is_an_error(record: str) -> None:
    assert result(record, MX6) == "permerror"


@pytest.mark.parametrize(
    ("record", "sender", "wanted"),
    [
        ("v=spf1 include:none.example -all", MX6, "permerror"),
        ("v=spf1 redirect=none.example", MX6, "permerror"),
        ("v=spf1 include:loop.example -all", MX6, "permerror"),
        ("v=spf1 include:deep.example -all", FAR6, "permerror"),
        ("v=spf1 include:two.example -all", MX6, "permerror"),
        ("v=spf1 a:n1.example a:n2.example a:n3.example -all", MX6, "permerror"),  # void
        ("v=spf1 a:n1.example a:n2.example -all", MX6, "fail"),
        ("v=spf1 include:open.example", MX6, "neutral"),
        ("v=spf1 -all mx", MX6, "fail"),
        ("v=spf1 ip4:0.0.0.0/0 -all", FAR4, "pass"),
        ("v=spf1 ip4:0.0.0.0/0 -all", f"::ffff:{FAR4}", "pass"),
        ("v=spf1 all", FAR6, "pass"),
        ("v=spf1 ptr:a.example -all", MX6, "pass"),
        ("v=spf1 ptr -all", FAR6, "fail"),
        ("v=spf1 exists:%{ir}.sender.%{d} -all", MX4, "pass"),
        ("v=spf1 exists:%{ir}.sender.%{d} -all", FAR4, "fail"),
        ("v=spf10 mx -all", MX6, "none"),
    ],
)
def test_what_is_decided(record: str, sender: str, wanted: str) -> None:
    assert result(record, sender) == wanted


def test_a_stranger_is_in_every_larger_network() -> None:
    own = ["2001:db8:100::/48", "192.0.2.0/25"]
    drawn = list(strangers.around(own))
    assert not any(one in ip_network(own[one.version == 4]) for one in drawn)
    for text in own:
        network = ip_network(text)
        for length in range(network.prefixlen):
            larger = network.supernet(new_prefix=length)
            assert any(one in larger for one in drawn if one.version == larger.version)

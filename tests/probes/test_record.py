"""What a check keeps is written as everybody else writes it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

from ipv6lab.probes import Record
from ipv6lab.words.message import _


def test_evidence_has_addresses_as_rfc_5952_writes_them():
    record = Record()
    facts = {
        "mapped": IPv6Address("::ffff:c000:201"),
        "all mapped": IPv6Network("::ffff:0:0/96"),
        "one group of zeros": [IPv6Address("2001:db8:0:1:1:1:1:1")],
        "old": IPv4Address("192.0.2.1"),
        "number": 7,
    }
    record.add("probe", "here", _("A probe."), facts)
    assert record.evidence[0]["facts"] == {
        "mapped": "::ffff:192.0.2.1",
        "all mapped": "::ffff:0:0/96",
        "one group of zeros": ["2001:db8:0:1:1:1:1:1"],
        "old": "192.0.2.1",
        "number": 7,
    }

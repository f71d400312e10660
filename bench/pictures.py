"""How long pictures take in a notebook's kernel that has just been started."""

from __future__ import annotations

from cells import started

PACKETS = 10_000
CAPTURED = f"""
from scapy.layers.inet6 import (
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA,
    ICMPv6NDOptPrefixInfo, IPv6,
)
from scapy.layers.l2 import Ether
from ipv6lab.reports.pcap import Record

network = lab.session.network()
pc, router = (network["nodes"][name]["interfaces"][port]["mac"]
              for name, port in (("pc1", "eth0"), ("hq-core", "staff")))
there, back = Ether(src=pc, dst=router), Ether(src=router, dst=pc)
frames = [bytes(one) for one in (
    back / IPv6(src="fe80::1", dst="ff02::1") / ICMPv6ND_RA()
    / ICMPv6NDOptPrefixInfo(prefix="2001:db8::", prefixlen=64),
    there / IPv6(src="fe80::2", dst="ff02::1:ff00:1") / ICMPv6ND_NS(tgt="fe80::1"),
    back / IPv6(src="fe80::1", dst="fe80::2") / ICMPv6ND_NA(tgt="fe80::1"),
    there / IPv6(src="2001:db8::2", dst="2001:db8::1") / ICMPv6EchoRequest(),
    back / IPv6(src="2001:db8::1", dst="2001:db8::2") / ICMPv6EchoReply(),
)]
records = [Record(at / 100, frames[at % len(frames)]) for at in range({PACKETS})]
"""
DRAWN = """
from ipv6lab.notebook.views import paged_ladder
display(paged_ladder.of_session(records, "pc1", network, lab.session.addresses(), lab.said).view)
"""


def pictures(exercise: str, seat: int) -> tuple[float, float]:
    """Seconds of the first picture after ``%lab start``, and of a ladder of `PACKETS` packets.

    The exercise runs on the seat already.
    """
    with started(seat) as run:
        run(f"%lab start {exercise}")
        first = run("%topology")
        run(CAPTURED)
        return first, run(DRAWN)

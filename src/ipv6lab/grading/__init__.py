"""Checks made from probes, and the verdicts on them.

A file of checks imports all it needs from here::

    from ipv6lab.grading import _, must, require

    @must("M1", weight=3)
    def the_router_advertises(lab):
        \"\"\"The router advertises itself on the staff LAN.\"\"\"
        heard = lab.link("staff").advertisement()
        require(heard.advertisement.lifetime > 0, _("{router} is no default router.", ...))
"""

from ipv6lab.expect.conditions import (
    _,
    control,
    each,
    fail,
    helped,
    require,
    unwanted,
)
from ipv6lab.grading.declare import Check, load, must, must_not, note, still
from ipv6lab.grading.run import grade, run
from ipv6lab.probes import Blocked, Failed

__all__ = [
    "Blocked",
    "Check",
    "Failed",
    "_",
    "control",
    "each",
    "fail",
    "grade",
    "helped",
    "load",
    "must",
    "must_not",
    "note",
    "require",
    "run",
    "still",
    "unwanted",
]

"""What an administrator looks at a machine with works on a node."""

from __future__ import annotations

import pytest

from ipv6lab.sandbox import Lab
from tests.sandbox.support import run

COMMANDS = {
    "ps -ef": "ps -ef",
    "ps aux": "ps aux",
    "top -b -n 1": "load average",
    "vmstat": "swpd",
    "free": "Mem:",
    "uptime": "load average",
    "df -h /": "overlay",
    "ss -tulpn": "Netid",
    "ip -6 route": "fe80::/64",
    "nproc": "",
    "lscpu": "Model name",
}


@pytest.mark.both_kernels
def test_it_looks_at_the_machine(lab: Lab) -> None:
    for command, expected in COMMANDS.items():
        ran = run(lab, "a", *command.split())
        assert (command, ran.status, ran.err) == (command, 0, "")
        assert expected in ran.out

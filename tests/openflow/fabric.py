"""A switch of Open vSwitch with three hosts on it and a controller beside it, in a lab."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

from ipv6lab import sandbox
from ipv6lab.cli.mininet import OPEN_VSWITCH_NEEDS
from ipv6lab.sandbox import Lab
from ipv6lab.words.errors import Unsupported
from tests.backends import no_lab, require
from tests.sandbox.support import run

DEADLINE = 90.0  # seconds; a machine that is busy with other tests takes long
DPID = "0000000000000001"
CONTROLLER = "tcp:[2001:db8:c::2]:6653"

_TOPOLOGY = """
from mininet.topo import Topo

class Fabric(Topo):
    def build(self):
        self.addHost("c")
        self.addHost("s")
        self.addLink("s", "c", intfName1="ctl", intfName2="eth0")
        for n in (1, 2, 3):
            self.addHost(f"h{n}")
            self.addLink("s", f"h{n}", intfName1=f"p{n}", intfName2="eth0")
"""


def _switch(datapath: str, fail_mode: str) -> str:
    # The number of a port is what applications are told: left to the switch, any order will do.
    ports = " -- ".join(
        f"add-port br0 p{n} -- set interface p{n} ofport_request={n}" for n in (1, 2, 3)
    )
    return f"""
for port in p1 p2 p3; do sysctl -qw net.ipv6.conf.$port.disable_ipv6=1; done
ip address add 2001:db8:c::1/64 dev ctl nodad
systemctl start openvswitch-switch
ovs-vsctl add-br br0 -- set bridge br0 datapath_type={datapath} protocols=OpenFlow13 \\
    fail_mode={fail_mode} other-config:datapath-id={DPID} other-config:disable-in-band=true
ovs-vsctl {ports}
"""


@contextlib.contextmanager
def fabric(datapath: str = "netdev", fail_mode: str = "secure") -> Iterator[Lab]:
    """The lab, its addresses typed, the switch running, no controller yet.

    Skips, by name, where the machine's own kernel is asked for and Open vSwitch cannot use it.
    """
    require(OPEN_VSWITCH_NEEDS)
    typed = {"c": "ip address add 2001:db8:c::2/64 dev eth0 nodad"}
    typed["s"] = _switch(datapath, fail_mode)
    for n in (1, 2, 3):
        typed[f"h{n}"] = (
            f"ip address add 2001:db8::{n}/64 dev eth0 nodad\nip address add 10.0.0.{n}/24 dev eth0"
        )
    request: dict[str, Any] = {
        "topology": {"files": {"fabric": _TOPOLOGY}, "module": "fabric", "name": "Fabric"},
        "plan": {},
        "checks": {},
        "start": {
            "files": [],
            "commands": [{"node": node, "script": script} for node, script in typed.items()],
        },
    }
    context = sandbox.throwaway()
    try:
        lab = context.__enter__()
    except Unsupported as error:
        no_lab(error)
    try:
        lab.request("build", **request)
        yield lab
    finally:
        context.__exit__(None, None, None)


def shell(lab: Lab, node: str, script: str) -> str:
    """What a script says on a node; it has to end well."""
    ran = run(lab, node, "sh", "-c", script)
    assert ran.status == 0, f"{node}: {script}\n{ran.out}{ran.err}"
    return ran.out


def control(lab: Lab, *words: str) -> None:
    """Start `ryu-manager` with these words, and then let the switch call it."""
    launch = (
        f"setsid ryu-manager --pid-file /tmp/pid {' '.join(words)} >/tmp/said 2>&1 </dev/null &"
    )
    shell(lab, "c", launch)
    until(lab, "c", "ss -Hltn | grep -q :6653", "the controller listens")
    shell(lab, "s", f"ovs-vsctl set-controller br0 {CONTROLLER}")
    until(lab, "s", "ovs-vsctl --bare --columns=is_connected list controller | grep -q true",
          "the switch is connected")  # fmt: skip


def until(lab: Lab, node: str, script: str, what: str) -> float:
    """Try a script on a node until it ends well; the seconds that took."""
    begun = time.monotonic()
    while run(lab, node, "sh", "-c", script).status != 0:
        if time.monotonic() - begun > DEADLINE:
            said = run(lab, "c", "cat", "/tmp/said").out
            raise AssertionError(f"not within {DEADLINE:.0f} s: {what}\n{said}")
        time.sleep(0.05)
    return time.monotonic() - begun


def reached(lab: Lab, node: str, address: str) -> float:
    """Ping an address until it answers; the seconds that took."""
    return until(lab, node, f"ping -c 1 -W 1 -q {address}", f"{node} reaches {address}")


def fails(lab: Lab, node: str, address: str) -> bool:
    """Whether three pings in a row stay without an answer."""
    return run(lab, node, "ping", "-c", "3", "-i", "0.3", "-W", "1", "-q", address).status != 0


def asked(lab: Lab, method: str, path: str, data: Any = None) -> str:
    """What the controller's REST interface answers to a request from the controller's own node."""
    body = f" -d '{json.dumps(data)}'" if data is not None else ""
    return shell(lab, "c", f"curl -sS -m 30 -X {method}{body} 'http://[::1]:8080{path}'")

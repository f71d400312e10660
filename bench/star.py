"""A Mininet program: a star of hosts is built, one pings another over IPv6, and all of it stops.

Runs unmodified on stock Mininet and on LabNet; prints the seconds of each step as JSON.
"""

import json
import sys
import time

from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo

hosts = int(sys.argv[1])
began = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(hosts), switch=LinuxBridge, controller=None)
net.start()
built = time.monotonic()
first, last = net.hosts[0], net.hosts[-1]
for number, host in enumerate((first, last), 1):
    # Without Duplicate Address Detection, which would take the same second in both.
    host.cmd(f"ip -6 address add 2001:db8::{number}/64 dev {host.defaultIntf()} nodad")
answer = first.cmd("ping -6 -c 1 -W 5 2001:db8::2")
answered = time.monotonic()
net.stop()
stopped = time.monotonic()
if ", 0% packet loss" not in answer:
    sys.exit(f"the ping was not answered: {answer}")
steps = {"build": built - began, "ping": answered - built, "stop": stopped - answered}
print("star", json.dumps({**steps, "all": stopped - began}))

"""The staff LAN on real namespaces, and a router of our own to send what no daemon would.

A test marked with `isolated` runs in a child with namespaces of its own.
"""

import functools
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from ipaddress import IPv6Address
from pathlib import Path

from ipv6lab.course import content
from ipv6lab.course.plan import addressing_plan
from ipv6lab.linux import syscalls
from ipv6lab.linux.tape import create
from ipv6lab.network.namespace import entered
from ipv6lab.network.netlink import Netlink, add_address, add_route
from ipv6lab.probes import Lab
from ipv6lab.probes.film import Film
from ipv6lab.probes.film.recorder import Recorder
from ipv6lab.probes.seen.fabric import Fabric
from ipv6lab.words.message import _
from tests.isolation import run_isolated

ROUTER = "hq-core"


def isolated(test):
    """Run a test in a child with namespaces of its own."""

    @functools.wraps(test)
    def wrapper(*arguments, **keywords):
        run_isolated(lambda: test(*arguments, **keywords))

    return wrapper


class Stage:
    """The staff LAN in its start state, with what may be done to it."""

    def __init__(self):
        from ipv6lab.network.description import describe, publish
        from ipv6lab.network.net import LabNet

        self.folder = Path(tempfile.mkdtemp())
        syscalls.mount("none", str(self.folder), "tmpfs")  # goes with the mount namespace
        course = content.find()
        sys.path.insert(0, str(course.topologies))
        from staff import topos

        self.net = LabNet(topo=topos["staff"](), autoAddress=False)
        publish(self.net, self.folder / "netns")
        self.plan = addressing_plan(course)
        fabric = Fabric(describe(self.net), self.folder / "netns")
        self.lab = Lab(fabric, self.plan)
        self._start_state()

    def _start_state(self):
        plan = self.plan
        self.set(ROUTER, "net/ipv4/ip_forward", 1)
        self.set(ROUTER, "net/ipv6/conf/all/forwarding", 0)
        staff4, servers4 = plan["staff.length4"], plan["servers.length4"]
        self.address(ROUTER, "staff", f"{plan['staff.router4']}/{staff4}")
        self.address(ROUTER, "srv", f"{plan['servers.router4']}/{servers4}")
        self.address(ROUTER, "staff", f"{plan['staff.router']}/64")
        self.address(ROUTER, "srv", f"{plan['servers.router']}/64")
        for name in ("pc1", "pc2"):
            self.address(name, "eth0", f"{plan[name + '.address4']}/{staff4}")
            self.route(name, "0.0.0.0/0", plan["staff.router4"])
        self.address("app", "eth0", f"{plan['app.address4']}/{servers4}")
        self.route("app", "0.0.0.0/0", plan["servers.router4"])
        self.address("app", "eth0", f"{plan['app.address']}/64", nodad=True)
        self.route("app", "::/0", plan["servers.router"])

    def namespace(self, node):
        return self.lab.fabric.namespace(node)

    def set(self, node, name, value):
        """Set a kernel setting of a node, such as net/ipv6/conf/all/forwarding."""
        with entered(self.namespace(node)):
            Path("/proc/sys", name).write_text(str(value))

    def address(self, node, interface, address, **options):
        with Netlink(self.namespace(node)) as netlink:
            netlink.send([add_address(netlink.link(interface).index, address, **options)])

    def route(self, node, destination, gateway, **options):
        with Netlink(self.namespace(node)) as netlink:
            netlink.send([add_route(destination, gateway=gateway, **options)])

    def forward(self):
        self.set(ROUTER, "net/ipv6/conf/all/forwarding", 1)

    def settle(self):
        """Wait until Duplicate Address Detection is over everywhere."""
        for link in self.lab.fabric.links:
            self.lab.link(link).settle(time.monotonic() + 5)

    @contextmanager
    def filmed(self):
        """Have the lab filmed from now on; gives the film."""
        tape = create()
        control, ours = os.pipe()
        recorder = os.fork()
        if recorder == 0:
            try:
                syscalls.die_with_parent()
                os.close(ours)
                Recorder(self.lab.fabric, tape).run(control)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        os.close(control)
        try:
            film = Film(tape, lambda: self.lab.record)
            assert film.wait(lambda: film.rolling, 5, _("waiting for the film"))
            yield film
        finally:
            os.close(ours)
            os.waitpid(recorder, 0)
            os.close(tape)

    @contextmanager
    def router(self, message, node=ROUTER, interface="staff", **options):
        """A node that answers solicitations with an advertisement, and says it every `interval`."""
        entering, inside = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                syscalls.die_with_parent()
                with entered(self.namespace(node)):
                    os.write(inside, b".")
                    advertise(message, interface, **options)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(inside)
        try:
            assert os.read(entering, 1), "the router could not enter its node"
            yield
        finally:
            os.close(entering)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def advertise(message, interface, interval=4.0, answer="one", hop_limit=255, delay=0.0):
    """Be a router: `answer` is one (to the asker alone), all, or none."""
    index = socket.if_nametoindex(interface)
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.setsockopt(socket.SOL_SOCKET, 25, interface.encode())  # SO_BINDTODEVICE
    for option in (socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS):
        sock.setsockopt(socket.IPPROTO_IPV6, option, hop_limit)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    group = IPv6Address("ff02::2").packed + struct.pack("@I", index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    every = ("ff02::1", 0, 0, index)
    due = time.monotonic()
    while True:
        left = due - time.monotonic()
        if left <= 0:
            try:
                sock.sendto(message, every)
                due += interval
            except OSError:  # no usable link-local address yet
                due += 0.05
            continue
        if not select.select([sock], [], [], left)[0]:
            continue
        data, origin = sock.recvfrom(2048)
        if data[0] != 133 or answer == "none":
            continue
        time.sleep(delay)
        to_one = answer == "one" and origin[0] != "::"
        sock.sendto(message, (origin[0].partition("%")[0], 0, 0, index) if to_one else every)


def advertisement(*options, lifetime=30, flags=0, current_hop_limit=64, reachable=0, retransmit=0):
    """The ICMPv6 message; the kernel fills the checksum in."""
    fixed = struct.pack(
        "!BBHBBHII", 134, 0, 0, current_hop_limit, flags, lifetime, reachable, retransmit
    )
    return fixed + b"".join(options)


def prefix(address, length=64, flags=0xC0, valid=86400, preferred=14400):
    fixed = struct.pack("!BBBBIII", 3, 4, length, flags, valid, preferred, 0)
    return fixed + IPv6Address(address).packed


def rdnss(*servers, lifetime=30):
    fixed = struct.pack("!BBHI", 25, 1 + 2 * len(servers), 0, lifetime)
    return fixed + b"".join(IPv6Address(one).packed for one in servers)

"""What a lab asks of the kernel, each operation as small as it can be.

They run in PID 1 of a throw-away sandbox (`ipv6lab.platform.trial`) and leave what they make
behind: the kernel removes it with the sandbox. An operation that is refused raises OSError.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import subprocess
from collections.abc import Callable
from itertools import count

from ipv6lab.linux.syscalls import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    PR_SET_DUMPABLE,
    mount,
    prctl,
    unshare,
)
from ipv6lab.network.netlink import codec, netlink_requests
from ipv6lab.network.netlink import numbers as n
from ipv6lab.network.netlink.codec import attribute, nest, text, u8, u32
from ipv6lab.network.netlink.connection import Netlink
from ipv6lab.network.netlink.netlink_requests import Request

BASE = "/tmp"  # exists everywhere; covered by a tmpfs of the trial's own

# Programs of the lab image for which distributions ship AppArmor profiles, which attach by path.
CONFINED = (
    "/usr/bin/tcpdump",
    "/usr/sbin/named",
    "/usr/sbin/unbound",
    "/usr/sbin/dhclient",
    "/usr/sbin/dnsmasq",
    "/usr/sbin/kea-dhcp6",
    "/usr/sbin/nginx",
    "/usr/sbin/nsd",
)

_sequence = count(1)


def mounts() -> None:
    """Mount at all, and make the place in which the other operations work: always the first."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")


def overlay() -> None:
    """A node's root: an overlay on a tmpfs, with whiteouts that need no privilege."""
    for name in ("lower", "upper", "work", "root"):
        os.makedirs(f"{BASE}/{name}", exist_ok=True)
    with open(f"{BASE}/lower/file", "w", encoding="ascii") as file:
        file.write("lower")
    layers = f"lowerdir={BASE}/lower,upperdir={BASE}/upper,workdir={BASE}/work,userxattr"
    mount("overlay", f"{BASE}/root", "overlay", MS_NODEV, layers)
    with open(f"{BASE}/root/file", "a", encoding="ascii") as file:
        file.write(" and upper")
    os.unlink(f"{BASE}/root/file")
    os.makedirs(f"{BASE}/root/directory")


def tmpfs_attributes() -> None:
    """User attributes on a tmpfs (Linux 6.6), by which an overlay marks replaced directories."""
    path = f"{BASE}/attributes"
    os.makedirs(path, exist_ok=True)
    os.setxattr(path, "user.ipv6lab", b"y")


def proc() -> None:
    _mount_at("proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def sysfs() -> None:
    _mount_at("sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY)


def devpts() -> None:
    _mount_at("devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")


def node() -> None:
    """A node: in the sandbox's user namespace one more, mapped, with namespaces of its own."""
    if not os.path.exists(f"{BASE}/proc/self"):
        proc()  # /proc itself still shows the pids outside
    ready, tell_ready = os.pipe()
    mapped, tell_mapped = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(tell_mapped)
            # A node's owner is another id than the sandbox's root, and so owns nothing of it.
            os.setresuid(1000, 1000, 1000)
            # A changed uid makes a process undumpable, and then nobody may write its id maps.
            prctl(PR_SET_DUMPABLE, 1)
            unshare(CLONE_NEWUSER)
            os.write(tell_ready, b"x")
            os.read(mapped, 1)
            os.setresuid(0, 0, 0)
            unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID)
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or errno.EIO)
    os.close(tell_ready)
    os.close(mapped)
    try:
        if os.read(ready, 1) == b"x":
            # One extent may not span two of the sandbox's own, which begin at 0 and 1.
            for name in ("uid_map", "gid_map"):
                with open(f"{BASE}/proc/{child}/{name}", "w", encoding="ascii") as file:
                    file.write("0 0 1\n1 1 65535\n")
    finally:
        os.close(tell_mapped)
        os.close(ready)
        _, status = os.waitpid(child, 0)
    number = os.waitstatus_to_exitcode(status)
    if number < 0:
        raise OSError(errno.EAGAIN, f"ended by signal {-number}")
    if number:
        raise OSError(number, os.strerror(number))


def ipv6() -> None:
    """IPv6 at all: the kernel parameter ``ipv6.disable=1`` takes it from every namespace."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        loopback_up = struct.pack("16sh14x", b"lo", n.IFF_UP | n.IFF_RUNNING)
        fcntl.ioctl(sock, 0x8914, loopback_up)  # SIOCSIFFLAGS
        sock.bind(("::1", 0))


def packets() -> None:
    """Capture and inject frames."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as sock:
        sock.bind(("lo", 3))


def tun() -> None:
    """Open the TUN device, which is a matter of its file's mode too, and make an interface."""
    with open("/dev/net/tun", "r+b", buffering=0) as device:
        # TUNSETIFF with IFF_TUN | IFF_NO_PI
        fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"trialtun", 0x1001))


def link_of(kind: str, data: bytes = b"", below: bool = False) -> Callable[[], None]:
    """Make an interface of a kind, with its kind's own attributes; ``below``: on a veth."""

    def make() -> None:
        info = text(n.IFLA_INFO_KIND, kind) + (nest(n.IFLA_INFO_DATA, data) if data else b"")
        body = struct.pack("=BxHiII", socket.AF_UNSPEC, 0, 0, 0, 0)
        body += text(n.IFLA_IFNAME, f"trial{next(_sequence)}")
        if below:
            body += u32(n.IFLA_LINK, _ethernet())
        body += nest(n.IFLA_LINKINFO, info)
        _send(Request(n.RTM_NEWLINK, netlink_requests.CREATE, body, f"making an interface {kind}"))

    return make


def queue_of(kind: str, options: bytes) -> Callable[[], None]:
    """Put a queueing discipline on a veth."""

    def make() -> None:
        body = struct.pack("=BxxxiIII", socket.AF_UNSPEC, _ethernet(), 0x10000, n.TC_H_ROOT, 0)
        body += text(n.TCA_KIND, kind) + attribute(n.TCA_OPTIONS, options)
        flags = n.NLM_F_CREATE | n.NLM_F_REPLACE
        _send(Request(n.RTM_NEWQDISC, flags, body, f"queueing by {kind}"))

    return make


INET, BRIDGE = 1, 7  # NFPROTO_INET, NFPROTO_BRIDGE


def nftables_chain(kind: str, family: int = INET) -> Callable[[], None]:
    """Make an nftables table of a family with one base chain of a type."""

    def make() -> None:
        subsystem = 10
        table = f"trial{next(_sequence)}"
        begin = struct.pack("!BBH", socket.AF_UNSPEC, 0, subsystem)
        general = struct.pack("!BBH", family, 0, 0)
        # NFTA_HOOK_HOOKNUM: NF_INET_LOCAL_IN; NFTA_HOOK_PRIORITY: 0
        hook = attribute(1, struct.pack("!I", 1)) + attribute(2, struct.pack("!I", 0))
        chain = text(1, table) + text(3, "chain") + nest(4, hook) + text(7, kind)
        wanted = n.NLM_F_REQUEST | n.NLM_F_ACK | n.NLM_F_CREATE
        batch = [
            codec.encode(0x10, n.NLM_F_REQUEST, 0, begin),  # NFNL_MSG_BATCH_BEGIN
            codec.encode(subsystem << 8 | 0, wanted, 1, general + text(1, table)),  # NEWTABLE
            codec.encode(subsystem << 8 | 3, wanted, 2, general + chain),  # NEWCHAIN
            codec.encode(0x11, n.NLM_F_REQUEST, 3, begin),  # NFNL_MSG_BATCH_END
        ]
        _send_netfilter(b"".join(batch), answers=2)

    return make


def apparmor() -> None:
    """Run a shell under the paths of the lab's programs; raise when a profile took hold of one."""
    shell = os.open("/bin/sh", os.O_PATH)
    for directory in ("/usr/bin", "/usr/sbin"):
        mount("tmpfs", directory, "tmpfs", MS_NODEV, "mode=755,size=64k")
    held = []
    for path in CONFINED:
        with open(path, "w", encoding="ascii"):
            pass
        mount(f"/proc/self/fd/{shell}", path, None, MS_BIND)
        words = [path, "-c", "read -r profile < /proc/self/attr/current; echo $profile"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=5, check=False)
        except (OSError, subprocess.TimeoutExpired):
            held.append(path)  # the profile does not even let it start
            continue
        profile = done.stdout.split()
        if done.returncode or not profile or profile[0].endswith(os.path.basename(path)):
            held.append(path)
    if held:
        raise OSError(errno.EACCES, " ".join(held))


def _mount_at(kind: str, flags: int, options: str | None = None) -> None:
    target = f"{BASE}/{kind}"
    os.makedirs(target, exist_ok=True)
    mount(kind, target, kind, flags, options)


def _ethernet() -> int:
    """The index of a new veth, on which something is to be stacked."""
    name = f"below{next(_sequence)}"
    _send(netlink_requests.veth(netlink_requests.End(name), netlink_requests.End(f"{name}x")))
    return socket.if_nametoindex(name)


def _tbf() -> None:
    _send(netlink_requests.limit_rate(_ethernet(), rate=125_000, burst=4096, queue=65536))


def _send(*wanted: Request) -> None:
    with Netlink() as netlink:
        try:
            netlink.send(wanted)
        except OSError as error:
            if error.errno != errno.EEXIST:  # a fallback tunnel of the kernel's own, say
                raise


def _send_netfilter(batch: bytes, answers: int) -> None:
    """Send a batch to nftables and wait for its answers; raise the first refusal."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as sock:  # NETLINK_NETFILTER
        sock.settimeout(5)
        sock.bind((0, 0))
        sock.send(batch)
        while answers > 0:
            for message in codec.decode(sock.recv(65536)):
                if message.kind != n.NLMSG_ERROR:
                    continue
                answers -= 1
                number = -struct.unpack_from("=i", message.body)[0]
                if number:
                    raise OSError(number, os.strerror(number))


def _v4(kind: int, number: int) -> bytes:
    return attribute(kind, socket.inet_aton(f"192.0.2.{number}"))


def _v6(kind: int, number: int) -> bytes:
    return attribute(kind, socket.inet_pton(socket.AF_INET6, f"2001:db8::{number}"))


# Attribute numbers from if_link.h, if_tunnel.h and pkt_sched.h of include/uapi/linux.
NETWORK: dict[str, Callable[[], None]] = {
    "veth": link_of("veth"),
    "bridge": link_of("bridge"),
    "dummy": link_of("dummy"),
    "vlan": link_of("vlan", attribute(1, struct.pack("=H", 10)), below=True),
    "macvlan": link_of("macvlan", u32(1, 4), below=True),  # MACVLAN_MODE_BRIDGE
    "vrf": link_of("vrf", u32(1, 10)),
    "vxlan": link_of("vxlan", u32(1, 7)),
    "sit": link_of("sit", _v4(2, 1) + _v4(3, 2)),
    "gre": link_of("gre", _v4(6, 1) + _v4(7, 2)),
    "ipip": link_of("ipip", _v4(2, 1) + _v4(3, 2)),
    "ip6tnl": link_of("ip6tnl", _v6(2, 1) + _v6(3, 2) + u8(9, socket.IPPROTO_IPV6)),
    "ip6gre": link_of("ip6gre", _v6(6, 1) + _v6(7, 2)),
    "wireguard": link_of("wireguard"),
    "tun": tun,
    "nftables": nftables_chain("filter"),
    "nat": nftables_chain("nat"),
    "bridge-filter": nftables_chain("filter", BRIDGE),
    "netem": queue_of("netem", struct.pack("=6I", 0, 1000, 0, 0, 0, 0)),
    "tbf": _tbf,
    "htb": queue_of("htb", attribute(2, struct.pack("=IIIII", 3, 10, 1, 0, 0))),
}

SANDBOX: dict[str, Callable[[], None]] = {
    "mounts": mounts,
    "overlay": overlay,
    "tmpfs-attributes": tmpfs_attributes,
    "proc": proc,
    "sysfs": sysfs,
    "devpts": devpts,
    "node": node,
    "ipv6": ipv6,
    "packets": packets,
}

# In this order: AppArmor's trial covers the machine's programs, so it comes last.
OPERATIONS: dict[str, Callable[[], None]] = {**SANDBOX, **NETWORK, "apparmor": apparmor}

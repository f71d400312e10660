"""PID 1 inside the lab kernel: makes the agent's root, and becomes the agent.

The kernel starts Python on the image itself, with this engine's archive in ``ARCHIVE``. The line
to the outside is ``/dev/ttyS0``; a process of its own carries it to the agent's descriptors 0 and
1, where the agent finds frames just as it does on the machine's kernel.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from typing import NoReturn

from ipv6lab.linux import root, tty_stream
from ipv6lab.linux.syscalls import MS_NODEV, MS_NOEXEC, MS_NOSUID, mount, unlock_memory

ARCHIVE = "/run/agent/engine.zip"
IMAGE = "/root"  # on the root file system that is made for the lab kernel
SKELETON = "/dev/ubdb"
LINE = "/dev/ttyS0"
TUN = "/dev/net/tun"
# asyncio and hashlib import them where they can, and can do without; its libraries cost a twelfth
# of the start.
OPENSSL = ("ssl", "_hashlib")
MEGABYTES = 512  # as on the machine's kernel; the guest's memory is the nearer limit


def main(processes: int) -> None:
    """Called by the kernel's command line; ``processes``: as many may run in the whole guest."""
    os.environ.clear()
    os.environ.update(root.ENVIRONMENT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    with open("/proc/sys/kernel/threads-max", "w", encoding="ascii") as file:
        file.write(str(processes))
    _connect()
    with open(ARCHIVE, "rb") as file:
        archive = file.read()
    if os.path.exists(TUN):
        # Whoever opens it makes devices in namespaces of its own, and nowhere else.
        os.chmod(TUN, 0o666)
    root.build(IMAGE, SKELETON, None, MEGABYTES)
    with open(ARCHIVE, "wb") as file:  # Python goes on importing from the same path
        file.write(archive)
    del archive
    _describe_processor()
    for name in OPENSSL:
        sys.modules[name] = None  # type: ignore[assignment]
    from ipv6lab.agent.main import main as agent

    for name in OPENSSL:
        del sys.modules[name]
    unlock_memory()
    # The guest gives no page back to the machine: what was only read on the way here is let go of,
    # so that nodes take its place.
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("1")
    agent()


def _describe_processor() -> None:
    """Write what nodes see as /proc/cpuinfo: ps, top and vmstat end where no core is named."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        told = file.read().strip()
    with open(root.CPUINFO, "w", encoding="ascii") as file:
        file.write(f"{told}\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n\n")


def _connect() -> None:
    """Give descriptors 0 and 1 the stream, through a process that minds the line's credit."""
    line = os.open(LINE, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line, termios.TCSANOW)
    to_agent, relay_out = os.pipe()
    relay_in, from_agent = os.pipe()
    if os.fork() == 0:
        os.close(to_agent)
        os.close(from_agent)
        _carry(line, relay_in, relay_out)
    for fd in (line, relay_in, relay_out):
        os.close(fd)
    os.dup2(to_agent, 0)
    os.dup2(from_agent, 1)
    os.close(to_agent)
    os.close(from_agent)


def _carry(line: int, source: int, sink: int) -> NoReturn:
    os.setsid()
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("-1000")  # without the line there is no lab
    tty_stream.guest_end((line, line), (source, sink)).run()
    os._exit(0)

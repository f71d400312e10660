"""A node's namespaces: its own user namespace, and in it a network namespace.

A user namespace per node, because with a shared one a node's root reaches the agent: the kernel
lets it create links in other namespaces by netlink and read keyrings. In its own it is root of
itself and of nothing else. Both exist without any process, held by descriptors; mount and pid
namespaces come into being with the node's init, when the node first runs something.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from ipv6lab.linux import syscalls

FIRST_IDENTITY = 60_000  # ids of the sandbox that own nodes' user namespaces and nothing else
IDENTITIES = 5_000


@dataclass(eq=False)
class Space:
    """The namespaces of one node."""

    # Whether what runs here is kept to what an administrator of one node needs.
    bounded: ClassVar[bool] = True

    name: str
    user_fd: int
    net_fd: int

    @classmethod
    def create(cls, name: str, identity: int) -> Space:
        """Make the namespaces of node ``name``; ``identity`` tells nodes of a sandbox apart."""
        ready, tell_ready = os.pipe()
        mapped, tell_mapped = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(tell_mapped)
                owner = FIRST_IDENTITY + identity % IDENTITIES
                os.setgroups([])
                os.setresgid(owner, owner, owner)
                os.setresuid(owner, owner, owner)
                syscalls.unshare(syscalls.CLONE_NEWUSER)
                os.write(tell_ready, b"u")
                os.read(mapped, 1)
                syscalls.unshare(syscalls.CLONE_NEWNET)
                os.write(tell_ready, b"n")
                os.read(mapped, 1)
            finally:
                os._exit(0)
        os.close(tell_ready)
        os.close(mapped)
        try:
            if os.read(ready, 1) != b"u":
                raise OSError(f"no user namespace for node {name}")
            for file in ("uid_map", "gid_map"):
                with open(f"/proc/{child}/{file}", "w", encoding="ascii") as out:
                    # Two lines: one range must not span two ranges of the sandbox's own map.
                    out.write("0 0 1\n1 1 65535\n")
            os.write(tell_mapped, b"x")
            if os.read(ready, 1) != b"n":
                raise OSError(f"no network namespace for node {name}")
            user_fd = os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
            net_fd = os.open(f"/proc/{child}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(ready)
            os.close(tell_mapped)
            os.waitpid(child, 0)
        return cls(name, user_fd, net_fd)

    def close(self) -> None:
        """Let go: the kernel removes what no process uses any more."""
        os.close(self.user_fd)
        os.close(self.net_fd)

    def enter(self) -> None:
        """Move the calling single-threaded process into both namespaces, as their root."""
        syscalls.setns(self.user_fd, syscalls.CLONE_NEWUSER)
        syscalls.setns(self.net_fd, syscalls.CLONE_NEWNET)
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        os.setgroups([])


class Workshop(Space):
    """A place for programs that make networks themselves, Mininet among them.

    It has a network namespace of its own and the sandbox's user namespace, so what runs here holds
    every capability over the sandbox: never for a lab that is graded.
    """

    bounded = False

    @classmethod
    def create(cls, name: str, identity: int = 0) -> Workshop:
        """Make the network namespace; `identity` is not used. Raises OSError."""
        user_fd = os.open("/proc/self/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            net_fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            syscalls.setns(home, syscalls.CLONE_NEWNET)
        except OSError:
            os.close(user_fd)
            raise
        finally:
            os.close(home)
        return cls(name, user_fd, net_fd)

    def enter(self) -> None:
        """Move the calling process into the network namespace; it is root of the rest already."""
        syscalls.setns(self.net_fd, syscalls.CLONE_NEWNET)


def close_descriptors(keep: Iterable[int]) -> None:
    """Close every descriptor but ``keep`` and 0, 1, 2."""
    previous = 2
    for fd in sorted(set(keep)):
        if fd > 2:
            os.closerange(previous + 1, fd)
            previous = fd
    os.closerange(previous + 1, 65_536)

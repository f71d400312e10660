"""A node's namespaces: its own user namespace, and in it a network namespace.

A user namespace per node, because with a shared one a node's root reaches the agent: the kernel
lets it create links in other namespaces by netlink and read keyrings. In its own it is root of
itself and of nothing else. Both exist without any process, held by descriptors; mount and pid
namespaces come into being with the node's init, when the node first runs something.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from ipv6lab.linux import syscalls
from ipv6lab.linux.ids import Block

# The part of the sandbox's processes that one node may have: its fork bomb is its own.
SHARE = 3


@dataclass(eq=False)
class Space:
    """The namespaces of one node."""

    # Whether what runs here is kept to what an administrator of one node needs.
    bounded: ClassVar[bool] = True

    name: str
    user_fd: int
    net_fd: int
    ids: Block | None = None  # None: those of the sandbox

    @classmethod
    def create(cls, name: str, ids: Block) -> Space:
        """Make the namespaces of node ``name``, whose ids no other node has. Raises OSError."""
        return cls.create_all({name: ids})[name]

    @classmethod
    def create_all(cls, identities: Mapping[str, Block]) -> dict[str, Space]:
        """The same for several nodes, by name, at the cost of one process for all.

        Raises OSError.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        maker = os.fork()
        if maker == 0:
            _be_maker(list(identities.values()), theirs)
        theirs.close()
        spaces: dict[str, Space] = {}
        try:
            for name, block in identities.items():
                reason, fds, _flags, _address = socket.recv_fds(ours, 4096, 2)
                if len(fds) != 2:
                    raise OSError(f"no namespaces for node {name}: {reason.decode()}")
                for fd in fds:
                    os.set_inheritable(fd, False)
                spaces[name] = cls(name, fds[0], fds[1], block)
        except OSError:
            for space in spaces.values():
                space.close()
            raise
        finally:
            ours.close()
            os.waitpid(maker, 0)
        return spaces

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


def _be_maker(identities: Sequence[Block], link: socket.socket) -> NoReturn:
    """In a process of its own: make namespaces, and send a descriptor of each over ``link``."""
    try:
        os.setgroups([])
        _bound_processes()
        for block in identities:
            fds = _make(block)
            socket.send_fds(link, [b"made"], fds)
            for fd in fds:
                os.close(fd)
    except BaseException as error:
        link.send(str(error).encode()[:4000])
    finally:
        os._exit(0)


def _make(block: Block) -> tuple[int, int]:
    """A user namespace with these ids, and a network namespace in it."""
    # The effective ids own what is made, the real ones are who a limit counts for; with the saved
    # ones this process comes back to be root.
    os.setresgid(block.owner, block.owner, -1)
    os.setresuid(block.owner, block.owner, -1)
    try:
        holder = syscalls.hold_namespaces(syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNET)
    finally:
        os.setresuid(0, 0, -1)
        os.setresgid(0, 0, -1)
    try:
        for file in ("uid_map", "gid_map"):
            with open(f"/proc/{holder}/{file}", "w", encoding="ascii") as out:
                out.write(block.to_map())
        user_fd = os.open(f"/proc/{holder}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        net_fd = os.open(f"/proc/{holder}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
    return user_fd, net_fd


def _bound_processes() -> None:
    """In the maker: what is in a user namespace counts for its owner, up to this limit."""
    limits = [limit for limit in resource.getrlimit(resource.RLIMIT_NPROC) if limit > 0]
    with open("/proc/sys/kernel/threads-max", encoding="ascii") as file:
        limits.append(int(file.read()))
    share = max(100, min(limits) // SHARE)
    resource.setrlimit(resource.RLIMIT_NPROC, (share, share))


class Workshop(Space):
    """A place for programs that make networks themselves, Mininet among them.

    It has a network namespace of its own and the sandbox's user namespace, so what runs here holds
    every capability over the sandbox: never for a lab that is graded.
    """

    bounded = False

    @classmethod
    def create(cls, name: str, ids: Block | None = None) -> Workshop:
        """Make the network namespace; `ids` are not used. Raises OSError."""
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

"""Where a node lives, as far as the network is concerned."""

from __future__ import annotations

import fcntl
import os
import termios
from collections.abc import Iterable, Sequence
from subprocess import PIPE, Popen
from typing import Any, Protocol, runtime_checkable

from ipv6lab.linux import syscalls
from ipv6lab.network.namespace import OWN, join

SYSFS = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


class SpaceLike(Protocol):
    """A network namespace, held by an open descriptor."""

    @property
    def net_fd(self) -> int: ...

    def close(self) -> None: ...


@runtime_checkable
class Runner(Protocol):
    """A space that also runs commands: `popen` as of `subprocess.Popen`, keyword arguments too."""

    def popen(self, argv: Sequence[str], **options: Any) -> Popen[Any]: ...


class PlainSpace:
    """A network namespace, and mounts: its commands see the caller's files and processes.

    What one of its commands mounts the others see, and no other space does.
    """

    def __init__(self, name: str, net_fd: int) -> None:
        self.name = name
        self.net_fd = net_fd
        self._mounts: int | None = None

    @classmethod
    def create(cls, name: str) -> PlainSpace:
        """Make a new network namespace; needs CAP_SYS_ADMIN. Raises OSError."""
        home = os.open(OWN, os.O_RDONLY | os.O_CLOEXEC)
        try:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            try:
                return cls(name, os.open(OWN, os.O_RDONLY | os.O_CLOEXEC))
            finally:
                join(home)
        finally:
            os.close(home)

    @classmethod
    def create_all(cls, names: Iterable[str]) -> list[PlainSpace]:
        """Make one for each name. Raises OSError."""
        return [cls.create(name) for name in names]

    def popen(self, argv: Sequence[str], **options: Any) -> Popen[Any]:
        """Start a command in this namespace, in a session of its own."""
        mounts = self._mount_fd()

        def enter() -> None:
            join(self.net_fd)
            where = os.getcwd()  # which joining mounts forgets
            syscalls.setns(mounts, syscalls.CLONE_NEWNS)
            os.chdir(where)
            _take_terminal()

        return Popen(list(argv), preexec_fn=enter, start_new_session=True, **options)

    def _mount_fd(self) -> int:
        """The mount namespace, which comes into being when something is first run."""
        if self._mounts is None:

            def enter() -> None:
                join(self.net_fd)
                syscalls.unshare(syscalls.CLONE_NEWNS)
                syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
                # /sys/class/net shows the namespace of whoever mounts it.
                syscalls.mount("sysfs", "/sys", "sysfs", flags=SYSFS)

            # It waits for its input to end, and so is there until its mounts are held.
            with Popen(["cat"], stdin=PIPE, preexec_fn=enter) as maker:
                path = f"/proc/{maker.pid}/ns/mnt"
                self._mounts = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return self._mounts

    def close(self) -> None:
        """Let go: the kernel removes the namespace and its links when nothing uses it any more."""
        os.close(self.net_fd)
        if self._mounts is not None:
            os.close(self._mounts)
            self._mounts = None


class OwnSpace(PlainSpace):
    """The caller's own network namespace and mounts."""

    @classmethod
    def create(cls, name: str) -> OwnSpace:
        """What is there already."""
        return cls(name, os.open(OWN, os.O_RDONLY | os.O_CLOEXEC))

    def popen(self, argv: Sequence[str], **options: Any) -> Popen[Any]:
        """Start a command as the caller could, in a session of its own."""
        return Popen(list(argv), preexec_fn=_take_terminal, start_new_session=True, **options)


def _take_terminal() -> None:
    """What is the first of a session gets Ctrl-C from its terminal."""
    if os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

"""The film of a grading: who makes it, and for how long."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from collections.abc import Callable
from typing import NoReturn

from ipv6lab.linux import tape
from ipv6lab.nodes.space import close_descriptors


class Filming:
    """A film that is being made of the lab, in a process of its own, until it is closed.

    It is one of the `watchers`, who are told when nodes have other network namespaces than before.
    `tape` is the descriptor of what it is kept on.
    """

    def __init__(self, watchers: set[Callable[[], None]]) -> None:
        self._watchers = watchers
        self.tape = tape.create()
        reader, self._control = os.pipe2(os.O_CLOEXEC)
        child = fork(lambda: _record(self.tape, reader), {self.tape, reader})
        self._process = os.pidfd_open(child)  # an id may be another's by the time it is ended
        os.close(reader)
        watchers.add(self._follow)

    def laid(self) -> None:
        """Write down that all work has been laid on."""
        tape.write(self.tape, tape.MARK, tape.LAID)

    def close(self) -> None:
        self._watchers.discard(self._follow)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)  # `checking.reap` collects it
        os.close(self._process)
        os.close(self._control)
        os.close(self.tape)

    def _follow(self) -> None:
        """Nodes have other network namespaces than before."""
        with contextlib.suppress(OSError):
            os.write(self._control, b"\n")


def _record(tape: int, control: int) -> None:
    from ipv6lab.probes.film.recorder import Recorder
    from ipv6lab.probes.seen.fabric import Fabric

    Recorder(Fabric.read(), tape).run(control)


def fork(work: Callable[[], object], keep: set[int]) -> int:
    """Do something in a child that has nothing of the agent's but its view of the nodes' networks.

    Of its descriptors the child has those to `keep`, and of 0, 1, 2 only the last. Its id, which
    is that of its process group as well; it ends with status 0 if it came to its end.
    """
    child = os.fork()
    if child == 0:
        _be_child(work, keep)
    # Both say so: who ends the group at once must not be faster than the child.
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    return child


def _be_child(work: Callable[[], object], keep: set[int]) -> NoReturn:
    status = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        close_descriptors(keep)
        work()
        status = 0
    except SystemExit:
        status = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)

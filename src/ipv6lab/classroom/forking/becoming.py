"""From a copy of root's process to one that a seat's account could have started itself.

What ``exec`` does for an ordinary process is done by hand: environment, signals, descriptors,
random numbers, and what libraries remembered when they were imported.
"""

from __future__ import annotations

import contextlib
import gc
import locale
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping

from ipv6lab.linux import syscalls

PR_SET_NAME = 15
RESET = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGPIPE")


NOWHERE = "/nonexistent"  # the home of who has none
KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


def nobodys(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the fork server starts: nothing of root's that could be remembered.

    Some things are decided when Python starts, others when a module is imported.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name in KEPT or name.startswith(("IPV6LAB_COURSE", "IPV6LAB_IMAGE", "PYTHON"))
    }
    # An OpenBLAS of several threads could not be forked.
    return kept | {"HOME": NOWHERE, "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def only(*kept: int) -> None:
    """Close every descriptor but 0, 1, 2 and these."""
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number > 2 and number not in kept:
            with contextlib.suppress(OSError):
                os.close(number)


def name_it(name: str) -> None:
    """What ``ps`` shows of it."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def drop_to(account: int) -> None:
    """Be an account for good. Raises PermissionError where anything of root is left."""
    os.setgroups([])
    os.setresgid(account, account, account)
    os.setresuid(account, account, account)
    if os.getresuid() != (account,) * 3 or os.getresgid() != (account,) * 3 or os.getgroups():
        raise PermissionError("something of root is left")
    # Without exec the kernel keeps it closed even to its own account, /proc/self too. Nothing
    # secret is in this memory: it is a copy of what has read nothing.
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)


def begin(environment: Mapping[str, str], name: str, home: str) -> None:
    """What exec would have done: a new environment, default signals, new random numbers."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(home)
    name_it(name)
    for one in RESET:
        signal.signal(getattr(signal, one), signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python's own start does
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    time.tzset()
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, "")
    random.seed()
    tempfile.tempdir = None
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(None)
    _forget_folders()
    gc.enable()


def _forget_folders() -> None:
    """Matplotlib looks for its folders once; if that was before, they are root's."""
    library = sys.modules.get("matplotlib")
    if library is None:
        return
    for name in ("get_configdir", "get_cachedir"):
        forget = getattr(getattr(library, name, None), "cache_clear", None)
        if forget is not None:
            forget()

"""PID 1 of a node: runs what the agent asks for, reaps, and keeps the node's services.

It is a fork of the agent that has lost everything of the agent's: descriptors, root tree, view of
other processes. It stays more privileged than what it runs and is not dumpable, so that the
node's root can neither trace it nor read its memory.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

from ipv6lab import services
from ipv6lab.linux import seccomp, syscalls
from ipv6lab.nodes import overlay_root, wire
from ipv6lab.nodes.changes import Changes
from ipv6lab.nodes.space import Space, close_descriptors

# What an administrator's tools need (iproute2, nft, tc, tcpdump, daemons that change their user).
# SYS_ADMIN is left out: with it a node's root would mount and unshare at will.
CAPABILITIES = [
    *("chown", "dac_override", "fowner", "fsetid", "setfcap", "sys_chroot", "ipc_lock"),
    *("kill", "setgid", "setuid", "setpcap", "audit_write"),
    *("net_admin", "net_bind_service", "net_broadcast", "net_raw"),
]
# FRR's daemons ask for SYS_ADMIN, which they do not use, and exit where they do not get it. They
# are told that they have it, and keep what else there is.
BELIEVE_THEY_HAVE_ALL = ("frr.service",)

# Families of the course: local ones, IPv4, IPv6, netlink, packets. Others are one for the whole
# machine (vsock, for one), or kernel code that no exercise needs.
FAMILIES = (1, 2, 10, 16, 17)
FILTER = seccomp.Filter(
    [
        seccomp.Rule("socket", errno.EAFNOSUPPORT, unless=FAMILIES),
        seccomp.Rule("socketpair", errno.EAFNOSUPPORT, unless=(1,)),
        *seccomp.NO_USER_NAMESPACES,
        *(
            seccomp.Rule(call, errno.ENOSYS)
            for call in (
                *("io_uring_setup", "io_uring_enter", "io_uring_register"),
                *("add_key", "request_key", "keyctl"),
            )
        ),
        *(
            seccomp.Rule(call, errno.EPERM)
            for call in ("bpf", "userfaultfd", "perf_event_open", "syslog")
        ),
    ]
)
SAVED_GROUP = 1
UNCHANGED_CAPABILITIES = seccomp.Filter([seccomp.Rule("capset", 0)])
# Of the kernel's things that are counted for a user, the most that a node may have. Whoever is in
# a user namespace can lower its limits, and who has SYS_RESOURCE there, as its init, raise them.
NODE_LIMITS = {
    "max_user_namespaces": 0,
    "max_inotify_instances": 32,
    "max_inotify_watches": 4096,
    "max_fanotify_groups": 4,
}

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
    "LANG": "C.UTF-8",
    "TERM": "linux",
}


def start(
    space: Space, scratch: str, wait: bool = False, megabytes: int = overlay_root.LARGEST_DISK
) -> tuple[int, socket.socket]:
    """Fork the init of a node; returns its pid and the agent's end of the link to it.

    It may write so many ``megabytes`` of files. With ``wait`` it starts the node's services only
    when it is told to ``boot``.

    Raises OSError with the reason when the node's root cannot be built.
    """
    overlay_root.prepare(scratch, space.ids, megabytes)
    layers = overlay_root.layers(scratch, space.user_fd, space.ids)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    middle = os.fork()
    if middle == 0:
        _fork_init(space, scratch, layers, theirs, wait)
    theirs.close()
    for fd, _layer in layers:
        os.close(fd)
    try:
        facts: dict[str, Any] = {}
        while not {"pid", "ready"} <= facts.keys():
            received = wire.receive(ours)
            if received is None or "error" in received[0]:
                said = received[0] if received else {"error": "its init ended", "errno": 0}
                raise OSError(said["errno"], f"node {space.name} does not start: {said['error']}")
            facts.update(received[0])
    except BaseException:
        ours.close()
        raise
    finally:
        os.waitpid(middle, 0)
    return int(facts["pid"]), ours


def _fork_init(
    space: Space, scratch: str, layers: list[tuple[int, str]], link: socket.socket, wait: bool
) -> NoReturn:
    """In the middle process: join the node's namespaces, make the missing ones, fork PID 1."""
    try:
        signal.set_wakeup_fd(-1)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)  # not 2: a defect of the init is told on the agent's log until it is up
        kept = {link.fileno(), space.user_fd, space.net_fd}
        close_descriptors(kept | {fd for fd, _layer in layers})
        # Where memory ends, the node's processes go before the agent.
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
        space.enter()
        syscalls.unshare(
            syscalls.CLONE_NEWNS
            | syscalls.CLONE_NEWUTS
            | syscalls.CLONE_NEWIPC
            | syscalls.CLONE_NEWPID
            | syscalls.CLONE_NEWCGROUP
        )
        child = os.fork()
        if child:
            wire.send(link, {"pid": child})
            os._exit(0)
        _become_init(space, scratch, layers, link, wait)
    except BaseException as error:
        number = getattr(error, "errno", None) or 0
        wire.send(link, {"error": getattr(error, "strerror", None) or str(error), "errno": number})
        os._exit(1)


def _become_init(
    space: Space, scratch: str, layers: list[tuple[int, str]], link: socket.socket, wait: bool
) -> NoReturn:
    try:
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        os.setsid()
        written = overlay_root.build(space.name, scratch, layers)
        syscalls.set_hostname(space.name)
        os.close(space.user_fd)
        os.close(space.net_fd)
        if space.bounded:
            _bound()
        os.umask(0o022)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Handled, not ignored: what is ignored stays so in what is executed.
            signal.signal(number, lambda _number, _frame: None)
        os.environ.clear()
        os.environ.update(ENVIRONMENT)
        # The agent's loop seems to run here too: it is told by the pid, and that is 1 in both.
        asyncio._set_running_loop(None)
        asyncio.run(Init(link, written, space.bounded).main(wait))
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    os._exit(1)


def _bound() -> None:
    """Keep this process, and all that comes of it, to what is the node's own."""
    syscalls.join_new_keyring()
    for name, value in NODE_LIMITS.items():
        with (
            contextlib.suppress(FileNotFoundError),
            open(f"/proc/sys/user/{name}", "w", encoding="ascii") as file,
        ):
            file.write(str(value))
    # Whose ids are all those of another process may set its limits (prlimit(2)), and all that runs
    # here is root's like this one. What is executed gets its saved id anew.
    os.setresgid(0, 0, SAVED_GROUP)
    FILTER.install()


def drop_privileges() -> None:
    """Before exec: what follows holds no more than an administrator of this node needs."""
    syscalls.bound_capabilities(CAPABILITIES)


def _prepare_service(unit: str) -> None:
    if unit not in BELIEVE_THEY_HAVE_ALL:
        drop_privileges()
        return
    # Becoming another user takes no capability away, and nothing else does either.
    syscalls.prctl(syscalls.PR_SET_SECUREBITS, syscalls.SECBIT_NO_SETUID_FIXUP)
    drop_privileges()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    UNCHANGED_CAPABILITIES.install()


class Init:
    """The loop of a node's PID 1."""

    def __init__(self, link: socket.socket, written: int, bounded: bool = True) -> None:
        self._link = link
        self._bounded = bounded
        self._changes = Changes(written)
        self._jobs: dict[int, tuple[int, Callable[[], dict[str, Any]] | None]] = {}
        self._starter = ThreadPoolExecutor(1, initializer=drop_privileges if bounded else None)
        # What a boot does on the node's behalf, by its files, it does with the node's rights.
        self._manager = services.Manager(
            prepare=_prepare_service, with_rights=lambda do: self._starter.submit(do).result()
        )
        self._server = services.Server(self._manager)

    async def main(self, wait: bool = False) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        loop.add_reader(self._link.fileno(), self._read)
        self._manager.set_up()
        await self._server.start()
        self._changes.forget()  # what building the root wrote is nobody's work
        wire.send(self._link, {"ready": True})
        if not wait:
            await self._manager.boot()
        await asyncio.Event().wait()

    def _read(self) -> None:
        received = wire.receive(self._link)
        if received is None:  # the agent is gone, and with it the sandbox
            os._exit(0)
        message, fds = received
        try:
            handler = getattr(self, f"_do_{message['do']}")
            handler(message, fds)
        except OSError as error:
            self._tell(message, exit=127, error=error.strerror or str(error))
        finally:
            for fd in fds:
                os.close(fd)

    def _tell(self, request: dict[str, Any], fds: tuple[int, ...] = (), **facts: Any) -> None:
        wire.send(self._link, {"id": request["id"], **facts}, fds)

    def _do_exec(self, request: dict[str, Any], fds: list[int]) -> None:
        """Run a program: on a new terminal of the node's own with ``terminal``, and on ``fds``."""
        size = request.get("terminal")
        if not size and len(fds) == 3:
            child = self._starter.submit(_start, request, fds).result()
            self._jobs[child] = (request["id"], None)
            self._tell(request, pid=child)
            return
        if size:
            master, slave = os.openpty()
            set_window(slave, size["rows"], size["cols"])
            places = [slave, slave, slave, *fds]
        else:
            master, slave = -1, -1
            places = fds
        try:
            child = os.fork()
            if child == 0:
                _run(request, places, terminal=bool(size), bounded=self._bounded)
            self._jobs[child] = (request["id"], None)
            self._tell(request, (master,) if size else (), pid=child)
        finally:
            if size:
                os.close(master)
                os.close(slave)

    def _do_put(self, request: dict[str, Any], fds: list[int]) -> None:
        """Write files, with a trainee's rights and paths that no link leads out of the node."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                drop_privileges()
                for file in request["files"]:
                    put_file(file)
                os._exit(0)
            except BaseException as error:  # nothing may leave this child but by its end
                told = str(error) or type(error).__name__
                if isinstance(error, OSError) and (place := error.filename2 or error.filename):
                    told = f"{place}: {error.strerror}"
                os.write(writer, os.fsencode(told)[:4000])
                os._exit(1)
        os.close(writer)

        def finish() -> dict[str, Any]:
            complaint = os.read(reader, 4096).decode(errors="replace")
            os.close(reader)
            return {"error": complaint} if complaint else {}

        self._jobs[child] = (request["id"], finish)

    def _do_changes(self, request: dict[str, Any], fds: list[int]) -> None:
        """Tell which files changed since what was ``taken`` up last; with null forget them."""
        if request["taken"] is None:
            self._changes.forget()
            self._tell(request, exit=0)
        else:
            self._tell(request, exit=0, **self._changes.take(request["taken"]))

    def _do_signal(self, request: dict[str, Any], fds: list[int]) -> None:
        """Signal the session's process group that belongs to job ``job``."""
        for pid, (job, _) in self._jobs.items():
            if job == request["job"]:
                try:
                    os.killpg(pid, request["signal"])
                except ProcessLookupError:  # it has hardly begun, and has no session of its own yet
                    os.kill(pid, request["signal"])

    def _do_settings(self, request: dict[str, Any], fds: list[int]) -> None:
        """Set what files in sysctl.d say, before anything else is done on the node."""
        self._manager.apply_settings()
        self._tell(request, exit=0)

    def _do_boot(self, request: dict[str, Any], fds: list[int]) -> None:
        """Set what files in sysctl.d say and start the services that are enabled."""

        async def boot() -> None:
            await self._manager.boot()
            self._tell(request, exit=0)

        self._booting = asyncio.get_running_loop().create_task(boot())

    def _do_shutdown(self, request: dict[str, Any], fds: list[int]) -> None:
        """An orderly end: services are stopped, then the node's processes end with this one."""

        async def end() -> None:
            await self._manager.stop_all(request["seconds"])
            self._server.close()
            self._tell(request, exit=0)
            os._exit(0)

        self._ending = asyncio.get_running_loop().create_task(end())

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            job = self._jobs.pop(pid, None)
            if job is None:
                self._manager.child_exited(pid, status)
                continue
            number, finish = job
            facts = finish() if finish else {}
            code = os.waitstatus_to_exitcode(status)
            wire.send(
                self._link, {"id": number, "exit": code if code >= 0 else 128 - code, **facts}
            )


def _start(request: dict[str, Any], places: list[int]) -> int:
    """Start a program on three descriptors; returns its pid. Raises OSError.

    Runs in a thread that holds no more than a trainee may have, so that nothing is left to do
    between fork and exec and the child needs no copy of this process: on the lab kernel, where
    each page of a copy costs a system call outside, that is three quarters of the time.
    """
    with contextlib.suppress(OSError):
        process = subprocess.Popen(
            request["argv"],
            stdin=places[0],
            stdout=places[1],
            stderr=places[2],
            cwd=request.get("cwd") or "/root",
            env={**ENVIRONMENT, **(request.get("env") or {})},
            start_new_session=True,
        )
        process.returncode = 0  # it is reaped with all others
        return process.pid
    # What is wrong is told by the program's own child, on its standard error.
    child = os.fork()
    if child == 0:
        _run(request, places, terminal=False, bounded=False)
    return child


def _run(request: dict[str, Any], places: list[int], terminal: bool, bounded: bool) -> NoReturn:
    """In the child: become the program. Says on its standard error why it cannot."""
    try:
        os.setsid()
        if terminal:
            fcntl.ioctl(places[0], termios.TIOCSCTTY, 0)
        # Moved up first, so that placing one cannot overwrite another that is still to be placed.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100 + len(places)) for fd in places]
        for target, fd in enumerate(high):
            os.dup2(fd, target)
        os.closerange(len(high), 65_536)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if bounded:
            drop_privileges()
        os.chdir(request.get("cwd") or "/root")
        argv = request["argv"]
        os.execvpe(argv[0], argv, {**ENVIRONMENT, **(request.get("env") or {})})
    except FileNotFoundError:
        os.write(2, os.fsencode(f"{request['argv'][0]}: command not found\n"))
        os._exit(127)
    except OSError as error:  # as a shell says it, and with a shell's status
        os.write(2, os.fsencode(f"{request['argv'][0]}: {error.strerror}\n"))
        os._exit(126)
    except BaseException as error:
        os.write(2, os.fsencode(f"{request['argv'][0]}: {error}\n"))
        os._exit(126)


def put_file(file: dict[str, Any]) -> None:
    """Make a file what ``file`` says: as `Changes.take` tells it, or with ``executable`` alone.

    A file that stands keeps its owner and mode, as under an editor, if nothing is said of them.
    """
    path = "/" + file["path"].lstrip("/")
    if "target" in file:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        _remove(path)
        os.symlink(file["target"], path)
        return
    if file["content"] is None:
        _remove(path)
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    executable = file.get("executable", False)
    with contextlib.suppress(OSError):
        os.rmdir(path)  # a folder that was there before the file, and is empty by now
    # O_NONBLOCK: a pipe of that name is not waited for.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_NOCTTY
    fd = os.open(path, flags, 0o755 if executable else 0o644)
    with open(fd, "wb") as out:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "no plain file", path)
        out.write(base64.b64decode(file["content"]))
        if executable:
            os.fchmod(fd, os.fstat(fd).st_mode | 0o111)
        if "owner" in file:
            os.fchown(fd, *file["owner"])
        if "mode" in file:
            os.fchmod(fd, file["mode"])


def _remove(path: str) -> None:
    """Remove what is there, if something is: a whole folder too."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except IsADirectoryError:
        shutil.rmtree(path)


def set_window(fd: int, rows: int, cols: int) -> None:
    """Tell a terminal its size in characters."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def warm() -> None:
    """Import now what the init would import later: in a node's root there is no engine."""
    import encodings.idna  # noqa: F401 - codecs are found by name, late
    import json.encoder  # noqa: F401

    sys.stderr.flush()

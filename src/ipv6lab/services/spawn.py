"""Starting one command of a service: fork, become what the unit says, exec."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from ipv6lab.services import privileges, quoting
from ipv6lab.services.definition import EXECUTABLE_PATH, Command, Definition, Directory
from ipv6lab.services.processes import ProcessGroup
from ipv6lab.services.values import EXIT_CODES

NOTIFY_SOCKET = "/run/systemd/notify"


class SpawnError(Exception):
    """What stands in the way before anything is forked; said in the journal."""


@dataclass(frozen=True)
class Identity:
    """Who a service runs as."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


def identity(definition: Definition) -> Identity | None:
    """The user of a service, None for root without further groups. Raises SpawnError."""
    user, group = definition.user, definition.group
    if not user and not group and not definition.supplementary_groups:
        return None
    try:
        entry = _user(user or "root")
    except KeyError:
        raise SpawnError(f"Failed to determine user credentials: No such user {user!r}") from None
    try:
        gid = _group(group) if group else entry.pw_gid
        extra = [_group(name) for name in definition.supplementary_groups]
    except KeyError as error:
        raise SpawnError(f"Failed to determine group credentials: {error.args[0]}") from None
    groups = os.getgrouplist(entry.pw_name, gid)
    return Identity(
        entry.pw_name, entry.pw_uid, gid, tuple(dict.fromkeys([*groups, *extra])),
        entry.pw_dir, entry.pw_shell,
    )  # fmt: skip


def _user(name: str) -> pwd.struct_passwd:
    return pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)


def _group(name: str) -> int:
    return int(name) if name.isdigit() else grp.getgrnam(name).gr_gid


def base_environment(definition: Definition, who: Identity | None) -> dict[str, str]:
    """The variables of every command of a service. Raises SpawnError for a missing file."""
    environment = {"LANG": _language(), "PATH": EXECUTABLE_PATH, "NOTIFY_SOCKET": NOTIFY_SOCKET}
    if definition.notify_access == "none":
        del environment["NOTIFY_SOCKET"]
    if who and definition.user:
        environment |= {
            "HOME": who.home, "LOGNAME": who.name, "USER": who.name, "SHELL": who.shell,
        }  # fmt: skip
    for kind in dict.fromkeys(directory.kind for directory in definition.directories):
        name = kind.removesuffix("Directory").upper() + "_DIRECTORY"
        paths = [entry.path for entry in definition.directories if entry.kind == kind]
        environment[name] = ":".join(paths)
    if definition.pid_file:
        environment["PIDFILE"] = definition.pid_file
    environment |= definition.environment
    for path, optional in definition.environment_files:
        environment |= _environment_file(path, optional)
    return environment


def _environment_file(path: str, optional: bool) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return quoting.environment_file(file.read(1024 * 1024))
    except OSError as error:
        if optional:
            return {}
        raise SpawnError(f"Failed to load environment files: {path}: {error.strerror}") from None


def _language() -> str:
    with contextlib.suppress(OSError), open("/etc/default/locale", encoding="utf-8") as file:
        return quoting.environment_file(file.read(4096)).get("LANG", "C.UTF-8")
    return "C.UTF-8"


class Failure(Exception):
    """A step between fork and exec that failed."""

    def __init__(self, step: str, error: str) -> None:
        super().__init__(error)
        self.step = step


@dataclass
class Child:
    """What spawn() gives back: the process, and where it reports a failed step."""

    pid: int
    report: int  # closes at exec; before that "STEP: why" if a step failed


def spawn(
    definition: Definition,
    command: Command,
    environment: dict[str, str],
    who: Identity | None,
    group: ProcessGroup,
    output: int,
    prepare: Callable[[str], None],
) -> Child:
    """Fork and exec `command` as a member of `group`. Raises OSError when fork fails."""
    arguments = command.arguments(environment)
    who = None if command.privileged else who
    report, report_in = os.pipe()
    try:
        with group.entered():
            pid = os.fork()
            if not pid:
                _child(definition, command, arguments, environment, who, output, report_in, prepare)
    except BaseException:
        os.close(report)
        raise
    finally:
        os.close(report_in)
    os.set_blocking(report, False)
    return Child(pid, report)


def _child(
    definition: Definition,
    command: Command,
    arguments: list[str],
    environment: dict[str, str],
    who: Identity | None,
    output: int,
    report: int,
    prepare: Callable[[str], None],
) -> NoReturn:
    code = 1
    try:
        _become(definition, command, environment, who, output, prepare)
        environment["SYSTEMD_EXEC_PID"] = str(os.getpid())
        try:
            os.execve(command.path, arguments, environment)
        except OSError as error:
            raise Failure("EXEC", f"{command.path}: {error.strerror}") from None
    except Failure as failure:
        code = EXIT_CODES.get(failure.step, 1)
        os.write(report, f"Failed at step {failure.step} spawning {failure}".encode())
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(report, f"Failed to start {command.path}: {error!r}".encode())
    finally:
        os._exit(code)  # never back into the init's loop


def _become(
    definition: Definition,
    command: Command,
    environment: dict[str, str],
    who: Identity | None,
    output: int,
    prepare: Callable[[str], None],
) -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    if definition.ignore_sigpipe:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.setsid()
    _redirect(definition, output, environment)
    os.umask(0o022)
    for directory in definition.directories:
        _make(directory, who)
    if definition.nice is not None:
        with contextlib.suppress(PermissionError):  # a higher priority is not the node's to give
            os.setpriority(os.PRIO_PROCESS, 0, definition.nice)
    for name, value in definition.limits:
        _limit(name, value)
    prepare(definition.name)
    if who:
        try:
            ambient = definition.ambient_capabilities if definition.user else []
            privileges.become(who.uid, who.gid, list(who.groups), ambient)
        except OSError as error:
            raise Failure("USER", f"{command.path}: {error}") from None
    os.umask(definition.umask)
    _enter_directory(definition, command, who)


def _redirect(definition: Definition, output: int, environment: dict[str, str]) -> None:
    null = os.open("/dev/null", os.O_RDWR)
    out = null if definition.standard_output == "null" else output
    error = {"null": null, "inherit": out}.get(definition.standard_error, output)
    # the journal's socket may itself have a low number
    fds = [os.dup(fd) for fd in (null, out, error)]
    for target, fd in enumerate(fds):
        os.dup2(fd, target, inheritable=True)
    if output in (out, error):
        status = os.fstat(output)
        environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"


def _make(directory: Directory, who: Identity | None) -> None:
    step = directory.kind.removesuffix("Directory").upper() + "_DIRECTORY"
    try:
        os.makedirs(directory.path, exist_ok=True)
        os.chmod(directory.path, directory.mode)
        if directory.kind != "ConfigurationDirectory" and who:
            _give(directory.path, who)
    except OSError as error:
        raise Failure(step, f"{directory.path}: {error.strerror}") from None


def _give(path: str, who: Identity) -> None:
    """Make a directory and what is in it the service's own, unless it is already."""
    status = os.stat(path)
    if (status.st_uid, status.st_gid) == (who.uid, who.gid):
        return
    for parent, directories, files in os.walk(path):
        for name in (*directories, *files):
            os.chown(os.path.join(parent, name), who.uid, who.gid, follow_symlinks=False)
    os.chown(path, who.uid, who.gid)


def _limit(name: str, value: str) -> None:
    """Set a resource limit, as far as the hard limit allows."""
    soft_text, _, hard_text = value.partition(":")
    number = getattr(resource, "RLIMIT_" + name, None)
    if number is None:
        return
    allowed = resource.getrlimit(number)[1]

    def clip(text: str) -> int:
        wanted = resource.RLIM_INFINITY if text.strip() == "infinity" else _bytes(text)
        if allowed == resource.RLIM_INFINITY:
            return wanted
        return allowed if wanted == resource.RLIM_INFINITY else min(wanted, allowed)

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(number, (clip(soft_text), clip(hard_text or soft_text)))


def _bytes(text: str) -> int:
    text = text.strip()
    factor = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}.get(text[-1:].upper(), 1)
    return int(text[:-1] if factor > 1 else text) * factor


def _enter_directory(definition: Definition, command: Command, who: Identity | None) -> None:
    directory = definition.working_directory or "/"
    if directory == "~":
        directory = who.home if who else "/root"
    try:
        os.chdir(directory)
    except OSError as error:
        if definition.working_directory_may_miss:
            os.chdir("/")
            return
        raise Failure("CHDIR", f"{command.path}: {directory}: {error.strerror}") from None

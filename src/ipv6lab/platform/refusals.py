"""Why a machine makes no sandbox: the first cause in the order in which they have to be mended.

A kernel says EPERM for all of them; the cause is read from where the machine states it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.linux import limits
from ipv6lab.words.message import Message, _

IDS = 65536
ALL_IDS = 4294967295  # in the map of a machine's first user namespace
CAP_SYS_ADMIN = 21


@dataclass(frozen=True)
class Cause:
    """What it means, and the command that mends it, None where none does."""

    meaning: Message
    mend: str | None = None


def find(reason: str, unmended: Sequence[str] = (), lab_kernel: bool = True) -> Cause:
    """Why there are no namespaces, of which the kernel said ``reason``.

    ``unmended`` names what the doctor has already found missing and what is to be mended first;
    ``lab_kernel`` tells whether a lab kernel runs on this machine.
    """
    ordinary = os.getuid() != 0
    if unmended:
        return Cause(_("Cannot be had before this is mended: {names}.", names=", ".join(unmended)))
    if (allowed := few_namespaces()) is not None:
        name, count = allowed
        return Cause(
            _(
                "A setting allows {count} of them ({name}), and a lab takes some for each node.",
                count=count,
                name=f"user.{name}",
            ),
            setting_command(f"user.{name}", "15000") if _is_first_namespace() else None,
        )
    if ordinary and setting("kernel/unprivileged_userns_clone") == "0":
        meaning = _("A setting keeps user namespaces from ordinary users.")
        return Cause(meaning, setting_command("kernel.unprivileged_userns_clone", "1"))
    if not ordinary and _ids() < IDS:  # no option of a container gives it more
        return _root_of_less(reason)
    if _in_container():
        return _container(reason, lab_kernel)
    if ordinary and setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        meaning = _("AppArmor keeps user namespaces from ordinary users here (Ubuntu's default).")
        name = "kernel.apparmor_restrict_unprivileged_userns"
        return Cause(meaning, setting_command(name, "0"))
    if ordinary and status("NoNewPrivs") == "1":
        return Cause(
            _(
                "This session may gain no privileges (no_new_privs), so newuidmap cannot give it "
                "its ids; labs run on the lab kernel only ({reason}).",
                reason=reason,
            )
        )
    if ordinary and not _is_privileged("newuidmap"):
        meaning = _("newuidmap has lost the privilege with which its package comes.")
        return Cause(meaning, "sudo apt install --reinstall uidmap")
    if not ordinary and not _is_first_namespace():
        return _root_of_less(reason)
    if not ordinary and not int(status("CapEff") or "0", 16) & 1 << CAP_SYS_ADMIN:
        return Cause(
            _(
                "This root lacks the capability SYS_ADMIN; labs run on the lab kernel only "
                "({reason}).",
                reason=reason,
            )
        )
    return Cause(_("This machine's own kernel runs no lab without them ({reason}).", reason=reason))


def _root_of_less(reason: str) -> Cause:
    return Cause(
        _(
            "You are root of a user namespace only, which lacks the ids or the rights of which "
            "a lab's own is made; labs run on the lab kernel only ({reason}).",
            reason=reason,
        )
    )


def few_namespaces() -> tuple[str, int] | None:
    """The setting that allows fewer namespaces than one lab takes, and how many."""
    for kind in ("user", "mnt", "net", "pid", "uts", "ipc"):
        name = f"max_{kind}_namespaces"
        text = setting(f"user/{name}")
        if text is not None and text.isdigit() and int(text) < limits.NAMESPACES_OF_A_LAB:
            return name, int(text)
    return None


def setting_command(name: str, value: str) -> str:
    """The command that sets a sysctl now and at every start of the machine.

    >>> setting_command("user.max_user_namespaces", "15000")
    'echo user.max_user_namespaces=15000 | sudo tee /etc/sysctl.d/60-ipv6lab-max_user_namespaces.conf && sudo sysctl --system'
    """  # noqa: E501 - one command is one line
    file = f"/etc/sysctl.d/60-ipv6lab-{name.rpartition('.')[2]}.conf"
    return f"echo {name}={value} | sudo tee {file} && sudo sysctl --system"


def setting(name: str) -> str | None:
    """A sysctl, by its path below /proc/sys; None where this kernel has none of that name."""
    try:
        return (Path("/proc/sys") / name).read_text(encoding="ascii").strip()
    except OSError:
        return None


def status(field: str) -> str | None:
    """What this process' status says in a field (proc_pid_status(5))."""
    try:
        lines = Path("/proc/self/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    return found[field].strip() if field in found else None


def _in_container() -> bool:
    """Whether this is one that filters what its programs may ask of the kernel."""
    marks = ("/.dockerenv", "/run/.containerenv")
    return any(os.path.exists(mark) for mark in marks) and (
        status("Seccomp") == "2" or not _is_first_namespace() or status("NoNewPrivs") == "1"
    )


def _container(reason: str, lab_kernel: bool) -> Cause:
    options = "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
    if os.getuid() == 0 or status("NoNewPrivs") == "1" or not _is_privileged("newuidmap"):
        options += " --cap-add SYS_ADMIN"
    if lab_kernel:
        meaning = _(
            "This container refuses them ({reason}). Nothing has to be mended, labs run on the lab "
            "kernel; to have them on the machine's own, start the container with {options}.",
            reason=reason,
            options=options,
        )
    else:
        meaning = _(
            "This container refuses them ({reason}); start it with {options}.",
            reason=reason,
            options=options,
        )
    return Cause(meaning)


def _ids() -> int:
    """How many ids this user namespace has."""
    try:
        lines = Path("/proc/self/uid_map").read_text("ascii").splitlines()
    except OSError:
        return ALL_IDS
    return sum(int(line.split()[2]) for line in lines)


def _is_first_namespace() -> bool:
    """Whether this is the machine's own user namespace, and no container's or user's."""
    try:
        words = Path("/proc/self/uid_map").read_text("ascii").split()
    except OSError:
        return True
    return words == ["0", "0", str(ALL_IDS)]


def _is_privileged(program: str) -> bool:
    """Whether a program gets rights by its file: set-id to root, or with file capabilities."""
    path = shutil.which(program)
    if path is None:
        return False
    found = os.stat(path)
    if found.st_mode & 0o4000 and found.st_uid == 0:
        return True
    try:
        return bool(os.getxattr(path, "security.capability"))
    except OSError:
        return False

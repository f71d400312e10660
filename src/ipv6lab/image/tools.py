"""The programs that build an image, and how to get them."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from ipv6lab.image.mirror import KEYRINGS
from ipv6lab.image.telling import Progress
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _


def missing() -> list[str]:
    """The Debian packages that this machine still needs for building."""
    needed = []
    if not shutil.which("mmdebstrap"):
        needed.append("mmdebstrap")
    if not any(path.is_file() for path in KEYRINGS):
        needed.append("debian-archive-keyring")
    return needed + missing_for_labs()


def missing_for_labs() -> list[str]:
    """The Debian packages without which this user has no lab on the machine's own kernel."""
    return ["uidmap"] if os.geteuid() != 0 and not shutil.which("newuidmap") else []


def require() -> None:
    """Raise ``Unsupported``, naming the command that helps, where something is missing."""
    if not shutil.which("apt-get"):
        raise Unsupported(
            "The lab image is built with apt and mmdebstrap, which this distribution does not "
            "have: build it on Debian or Ubuntu, and copy it here."
        )
    needed = missing()
    if needed:
        raise Unsupported(
            "Building the lab image needs {packages}: run '{command}'.",
            packages=", ".join(needed),
            command=shlex.join(_as_root(_install(needed))),
        )
    user = getpass.getuser()
    if os.geteuid() != 0 and not _has_subordinate_ids(user):
        raise Unsupported(
            "User {user} has no range of subordinate ids: run 'sudo usermod "
            "--add-subuids 100000-165535 --add-subgids 100000-165535 {user}'.",
            user=user,
        )


def install(progress: Progress) -> None:
    """Install what is missing, as root or through sudo, after saying what and why."""
    needed = missing()
    if not needed or not shutil.which("apt-get"):
        return
    install = _as_root(_install(needed))
    progress.note(
        _(
            "Building the lab image needs {packages}; installing with: {command}",
            packages=", ".join(needed),
            command=shlex.join(install),
        )
    )
    if install[0] == "sudo" and not _may_ask():
        require()
    _run(install)


def install_for_labs(progress: Progress) -> None:
    """Install what labs need where an image is there already.

    Who may not install anything is told when a lab is refused: the lab kernel needs nothing.
    """
    needed = missing_for_labs()
    if not needed or not shutil.which("apt-get") or not _may_ask():
        return
    install = _as_root(_install(needed))
    progress.note(
        _(
            "An ordinary user's labs need {packages}; installing with: {command}",
            packages=", ".join(needed),
            command=shlex.join(install),
        )
    )
    _run(install)


def _run(install: list[str]) -> None:
    # A fresh machine may not have fetched its package lists yet.
    if subprocess.run(install).returncode != 0:
        subprocess.run(_as_root(["apt-get", "update"]))
        subprocess.run(install)


def _install(packages: list[str]) -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


def _as_root(command: list[str]) -> list[str]:
    return command if os.geteuid() == 0 else ["sudo", *command]


def _may_ask() -> bool:
    """Whether sudo works without a password, or there is somebody to ask for one."""
    if not shutil.which("sudo"):
        return False
    quiet = subprocess.run(["sudo", "--non-interactive", "true"], capture_output=True)
    return quiet.returncode == 0 or sys.stdin.isatty()


def _has_subordinate_ids(user: str) -> bool:
    names = {user, str(os.getuid())}
    for file in (Path("/etc/subuid"), Path("/etc/subgid")):
        lines = file.read_text("utf-8").splitlines() if file.is_file() else []
        if not any(line.partition(":")[0] in names for line in lines):
            return False
    return True

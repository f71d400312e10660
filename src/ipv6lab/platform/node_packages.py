"""Programs and scripts from npm, in the exact versions of a lock file, installed into the cache.

A folder of ours holds ``package.json`` and ``package-lock.json``, with the hash of every package;
what is installed carries copies of both, so that another version of ours is seen to want others.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image import SYSTEM_STORE
from ipv6lab.platform import directories
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import Message, _

FILES = ("package.json", "package-lock.json")
INSTALL = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]


@dataclass(frozen=True)
class NodePackages:
    """What a `lock` folder names, under one `name` in the cache; `what` is its name for people.

    `parts` are paths below ``node_modules`` that have to be there.
    """

    lock: Path
    name: str
    what: Message
    parts: Sequence[str]

    @property
    def home(self) -> Path:
        """Where they lie: readable for all where root installs them."""
        if os.geteuid() == 0:
            return SYSTEM_STORE.parent / self.name
        return directories.cache() / self.name

    @property
    def modules(self) -> Path:
        """The folder with one folder for each package."""
        return self.home / "node_modules"

    def are_there(self) -> bool:
        """Whether those that lie there are those that this version wants."""
        try:
            same = all(
                (self.home / name).read_bytes() == (self.lock / name).read_bytes() for name in FILES
            )
        except OSError:
            return False
        return same and all((self.modules / part).exists() for part in self.parts)

    def can_be_there(self) -> bool:
        """Whether they are, or this user can install them without somebody else's hands."""
        return self.are_there() or _node_is_there() or _may_install_node()

    def ensure(self) -> None:
        """Install what is missing, once where several ask at a time.

        Raises Unsupported where that needs somebody else's hands.
        """
        if self.are_there():
            return
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with open(self.home.parent / f".{self.name}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.are_there():
                return
            if not _node_is_there():
                self._install_node()
            self._install()

    def _install(self) -> None:
        """What is there already goes on until its replacement stands."""
        fresh = Path(tempfile.mkdtemp(prefix=f".{self.name}-", dir=self.home.parent))
        try:
            for name in FILES:
                shutil.copyfile(self.lock / name, fresh / name)
            run([*INSTALL, f"--prefix={fresh}"], self.what, fresh)
            fresh.chmod(0o755)
            shutil.rmtree(self.home, ignore_errors=True)
            fresh.rename(self.home)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _install_node(self) -> None:
        wanted = ["nodejs", "npm"]
        if not _may_install_node():
            raise Unsupported(
                _(
                    "{what} needs Node.js; install it with {command}, then this again.",
                    what=str(self.what),
                    command="sudo apt-get install nodejs npm",
                )
            )
        command = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            subprocess.run(["apt-get", "update"], stdout=subprocess.DEVNULL, check=False)
            run(command, _("Node.js"))


def _node_is_there() -> bool:
    return shutil.which("npm") is not None and shutil.which("node") is not None


def _may_install_node() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def run(command: list[str], what: Message, folder: Path | None = None) -> None:
    """Run what installs something. Raises Unsupported when it fails."""
    done = subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False)
    if done.returncode:
        raise Unsupported(
            _(
                "{what} could not be installed; {command} says why.",
                what=str(what),
                command=shlex.join(command),
            )
        )

"""Programs and scripts from npm, in the exact versions of a lock file, installed into the cache.

A folder of ours holds ``package.json`` and ``package-lock.json``, with the hash of every package;
what is installed carries copies of both, so that another version of ours is seen to want others.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipv6lab.image import SYSTEM_STORE
from ipv6lab.platform import directories
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import Message, _

FILES = ("package.json", "package-lock.json")


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

    def ensure(self) -> None:
        """Install what is missing. Raises Unsupported where that needs somebody else's hands."""
        if self.are_there():
            return
        if shutil.which("npm") is None or shutil.which("node") is None:
            self._install_node()
        self.home.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(self.lock / name, self.home / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        run([*command, f"--prefix={self.home}"], self.what, self.home)

    def _install_node(self) -> None:
        wanted = ["nodejs", "npm"]
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
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

"""What a class needs beside ipv6lab, installed by the command itself where it can be.

JupyterHub's proxy is a program for Node.js; it and the board's terminal come from npm, in the exact
versions of ``proxy/package-lock.json``, into the cache.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ipv6lab.image import SYSTEM_STORE
from ipv6lab.platform import directories
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import Message, _

HERE = Path(__file__).parent / "proxy"
NEEDED = (
    *("jupyterhub", "jupyterhub_idle_culler", "segno", "jupyterlab", "cryptography"),
    *("xlsxwriter", "fpdf"),
)
FILES = ("package.json", "package-lock.json")


def home() -> Path:
    """Where Node's packages lie: readable for all where root installs them."""
    if os.geteuid() == 0:
        return SYSTEM_STORE.parent / "classroom"
    return directories.cache() / "classroom"


def proxy_command() -> list[str]:
    """JupyterHub's proxy."""
    program = home() / "node_modules" / "configurable-http-proxy" / "bin"
    return ["node", str(program / "configurable-http-proxy")]


def terminal_files() -> Path:
    """The folder with the board's terminal, ``xterm.js`` and ``xterm.css``."""
    return home() / "node_modules" / "@xterm"


def missing() -> list[Message]:
    """What is not there, each as a thing one would install."""
    found = []
    if [name for name in NEEDED if find_spec(name) is None]:
        found.append(_("JupyterHub"))
    if not _same():
        found.append(_("JupyterHub's proxy"))
    return found


def ensure_python() -> None:
    """Install the Python packages that are missing. Raises Unsupported where that fails."""
    if [name for name in NEEDED if find_spec(name) is None]:
        _run(_python(), _("JupyterHub"))


def ensure() -> None:
    """Install what is missing. Raises Unsupported where that needs somebody else's hands."""
    ensure_python()
    if not _same():
        if shutil.which("npm") is None or shutil.which("node") is None:
            _install_node()
        home().mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(HERE / name, home() / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        _run([*command, f"--prefix={home()}"], _("JupyterHub's proxy"), home())


def _same() -> bool:
    """Whether the packages there are those that this version wants."""
    try:
        same = all((home() / name).read_bytes() == (HERE / name).read_bytes() for name in FILES)
    except OSError:
        return False
    return same and Path(proxy_command()[1]).exists() and terminal_files().is_dir()


def _python() -> list[str]:
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "tools" / "set-up").is_file():
        return [str(checkout / "tools" / "set-up"), "classroom"]
    return [sys.executable, "-m", "pip", "install", "--quiet", "ipv6lab[classroom]"]


def _install_node() -> None:
    wanted = ["nodejs", "npm"]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unsupported(
            _(
                "JupyterHub's proxy needs Node.js; install it with {command}, then this again.",
                command="sudo apt-get install nodejs npm",
            )
        )
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *wanted]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        subprocess.run(["apt-get", "update"], stdout=subprocess.DEVNULL, check=False)
        _run(command, _("Node.js"))


def _run(command: list[str], what: Message, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False)
    if done.returncode:
        raise Unsupported(
            _(
                "{what} could not be installed; {command} says why.",
                what=str(what),
                command=shlex.join(command),
            )
        )


if __name__ == "__main__":
    ensure()

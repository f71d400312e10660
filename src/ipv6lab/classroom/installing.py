"""What a class needs beside ipv6lab, installed by the command itself where it can be.

JupyterHub's proxy is a program for Node.js; it and the board's terminal come from npm, in the exact
versions of ``proxy/package-lock.json``, into the cache.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from ipv6lab.platform.node_packages import NodePackages, run
from ipv6lab.words.message import Message, _

NEEDED = (
    *("jupyterhub", "jupyterhub_idle_culler", "segno", "jupyterlab", "cryptography"),
    *("xlsxwriter", "fpdf"),
)
_PROXY = "configurable-http-proxy/bin/configurable-http-proxy"
PACKAGES = NodePackages(
    Path(__file__).parent / "proxy", "classroom", _("JupyterHub's proxy"), (_PROXY, "@xterm")
)


def home() -> Path:
    """Where Node's packages lie: readable for all where root installs them."""
    return PACKAGES.home


def proxy_command() -> list[str]:
    """JupyterHub's proxy."""
    return ["node", str(PACKAGES.modules / _PROXY)]


def terminal_files() -> Path:
    """The folder with the board's terminal, ``xterm.js`` and ``xterm.css``."""
    return PACKAGES.modules / "@xterm"


def missing() -> list[Message]:
    """What is not there, each as a thing one would install."""
    found = []
    if [name for name in NEEDED if find_spec(name) is None]:
        found.append(_("JupyterHub"))
    if not PACKAGES.are_there():
        found.append(PACKAGES.what)
    return found


def ensure_python() -> None:
    """Install the Python packages that are missing. Raises Unsupported where that fails."""
    if [name for name in NEEDED if find_spec(name) is None]:
        run(_python(), _("JupyterHub"))


def ensure() -> None:
    """Install what is missing. Raises Unsupported where that needs somebody else's hands."""
    ensure_python()
    PACKAGES.ensure()


def _python() -> list[str]:
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "tools" / "set-up").is_file():
        return [str(checkout / "tools" / "set-up"), "classroom"]
    return [sys.executable, "-m", "pip", "install", "--quiet", "ipv6lab[classroom]"]


if __name__ == "__main__":
    ensure()

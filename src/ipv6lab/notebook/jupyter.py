"""JupyterLab on the course: set up for it alone, and for a machine without any network.

Everything of Jupyter's own lies in the cache: the settings and kernels of a user's other notebooks
are neither read nor changed.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from ipv6lab.course import content
from ipv6lab.notebook import desk, guesses, kernel, shelf, sources, start_page
from ipv6lab.platform import directories
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

NEEDED = ("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "jupytext")
ADDRESS = "127.0.0.1"  # on which it listens
LOCALES = {"vi": "vi_VN"}  # of JupyterLab's language packs
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # A notebook that is opened again shows its pictures before, and without, its kernel.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}
# What is drawn with letters, and tables, are not broken where the window is narrow: they scroll.
# What our kernel has nothing for.
DISABLED = ("@jupyterlab/debugger-extension",)
CUSTOM_CSS = """\
.jp-RenderedMarkdown pre { white-space: pre; overflow-x: auto; }
.jp-RenderedMarkdown { overflow-x: auto; }
"""


def require() -> None:
    """Raise LabError where JupyterLab and what belongs to it is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise LabError(
            _(
                "Notebooks need {packages}; install them with {command}.",
                packages=", ".join(missing),
                command=_installation(),
            )
        )


def _installation() -> str:
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "tools" / "set-up").is_file():
        return f"{shlex.quote(str(checkout / 'tools' / 'set-up'))} notebook"
    return f"{sys.executable} -m pip install 'ipv6lab[notebook]'"


def prepare(language: str) -> list[str]:
    """Lay out the notebooks and Jupyter's settings; what was laid beside edited notebooks.

    Raises LabError when something cannot be written.
    """
    course = content.find()
    beside = shelf.lay_out(course, language)
    start_page.write(course, language)
    write_settings(home(), language)
    return beside


def home() -> Path:
    """Where everything of Jupyter's own lies."""
    return directories.cache() / "jupyter"


def environment(language: str, seat: int | None) -> dict[str, str]:
    """What the server and its kernels find in their environment."""
    own = home()
    found = {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(directories.runtime() / "jupyter"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        guesses.LANGUAGE: language,
    }
    if seat is not None:
        found[guesses.SEAT] = str(seat)
    return found


def arguments(language: str, port: int | None, browser: bool) -> list[str]:
    """The command line of the server."""
    options = settings() | {
        "ServerApp.root_dir": shelf.folder(language),
        "ServerApp.ip": ADDRESS,
        "ServerApp.open_browser": browser,
        "LabApp.default_url": f"/lab/tree/{start_page.FILE}",
        "LabApp.app_settings_dir": home() / "application",
    }
    if port is not None:
        options |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
    if os.geteuid() == 0:
        options["ServerApp.allow_root"] = True
    return [sys.executable, "-m", "jupyterlab"] + [f"--{key}={options[key]}" for key in options]


def settings() -> dict[str, Any]:
    """What every server of ours is set to, wherever it runs."""
    return {
        "ServerApp.answer_yes": True,  # Ctrl-C ends it at once; the labs go on
        "ServerApp.log_level": "WARN",
        "LabApp.custom_css": True,
        "LabApp.extension_manager": "readonly",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.news_url": "None",
        "LabApp.expose_app_in_browser": True,  # a button opens a terminal by it
        "LabApp.log_level": "WARN",
        "KernelSpecManager.allowed_kernelspecs": sources.KERNEL,
        "KernelSpecManager.ensure_native_kernel": False,
        "MultiKernelManager.default_kernel_name": sources.KERNEL,
    }


def check_port(port: int | None) -> None:
    """Raises LabError where a server cannot listen on this port. None and 0 stand for any."""
    if not port:
        return
    try:
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((ADDRESS, port))
    except OverflowError:
        raise LabError(
            _("{port} is no TCP port; ports go from 1 to 65535.", port=str(port))
        ) from None
    except PermissionError:
        raise LabError(
            _("Only root may listen on port {port}: choose one above 1023.", port=str(port))
        ) from None
    except OSError as error:
        raise LabError(
            _(
                "Nothing can listen on port {port} here ({reason}): choose another one.",
                port=str(port),
                reason=error.strerror or str(error),
            )
        ) from None


def become(language: str, seat: int | None, port: int | None, browser: bool) -> NoReturn:
    """Be the server from now on."""
    words = arguments(language, port, browser)
    sys.stdout.flush()
    os.execve(words[0], words, {**os.environ, **environment(language, seat)})


def write_settings(place: Path, language: str, room: bool = False) -> None:
    """Write JupyterLab's settings and our kernel's specification. Raises LabError."""
    overrides = dict(OVERRIDES)
    if language in LOCALES:
        locale = {"locale": LOCALES[language]}
        overrides["@jupyterlab/translation-extension:plugin"] = locale
    application, custom = place / "application", place / "config" / "custom"
    try:
        for folder in (application, custom):
            folder.mkdir(parents=True, exist_ok=True)
        (application / "overrides.json").write_text(
            json.dumps(overrides, indent=1), encoding="utf-8"
        )
        (custom / "custom.css").write_text(CUSTOM_CSS, encoding="utf-8")
        page = place / "config" / "labconfig"
        page.mkdir(exist_ok=True)
        (page / "page_config.json").write_text(
            json.dumps({"disabledExtensions": dict.fromkeys(DISABLED, True)}), encoding="utf-8"
        )
        kernel.write_specification(place / "data" / "kernels")
        desk.lay_out(place / "data" / "labextensions", language, room)
    except OSError as error:
        raise LabError(
            _(
                "{file} cannot be written: {reason}.",
                file=str(error.filename),
                reason=error.strerror or str(error),
            )
        ) from None

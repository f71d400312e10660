"""What is imported before anything is forked, and never more than imported.

A module that cannot be imported costs nothing here: a copy then imports it itself, or says why not.
"""

from __future__ import annotations

import importlib
import sys

# What a server imports by its first request, and a kernel by its first cell. Found by comparing
# `sys.modules` in both with a process that had imported only the first few.
MODULES = (
    *("jupyterhub.singleuser", "jupyterhub.singleuser.extension", "jupyter_server.serverapp"),
    *("jupyter_core.migrate", "jupyter_server.services.api.handlers"),
    *("jupyter_server.services.config.handlers", "jupyter_server.services.contents.handlers"),
    *("jupyter_server.services.kernels.handlers", "jupyter_server.services.kernelspecs.handlers"),
    *("jupyter_server.kernelspecs.handlers", "jupyter_server.nbconvert.handlers"),
    *("jupyter_server.services.nbconvert.handlers", "jupyter_server.services.security.handlers"),
    *("jupyter_server.services.sessions.handlers", "jupyter_server.services.shutdown"),
    *("jupyter_server.view.handlers", "jupyter_server.services.events.handlers"),
    *("jupyter_server_terminals", "terminado", "jupyterlab", "jupyterlab.labapp"),
    *("jupyterlab_server", "notebook_shim", "notebook_shim.nbserver", "jupytext", "jinja2.ext"),
    *("zmq", "tornado.web", "tornado.platform.asyncio", "tornado.websocket"),
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython"),
    *("IPython.core.debugger", "IPython.core.completerlib", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "encodings.latin_1", "pydoc", "ipywidgets", "anywidget"),
    *("ipv6lab.notebook", "ipv6lab.notebook.kernel_extension", "ipv6lab.notebook.jupyter"),
    *("ipv6lab.notebook.views.network", "ipv6lab.notebook.views.checks"),
    *("ipv6lab.notebook.views.terminal_button", "ipv6lab.sandbox.locks", "ipv6lab.course.grading"),
    *("ipv6lab.course.results", "ipv6lab.classroom.seat.extension"),
    *("ipv6lab.classroom.seat.companion",),
)
# Compiled at import by what validates events, in 1.1 seconds of processor and 16 MB; optional.
GRAMMAR = "rfc3987_syntax"
DEBUGGER = (
    "debugpy"  # 124 modules, for a debugger that the kernel's specification says is not there
)


def without(*names: str) -> None:
    """Let these modules count as not installed, where nothing has imported them."""
    for name in names:
        if name not in sys.modules:
            sys.modules[name] = None  # type: ignore[assignment]


def warm() -> list[str]:
    """Import it all; what could not be imported. Starts no thread."""
    without(GRAMMAR)
    missing = []
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing

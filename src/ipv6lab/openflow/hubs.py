"""Which of os-ken's two hubs an application needs: threads of Python's own, or eventlet.

Threads take 14 MB less. They have no server for HTTP and no time-out that ends a wait elsewhere,
so what has a REST interface, a spanning tree or BGP, or uses eventlet by name, gets eventlet. It is
found out by reading, since a hub is chosen before anything is imported.
"""

from __future__ import annotations

import ast
import contextlib
import os
from collections.abc import Iterable, Iterator

NATIVE, EVENTLET = "native", "eventlet"

_PARTS = ("app.wsgi", "lib.stplib", "lib.ovs", "services.protocols")
_EVENTLET = (
    "eventlet", "greenlet", *(f"{name}.{part}" for name in ("ryu", "os_ken") for part in _PARTS)
)  # fmt: skip
_OF_THE_HUB = {"WSGIServer", "WebSocketWSGI", "Timeout"}


def choose(words: Iterable[str], tree: str) -> str:
    """The hub for a command line of the manager's; `tree` holds Ryu's own files."""
    words = list(words)
    if any(word.startswith("--wsapi-") for word in words):
        return EVENTLET
    seen: set[str] = set()
    waiting = [file for word in words if (file := _file(word, os.curdir, tree))]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        with contextlib.suppress(OSError, SyntaxError, ValueError):
            with open(file, "rb") as opened:
                read = ast.parse(opened.read())
            for name in _wanted(read):
                if name in _OF_THE_HUB or any(
                    name == w or name.startswith(f"{w}.") for w in _EVENTLET
                ):
                    return EVENTLET
                if other := _file(name, os.path.dirname(file), tree):
                    waiting.append(other)
    return NATIVE


def _wanted(read: ast.AST) -> Iterator[str]:
    """What a module imports, by its whole name, and the attributes that it uses."""
    for node in ast.walk(read):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call):
            # require_app("ryu.app.rest_topology")
            yield from (
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                if argument.value.startswith("ryu.app.")
            )


def _file(name: str, beside: str, tree: str) -> str | None:
    """The file of a module or application: one of Ryu's own, or one that lies `beside`."""
    if os.path.isfile(name):
        return os.path.abspath(name)
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    where = tree if parts[:2] == ["ryu", "app"] else beside
    stem = os.path.join(where, *parts)
    for file in (f"{stem}.py", os.path.join(stem, "__init__.py")):
        if os.path.isfile(file):
            return os.path.abspath(file)
    return None

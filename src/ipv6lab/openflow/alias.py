"""`import ryu...`, served by os-ken; what os-ken lacks of `ryu.app` by Ryu's own files.

Both names lead to one and the same module: what an application registers as `ryu...`, the
controller finds as `os_ken...`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import FrameType, ModuleType

VERSION = "4.34"
"""The version of Ryu whose applications run."""

TREE = "/usr/lib/ipv6lab/ryu"
"""Ryu's source distribution in the lab image, or what is left of it there."""

MANAGER = "ipv6lab.openflow.ryu_manager"


def serve(tree: str = TREE) -> None:
    """Answer `import ryu...` in this process; `tree` holds Ryu's own files. Once is enough."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(os.path.join(tree, "ryu", "app")))


def canonical(name: str) -> str:
    """The name under which the controller knows a module."""
    return twin(name) or name


def twin(name: str) -> str | None:
    """The module of os-ken that answers to this name of Ryu's, if there is one."""
    if name == "ryu.app" or not name.startswith("ryu."):
        return None
    other = f"os_ken{name[3:]}"
    try:
        return other if importlib.util.find_spec(other) else None
    except ModuleNotFoundError:
        return None


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, applications: str) -> None:
        self.applications = applications

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name == "ryu":
            return importlib.util.spec_from_loader(name, _Top(), is_package=True)
        if not name.startswith("ryu."):
            return None
        if name == "ryu.cmd":
            return importlib.util.spec_from_loader(name, _Empty(), is_package=True)
        other = MANAGER if name == "ryu.cmd.manager" else twin(name)
        if other:
            return importlib.util.spec_from_loader(name, _Alias(other))
        if name == "ryu.app" or name.startswith("ryu.app."):
            return self._own(name)
        return None

    def _own(self, name: str) -> importlib.machinery.ModuleSpec | None:
        """Ryu's own file for a module of `ryu.app`."""
        stem = os.path.join(self.applications, *name.split(".")[2:])
        package = os.path.join(stem, "__init__.py")
        if os.path.isfile(package):
            return importlib.util.spec_from_file_location(
                name, package, loader=_Source(name, package), submodule_search_locations=[stem]
            )
        file = f"{stem}.py"
        if os.path.isfile(file):
            return importlib.util.spec_from_file_location(name, file, loader=_Source(name, file))
        return None


class _Empty(importlib.abc.Loader):
    """A package with nothing in it."""

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []


class _Top(_Empty):
    """`ryu` itself."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.__dict__.update(
            version=VERSION, version_info=tuple(map(int, VERSION.split("."))), __version__=VERSION
        )


class _Source(importlib.machinery.SourceFileLoader):
    """Reads a file of Ryu's and writes nothing beside it: the tree is everybody's."""

    def set_data(self, path: str, data: object, *, _mode: int = 0o666) -> None:
        """No compiled module is kept, but one that is there already is used."""

    def exec_module(self, module: ModuleType) -> None:
        _mend_eventlet()
        super().exec_module(module)


class _Alias(importlib.abc.Loader):
    """Another name for a module of os-ken."""

    def __init__(self, other: str) -> None:
        self.other = other
        self.spec: importlib.machinery.ModuleSpec | None = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.other)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # which importlib has just replaced
        _rename(module)
        if self.other == "os_ken.base":
            # One who has the package finds the module in it, and asks for no import.
            app_manager = importlib.import_module("os_ken.base.app_manager")
            _rename(app_manager)
            _know_both_names(app_manager)


def _rename(module: ModuleType) -> None:
    """Give what os-ken calls by its own name Ryu's name too: RyuApp for one."""
    for name in [name for name in vars(module) if name.startswith("OSKen")]:
        vars(module).setdefault(f"Ryu{name[5:]}", vars(module)[name])


def _know_both_names(app_manager: ModuleType) -> None:
    """Let an application need another by either name, and get the same one."""
    needed = app_manager.get_dependent_services
    if getattr(needed, "knows_both_names", False):
        return

    def get_dependent_services(cls: type) -> list[str]:
        return [canonical(name) for name in needed(cls)]

    def require_app(app_name: str, api_style: bool = False) -> None:
        # Of what is on the stack only modules count that are no machinery of imports: the one that
        # asks, or who imports the one that asks.
        frame: FrameType | None = sys._getframe(1)
        modules = []
        while frame is not None:
            name = frame.f_globals.get("__name__", "")
            if not name.startswith(("importlib", "_frozen_importlib")) and name != __name__:
                modules.append(sys.modules.get(name))
            frame = frame.f_back
        module = modules[1 if api_style else 0]
        vars(module).setdefault("_REQUIRED_APP", []).append(canonical(app_name))

    vars(get_dependent_services)["knows_both_names"] = True
    vars(app_manager).update(get_dependent_services=get_dependent_services, require_app=require_app)


def _mend_eventlet() -> None:
    """Ryu's REST interface wants a name that eventlet dropped after version 0.30."""
    wsgi = sys.modules.get("eventlet.wsgi")
    if wsgi is not None and not hasattr(wsgi, "ALREADY_HANDLED"):
        vars(wsgi)["ALREADY_HANDLED"] = object()

"""Topologies as they go from one half of the engine to the other: program texts by module name."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class _Texts(MetaPathFinder, Loader):
    """Imports modules from their texts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._texts:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=f"{fullname}.py")

    def exec_module(self, module: ModuleType) -> None:
        file = f"{module.__name__}.py"
        exec(compile(self._texts[module.__name__], file, "exec"), module.__dict__)


def topology_class(files: Mapping[str, str], module: str, name: str) -> Any:
    """The topology that a module describes under a name of its ``topos``, or as a class; or None.

    `files` are program texts by module; one may import another. Nothing of them stays imported, so
    that the same names can stand for other texts the next time. Raises whatever the texts raise.
    """
    finder = _Texts(files)
    covered = {known: sys.modules.pop(known) for known in files if known in sys.modules}
    sys.meta_path.insert(0, finder)
    try:
        found = vars(importlib.import_module(module))
    finally:
        sys.meta_path.remove(finder)
        for known in files:
            sys.modules.pop(known, None)
        sys.modules.update(covered)
    return found.get("topos", {}).get(name) or found.get(name)

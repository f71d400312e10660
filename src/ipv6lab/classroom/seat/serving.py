"""A seat's notebook server in a class: its environment, its options, its start.

``python -m ipv6lab.classroom.seat.serving`` is the server where it is no copy of the fork server.
What is the same for all seats (built notebooks, JupyterLab's settings, the kernel's specification)
is laid out once, where all can read it; a seat's own files are its notebooks and Jupyter's data.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from ipv6lab.classroom import installing
from ipv6lab.classroom.folder import Class, Seat
from ipv6lab.classroom.forking import warming
from ipv6lab.classroom.ground import Accounts
from ipv6lab.course import content, languages
from ipv6lab.course.content import Content
from ipv6lab.notebook import guesses, jupyter, kernel, shelf, sources, start_page, views
from ipv6lab.words.errors import LabError

BOARD = "IPV6LAB_BOARD"  # the board's address
TOKEN = "IPV6LAB_BOARD_TOKEN"  # what proves the seat to it
CERTIFICATE = "IPV6LAB_BOARD_CERTIFICATE"  # the file of its certificate
SHARED = "IPV6LAB_CLASS_SHARED"  # where what is the same for all seats lies
EXTENSIONS = ("ipv6lab.classroom.seat.extension=True", "jupyter_lsp=False")


def lay_out(shared: Path, wanted: set[str], forked: bool) -> None:
    """Build what all seats read, once: by root, for everybody. Raises LabError."""
    course = content.find()
    for language in wanted:
        jupyter.write_settings(shared / language, language, room=True)
        # Else each seat's server would look for settings of Jupyter 3 to take over, and write so.
        (shared / language / "config" / "migrated").touch()
        # The class's own specification is the one that counts.
        shutil.rmtree(shared / language / "data" / "kernels")
    _write_kernel(shared / "share", forked)
    kept = installing.home() / "notebooks" / _version(course)
    for language in wanted:
        _build(course, language, kept)
        shutil.copytree(kept / language, shared / language / "notebooks")
    for path in (shared, *shared.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _build(course: Content, language: str, kept: Path) -> None:
    """Build a language's notebooks, unless that was done before: it takes seconds of all cores."""
    from concurrent.futures import ProcessPoolExecutor

    target = kept / language
    if target.is_dir():
        return
    names = sources.names(course)
    draft = kept / f".{language}.{os.getpid()}"
    draft.mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        wanted = [(language, name) for name in names]
        for name, built in zip(names, pool.map(_built, wanted), strict=True):
            (draft / f"{name}.json").write_text(json.dumps(built), encoding="utf-8")
    with contextlib.suppress(OSError):  # another class was faster
        draft.rename(target)


def _version(course: Content) -> str:
    """What built notebooks depend on, in short."""
    found = hashlib.sha256(Path(sources.__file__).read_bytes())
    for folder in (course.notebooks, course.exercises, languages.ENGINE_CATALOGUES):
        for file in sorted(folder.rglob("*")):
            if file.suffix in (".md", ".po", ".toml"):
                found.update(f"{file}\0".encode() + file.read_bytes())
    return found.hexdigest()[:16]


def _built(wanted: tuple[str, str]) -> dict[str, Any]:
    language, name = wanted
    return sources.build(content.find(), name, language)


def _write_kernel(share: Path, forked: bool) -> None:
    told = kernel.specification()
    if forked:
        from ipv6lab.classroom.forking.provisioner import NAME

        told["metadata"]["kernel_provisioner"] = {"provisioner_name": NAME}
    told["env"] = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", views.LEAN: "1"}
    place = share / "kernels" / sources.KERNEL
    place.mkdir(parents=True, exist_ok=True)
    (place / "kernel.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def runtime(seat: int, run: Path) -> Path:
    """Where a seat's sockets lie."""
    return run / "seats" / f"{seat:02}"


def make_runtime(seat: int, run: Path, accounts: Accounts) -> None:
    """Make it, the seat's account's alone; it may vanish at any time."""
    place = runtime(seat, run)
    place.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    place.mkdir(mode=0o700, exist_ok=True)
    accounts.give(place, seat)


def environment(found: Class, seat: Seat, run: Path) -> dict[str, str]:
    """What a seat's server and kernels find in their environment."""
    home, shared = found.home(seat.number), run / "shared"
    own = home / ".jupyter"
    language = shared / seat.language
    return {
        "HOME": str(home),
        "USER": seat.account,
        "LOGNAME": seat.account,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime(seat.number, run)),
        "JUPYTER_CONFIG_DIR": str(language / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime(seat.number, run) / "jupyter"),
        "JUPYTER_PATH": f"{language / 'data'}:{shared / 'share'}",
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
        guesses.LANGUAGE: seat.language,
        guesses.SEAT: str(seat.number),
        SHARED: str(language),
        CERTIFICATE: str(shared / "class.crt"),
    }


def arguments(language: str, run: Path) -> list[str]:
    """The server's options beside those that the hub gives."""
    options = jupyter.settings() | {
        "ServerApp.root_dir": f"~/.local/share/ipv6lab/notebooks/{language}",
        "LabApp.app_settings_dir": run / "shared" / language / "application",
        # On TCP forty kernels choose the same ports now and then, and one of them does not come.
        "KernelManager.transport": "ipc",
    }
    told = [f"--{key}={value}" for key, value in options.items()]
    return [*told, *(f"--ServerApp.jpserver_extensions={one}" for one in EXTENSIONS)]


def prepare(environ: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """In a seat's own process, before its server starts: its notebooks, brought up to date."""
    language = environ[guesses.LANGUAGE]
    built = Path(environ[SHARED], "notebooks")
    course = content.find()

    def read(_course: Any, name: str, _language: str) -> dict[str, Any]:
        return dict(json.loads((built / f"{name}.json").read_text(encoding="utf-8")))

    shelf.lay_out(course, language, read)
    start_page.write(course, language)


def main() -> None:
    warming.without(warming.GRAMMAR)
    try:
        prepare()
    except LabError as error:
        print(error, file=sys.stderr)
    from jupyterhub.singleuser.extension import main as singleuser

    singleuser()


if __name__ == "__main__":
    main()

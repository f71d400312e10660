"""Make a root tree of chosen .debs with mmdebstrap, as root or as an ordinary user."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import shlex
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from ipv6lab.image.artifact import temporary_place
from ipv6lab.image.layer import PLACE
from ipv6lab.image.recipe import SUITE
from ipv6lab.words.errors import LabError

WORKPLACE_NOTE = "workplace"
"""A file in the store that names the temporary directory of the build that is running."""


@contextlib.contextmanager
def workplace(store: Path) -> Iterator[Path]:
    """A temporary directory for the root tree, removed also when an earlier build could not.

    It is not in the store: in mmdebstrap's user namespace the caller is nobody, and could not
    pass through a private home.
    """
    clear(store)
    path = Path(tempfile.mkdtemp(prefix="ipv6lab-image-", dir=temporary_place()))
    (store / WORKPLACE_NOTE).write_text(f"{path}\n", "utf-8")
    path.chmod(0o711)
    try:
        yield path
    finally:
        clear(store)


def clear(store: Path) -> None:
    """Remove what a build has left outside the store; needs the store's lock."""
    note = store / WORKPLACE_NOTE
    if not note.is_file():
        return
    path = Path(note.read_text("utf-8").strip())
    if path.name.startswith("ipv6lab-image-") and path.is_dir() and not path.is_symlink():
        trees = [str(tree) for tree in path.iterdir()]
        removal = ["rm", "-rf", "--one-file-system", *trees]
        if os.geteuid() != 0:
            # The tree belongs to subordinate ids, which only a user namespace reaches.
            inside = 'for t; do find "$t" -xdev -mindepth 1 -delete; done'
            helper = ["mmdebstrap", "--unshare-helper", "sh", "-c", inside, "sh", *trees]
            subprocess.run(helper, capture_output=True)
        subprocess.run(removal, capture_output=True)
        shutil.rmtree(path, ignore_errors=True)
    note.unlink()


@contextlib.contextmanager
def bootstrap(
    debs: Mapping[str, Path],
    index: str,
    names: list[str],
    trim: tuple[str, ...],
    temporary: Path,
    log: Path,
    heard: Callable[[str], None],
    lock: int,
    layer: Path | None = None,
) -> Iterator[IO[bytes]]:
    """Run mmdebstrap and yield the tar stream of the tree it makes.

    ``index`` is a Packages file whose Filename fields are keys of ``debs``; ``heard`` gets
    every line mmdebstrap says, and ``log`` all of them. mmdebstrap holds ``lock`` too: a killed
    builder's successor waits until it has cleaned up. A ``layer``, a tar archive of Python's
    modules (`layer.write_layer`), is laid over the tree and compiled with the tree's own Python.
    """
    with _serve(debs, index) as port:
        command = [
            *("mmdebstrap", "--verbose", "--format=tar", "--variant=apt"),
            "--skip=check/signed-by",  # the archive is ours; apt has checked what is in it
            f"--mode={'root' if os.geteuid() == 0 else 'unshare'}",
            "--include=" + ",".join(names),
            "--aptopt=APT::Install-Recommends false",
            '--aptopt=Acquire::http::Proxy::127.0.0.1 "DIRECT"',
            "--aptopt=Acquire::http::Pipeline-Depth 0",
            "--aptopt=Acquire::Languages none",
            *(f"--dpkgopt={option}" for option in trim),
            # Manual pages are read, not searched: no index, which takes longer than the rest.
            '--essential-hook=if [ -x "$1/usr/bin/debconf-set-selections" ]; then '
            "echo man-db man-db/auto-update boolean false | "
            'chroot "$1" debconf-set-selections; fi',
            *(_laid(layer) if layer else ()),
            *(SUITE, "-", f"deb [trusted=yes] http://127.0.0.1:{port}/ ./"),
        ]
        with log.open("w", encoding="utf-8", errors="replace") as written, _group() as group:
            process = subprocess.Popen(
                command,
                env={**os.environ, "TMPDIR": str(temporary), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(lock,),
                umask=0o022,
                cwd="/",
                process_group=group,
            )
            assert process.stdout is not None
            assert process.stderr is not None
            listener = threading.Thread(target=_listen, args=(process.stderr, written, heard))
            listener.start()
            try:
                yield process.stdout
                while process.stdout.read(1 << 16):
                    pass  # the archive's padding
                status = process.wait()
            except tarfile.TarError as error:
                # The archive breaks off where mmdebstrap does.
                process.wait()
                listener.join()
                raise failure(log) from error
            finally:
                # Nothing to be undone gently: all of it happens in namespaces of its own.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
                process.wait()
                listener.join()
                process.stdout.close()
                process.stderr.close()
        if status != 0:
            raise failure(log)


def _laid(layer: Path) -> list[str]:
    """Options of mmdebstrap that lay a layer of Python's modules over the finished tree."""
    # One process, and no random order of what is hashed: the same modules every time.
    compiled = "python3 -m compileall -q -j 1 --invalidation-mode timestamp"
    return [
        f"--customize-hook=tar-in {shlex.quote(str(layer))} /",
        f'--customize-hook=PYTHONHASHSEED=0 chroot "$1" {compiled} /{PLACE}',
    ]


@contextlib.contextmanager
def _group() -> Iterator[int]:
    """A process group that ends when the builder does, whatever ends the builder.

    Its leader waits for the end of a pipe that only the builder holds. (A signal to mmdebstrap
    alone would let dpkg go on for half a minute.)
    """
    leader = subprocess.Popen(
        ["sh", "-c", "read -r _; kill -KILL 0"],
        stdin=subprocess.PIPE,
        process_group=0,
    )
    assert leader.stdin is not None
    try:
        yield leader.pid
    finally:
        leader.stdin.close()
        leader.wait()


def failure(log: Path) -> LabError:
    """What to tell about a bootstrap that failed."""
    lines = log.read_text("utf-8", errors="replace").splitlines()
    errors = [line[2:].strip() for line in lines if line.startswith("E:")]
    return LabError(
        "The lab image could not be built: {reason} (all of it in {log}).",
        reason=errors[0] if errors else "mmdebstrap failed",
        log=str(log),
    )


def _listen(stream: IO[bytes], log: IO[str], heard: Callable[[str], None]) -> None:
    for raw in stream:
        line = raw.decode("utf-8", errors="replace")
        log.write(line)
        log.flush()
        heard(line.rstrip())


def _release(packages: bytes) -> bytes:
    """The archive's Release file.

    mmdebstrap from 1.5.1 on chooses the packages to begin with by an archive's origin or
    codename; one without a Release file has neither, and nothing would be chosen.
    """
    digest = hashlib.sha256(packages).hexdigest()
    return (
        f"Origin: ipv6lab\nLabel: ipv6lab\nSuite: {SUITE}\nCodename: {SUITE}\n"
        f"SHA256:\n {digest} {len(packages)} Packages\n"
    ).encode()


@contextlib.contextmanager
def _serve(debs: Mapping[str, Path], index: str) -> Iterator[int]:
    """A package archive on a loopback port that offers exactly the chosen .debs.

    mmdebstrap's apt runs under ids that cannot read the user's files, and must see no other
    version of any package.
    """

    release = _release(index.encode())

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.lstrip("/").removeprefix("./")
            if name == "Packages":
                body = index.encode()
            elif name == "Release":
                body = release
            elif name in debs:
                body = debs[name].read_bytes()
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: mmdebstrap's own log tells what fails."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()

"""The build tree: Debian's compiler and the kernel's source, unpacked where a build may use it.

Packages are only unpacked, never set up, so no file of theirs is run outside of the tree. The
build runs in namespaces that mmdebstrap makes, for root and for ordinary users, as it does for
the lab image; what is in the tree belongs to subordinate ids.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from ipv6lab.image.artifact import temporary_place

NOTE = "workplace"
"""A file in the store that names the build tree of a build that has not ended."""

PREFIX = "ipv6lab-kernel-"

UNPACK = """\
set -e
mkdir "$1"
cd "$1"
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 dev tmp build
for name in bin sbin lib lib64; do [ -e $name ] || ln -s usr/$name $name; done
tar --extract --ignore-zeros --no-same-owner --keep-directory-symlink \
    --exclude './usr/share/doc/*' --exclude './usr/share/man/*' --exclude './usr/share/locale/*'
ln -sf gawk usr/bin/awk
touch dev/null
"""

RUN = """\
set -e
mount --make-rprivate /
mount --bind /dev/null "$1/dev/null"
tree=$1
shift
exec chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/ LC_ALL=C.UTF-8 "$@"
"""

REMOVE = 'find "$1" -xdev -mindepth 1 -delete'


class Tree:
    """A build tree on disk."""

    def __init__(self, workplace: Path, lock: int) -> None:
        self.workplace = workplace
        self.root = workplace / "tree" / "root"
        self._lock = lock

    @property
    def unpacked(self) -> bool:
        """Whether an earlier build has got all packages into it."""
        return (self.root / "build" / "packages").exists()

    def unpack(self, debs: Iterable[Path], files: Mapping[str, str]) -> None:
        """Unpack packages, and write ``files`` (path in the tree to text). Raises OSError."""
        with self._inside(UNPACK, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                for deb in debs:
                    command = ["dpkg-deb", "--fsys-tarfile", str(deb)]
                    subprocess.run(command, stdout=process.stdin, check=True)
                process.stdin.write(_archive({**files, "build/packages": ""}))
                process.stdin.close()
        if process.returncode:
            raise OSError("the packages could not be unpacked")

    def run(self, words: list[str], heard: Callable[[str], None]) -> int:
        """Run a program of the tree; ``heard`` gets each line it says. Returns its status."""
        with self._inside(RUN, *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None
            for line in process.stdout:
                heard(line.decode("utf-8", errors="replace").rstrip())
        return process.returncode

    def copy_out(self, path: str, target: IO[bytes]) -> None:
        """Copy a file of the tree. Raises OSError."""
        with self._inside('cat "$1/$2"', path, stdout=target) as process:
            pass
        if process.returncode:
            raise OSError(f"{path} could not be copied from the build tree")

    @contextlib.contextmanager
    def _inside(
        self,
        script: str,
        *words: str,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = subprocess.DEVNULL,
        stderr: int | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            # Die with the builder, whatever kills it; its successor waits for the lock.
            [
                *("setpriv", "--pdeathsig", "KILL", "--", "mmdebstrap", "--unshare-helper"),
                *("setpriv", "--pdeathsig", "KILL", "--"),
                *("sh", "-c", script, "sh", str(self.root), *words),
            ],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            umask=0o022,
            cwd="/",
            pass_fds=(self._lock,),
        )
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            process.wait()


def claim(store: Path, identity: str, lock: int) -> Tree:
    """The tree of an interrupted build of the same kernel, else a new one. Needs the lock."""
    note = store / NOTE
    with contextlib.suppress(OSError, ValueError):
        path, was = note.read_text("utf-8").splitlines()
        if was == identity and _ours(Path(path)):
            tree = Tree(Path(path), lock)
            if tree.unpacked:
                return tree
    clear(store)
    # Not in the store: in the namespaces the caller is nobody, and could not pass through a
    # private home.
    workplace = Path(tempfile.mkdtemp(prefix=PREFIX, dir=temporary_place()))
    note.write_text(f"{workplace}\n{identity}\n", "utf-8")
    workplace.chmod(0o711)
    place = workplace / "tree"
    place.mkdir()
    # The builder's root makes the tree there, which to this user is somebody else.
    place.chmod(0o1777)
    return Tree(workplace, lock)


def clear(store: Path) -> None:
    """Remove the build tree that ``store`` knows of, if there is one."""
    note = store / NOTE
    if not note.is_file():
        return
    path = Path((note.read_text("utf-8").splitlines() or ["/"])[0])
    if _ours(path):
        removal = ["mmdebstrap", "--unshare-helper", "sh", "-c", REMOVE, "sh", str(path / "tree")]
        with contextlib.suppress(FileNotFoundError):  # then nothing was unpacked
            subprocess.run(removal, capture_output=True, cwd="/")
        shutil.rmtree(path, ignore_errors=True)
    note.unlink()


def _ours(path: Path) -> bool:
    return path.name.startswith(PREFIX) and path.is_dir() and not path.is_symlink()


def _archive(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            content = text.encode()
            member = tarfile.TarInfo(f"./{name}")
            member.mode = 0o755
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()

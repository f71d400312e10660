"""pip fetches Python's packages, of which nothing is built or run here."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable
from pathlib import Path

from ipv6lab.image import integrity
from ipv6lab.image.apt import END_WITH_PARENT
from ipv6lab.image.distributions import Distribution, named, same
from ipv6lab.words.errors import LabError, Unsupported

VERSION = "3.13"
"""The Python of the image's Debian."""

SOURCES = {"ryu"}
"""Packages of which the index has no wheel."""

# Wheels say for which glibc they were made; the image's own is at least as new as all of these.
_PLATFORMS = [*(f"manylinux_2_{minor}" for minor in range(17, 42)), "manylinux2014"]
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class Pip:
    """pip, as this Python has it, with the machine's own way to its index.

    What it fetches is kept in ``directory`` for the next build. ``lock`` is the builder's lock as
    a file descriptor: pip holds it too, so that a killed builder's successor waits.
    """

    def __init__(self, directory: Path, architecture: str, lock: int) -> None:
        self.directory = directory
        self.architecture = architecture
        self.lock = lock

    def path(self, one: Distribution) -> Path:
        """Where this file is kept."""
        return self.directory / one.file

    def is_at_hand(self, one: Distribution) -> bool:
        """Whether this file was fetched, with the locked content."""
        path = self.path(one)
        return path.is_file() and integrity.file_sha256(path) == one.sha256

    def fetch(self, wanted: Iterable[Distribution]) -> None:
        """Have every one of these files, with the locked content. Raises LabError."""
        missing = [one for one in wanted if not self.is_at_hand(one)]
        for one in missing:
            self.path(one).unlink(missing_ok=True)
        lines = [f"{one.name}=={one.version} --hash=sha256:{one.sha256}\n" for one in missing]
        wheels = [line for one, line in zip(missing, lines, strict=True) if not one.is_source]
        sources = [line for one, line in zip(missing, lines, strict=True) if one.is_source]
        complaint = self._download(wheels, ["--require-hashes"])
        complaint = self._download(sources, ["--require-hashes"], source=True) or complaint
        if absent := [one.name for one in missing if not self.is_at_hand(one)]:
            raise LabError(
                "Python's {packages} could not be fetched by pip ({reason}): check the network "
                "and pip's settings, and run the same command again.",
                packages=", ".join(absent),
                reason=complaint or "it brought another file",
            )

    def newest(self, names: Iterable[str]) -> list[Distribution]:
        """What the index offers of these today, fetched. Raises LabError."""
        names = list(names)
        # What is offered as source alone is wanted as such: nothing is built.
        complaint = self._download([f"{name}\n" for name in names if not _source(name)], [])
        complaint = (
            self._download([f"{name}\n" for name in names if _source(name)], [], source=True)
            or complaint
        )
        found = {}
        for path in sorted(self.directory.iterdir()):
            name, version = named(path.name)
            found[same(name)] = Distribution(
                same(name), version, integrity.file_sha256(path), path.name
            )
        if absent := [name for name in names if same(name.partition("==")[0]) not in found]:
            raise LabError(
                "Python's {packages} could not be fetched by pip ({reason}): check the network "
                "and pip's settings, and run the same command again.",
                packages=", ".join(absent),
                reason=complaint or "it brought another file",
            )
        return sorted(found.values())

    def prune(self, keep: Iterable[Distribution]) -> None:
        """Forget what is none of these."""
        names = {one.file for one in keep}
        for path in self.directory.iterdir() if self.directory.is_dir() else ():
            if path.name not in names:
                path.unlink()

    def _download(self, lines: list[str], options: list[str], source: bool = False) -> str:
        """Let pip fetch what the ``lines`` of a requirements file name; its complaint."""
        if not lines:
            return ""
        self.directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="ipv6lab-pip-") as temporary:
            requirements = Path(temporary, "requirements.txt")
            requirements.write_text("".join(lines), "utf-8")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--no-input", "--disable-pip-version-check", *options]
            command += ["--dest", str(self.directory), "--requirement", str(requirements)]
            variables = {
                name: value
                for name, value in os.environ.items()
                if name not in ("PIP_CONSTRAINT", "PIP_NO_BINARY", "PIP_ONLY_BINARY", "PYTHONPATH")
            }
            if source:
                command += ["--no-binary=:all:", "--no-build-isolation"]
                _stand_in(Path(temporary))
                variables |= {"PIP_USE_PEP517": "1", "PYTHONPATH": temporary}
            else:
                command += ["--only-binary=:all:", "--implementation=cp"]
                command += [f"--python-version={VERSION}"]
                machine = _MACHINES[self.architecture]
                command += [f"--platform={name}_{machine}" for name in _PLATFORMS]
                command += ["--abi=cp" + VERSION.replace(".", ""), "--abi=abi3", "--abi=none"]
            result = subprocess.run(
                [*END_WITH_PARENT, *command],
                env={**variables, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                pass_fds=(self.lock,),
                umask=0o022,
            )
        if "No module named pip" in result.stderr:
            raise Unsupported(
                "Building the lab image needs pip for {python}: run '{python} -m ensurepip'.",
                python=sys.executable,
            )
        errors = [line for line in result.stderr.splitlines() if line.startswith("ERROR: ")]
        return errors[0].removeprefix("ERROR: ") if result.returncode and errors else ""


def _stand_in(directory: Path) -> None:
    """A stand-in for setuptools, which only tells pip what a source distribution says it is.

    pip asks each for its metadata, though nobody wants it built. Ryu's own answer would take a
    setuptools of 2022, and run its code on this machine.
    """
    package = directory / "setuptools"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "build_meta.py").write_text(
        textwrap.dedent(
            '''\
            """Tells what PKG-INFO says."""
            import os


            class Told:
                def get_requires_for_build_wheel(self, config_settings=None):
                    return []

                def prepare_metadata_for_build_wheel(self, directory, config_settings=None):
                    kept = ("Metadata-Version", "Name", "Version")
                    with open("PKG-INFO", encoding="utf-8") as file:
                        lines = [line for line in file if line.partition(":")[0] in kept]
                    fields = dict(line.strip().split(": ", 1) for line in lines)
                    name = fields["Name"].replace("-", "_")
                    name = "%s-%s.dist-info" % (name, fields["Version"])
                    os.mkdir(os.path.join(directory, name))
                    with open(os.path.join(directory, name, "METADATA"), "w") as file:
                        file.writelines(lines)
                    return name


            __legacy__ = Told()
            '''
        ),
        "utf-8",
    )


def _source(name: str) -> bool:
    return same(name.partition("==")[0]) in SOURCES

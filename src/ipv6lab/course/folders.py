"""Configuration folders: the one format for everything that configures nodes.

::

    <folder>/
      hq-core/                 a node's name
        etc/radvd.conf         files laid over the node's root
        commands.sh            what is typed on that node, in order
      answers.toml             only where the exercise asks questions

A start state, a solution, a wrong answer and a trainee's submission are all read by `read`. In the
course's own folders ``{{ name }}`` is looked up in the addressing plan; a submission is literal.

A submission comes from somebody else, so the reader never follows a link (every step is opened
relative to its directory with O_NOFOLLOW), takes plain files only, and counts what it takes.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ipv6lab.course import answers
from ipv6lab.course.answers import ANSWERS, Answer
from ipv6lab.course.lookups import look_up
from ipv6lab.course.near import near
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

COMMANDS = "commands.sh"
EXPECTATION = "expect.toml"

MAX_ENTRIES = 500  # files and directories together
MAX_FILE = 1024 * 1024
MAX_TOTAL = 8 * 1024 * 1024
MAX_DEPTH = 32
# The kernel's own file systems: what would be laid there is hidden, or is no file.
KERNEL_TREES = ("proc", "sys", "dev")


@dataclass(frozen=True)
class File:
    """A file that is laid over a node's root."""

    node: str
    path: str  # relative to the node's root, with slashes
    mode: int  # 0o644 or 0o755
    content: bytes


@dataclass(frozen=True)
class Commands:
    """What is typed on a node."""

    node: str
    script: str


@dataclass(frozen=True)
class Configuration:
    """What one configuration folder says, in the order of the topology's nodes."""

    files: tuple[File, ...] = ()
    commands: tuple[Commands, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def to_request(self) -> dict[str, Any]:
        """As the agent takes it."""
        return {
            "files": [
                {
                    "node": file.node,
                    "path": file.path,
                    "mode": file.mode,
                    "content": base64.b64encode(file.content).decode("ascii"),
                }
                for file in self.files
            ],
            "commands": [{"node": item.node, "script": item.script} for item in self.commands],
            "answers": dict(self.answers),
        }


def read(
    folder: Path,
    nodes: Sequence[str],
    trainee_nodes: Collection[str] | None = None,
    plan: Mapping[str, str] | None = None,
    questions: Collection[str] = (),
) -> Configuration:
    """Read a configuration folder.

    `nodes` are the topology's, in its order; only `trainee_nodes` may be configured (None: all,
    for a start state); only `questions` may be answered. With a `plan` the folder
    is the course's own and ``{{ name }}`` is looked up; without one every byte arrives as it is.
    Raises LabError, one sentence, when the folder is not one.
    """
    reader = _Reader(folder, plan)
    taken = reader.read(nodes, trainee_nodes, questions)
    if not taken.files and not taken.commands and not taken.answers:
        raise LabError(
            _(
                "{folder} configures nothing: put files or {commands} into a folder named after"
                " a node, such as {node}.",
                folder=str(folder),
                commands=COMMANDS,
                node=next(iter(trainee_nodes or nodes)),
            )
        )
    return taken


def check_new(folder: Path) -> None:
    """Make a folder. Raises LabError where there is one that is not empty, or OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise LabError(_("{folder} is not empty; name a new folder.", folder=str(folder)))


def write(folder: Path, configuration: Configuration) -> None:
    """Write a configuration as a folder that `read` reads back.

    The folder must be new or empty: what a trainee wrote before is never overwritten.
    """
    try:
        check_new(folder)
        for file in configuration.files:
            target = folder / file.node / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(file.mode)
        for item in configuration.commands:
            target = folder / item.node / COMMANDS
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(os.fsencode(item.script))
        if configuration.answers:
            folder.joinpath(ANSWERS).write_text(
                answers.as_toml(configuration.answers), encoding="utf-8"
            )
    except OSError as error:
        raise LabError(
            _(
                "{folder} cannot be written: {reason}.",
                folder=str(error.filename or folder),
                reason=error.strerror or str(error),
            )
        ) from None


@dataclass(frozen=True)
class Limits:
    """Of what is read from a folder."""

    entries: int = MAX_ENTRIES
    total: int = MAX_TOTAL
    plain_names: bool = True  # else a name may be of any bytes


def everything(folder: Path, limits: Limits) -> dict[str, bytes]:
    """The content of every file in folders and of the answers, by path in the folder.

    Raises LabError, one sentence, for what is no plain file and where there is too much of it.
    """
    return _Reader(folder, None, limits).everything()


class _Reader:
    def __init__(
        self, folder: Path, plan: Mapping[str, str] | None, limits: Limits = Limits()
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._limits = limits
        self._entries = 0
        self._bytes = 0

    def everything(self) -> dict[str, bytes]:
        """See `everything` of this module."""
        found: dict[str, bytes] = {}
        top = self._open_folder()
        try:
            for name in self._names(top, PurePosixPath()):
                status = self._status(top, name, PurePosixPath())
                if stat.S_ISLNK(status.st_mode):
                    raise self._irregular(PurePosixPath(name), status)
                if name == ANSWERS:
                    found[name] = self._read_file(top, PurePosixPath(name))[2]
                elif stat.S_ISDIR(status.st_mode):
                    for path, _mode, content in self._walk(top, PurePosixPath(name)):
                        found[str(path)] = content
        finally:
            os.close(top)
        return found

    def read(
        self,
        nodes: Sequence[str],
        trainee_nodes: Collection[str] | None,
        questions: Collection[str],
    ) -> Configuration:
        top = self._open_folder()
        try:
            found = self._names(top, PurePosixPath())
            for name in found:
                self._check_node(top, name, nodes, trainee_nodes)
            files: list[File] = []
            commands: list[Commands] = []
            for node in nodes:
                if node in found:
                    self._read_node(top, node, files, commands)
            answered = self._answers(top, questions) if ANSWERS in found else {}
        finally:
            os.close(top)
        return Configuration(tuple(files), tuple(commands), answered)

    def _answers(self, top: int, questions: Collection[str]) -> dict[str, Answer]:
        path = PurePosixPath(ANSWERS)
        found = self._status(top, ANSWERS, PurePosixPath())
        if not stat.S_ISREG(found.st_mode):
            raise self._irregular(path, found)
        path, _mode, content = self._read_file(top, path)
        text = self._typed(path, self._looked_up(path, content))
        return answers.parse(text, questions, str(self._folder / path))

    def _read_node(self, top: int, node: str, files: list[File], commands: list[Commands]) -> None:
        for path, mode, content in self._walk(top, PurePosixPath(node)):
            inside = path.relative_to(node)
            if str(inside) == COMMANDS:
                commands.append(Commands(node, self._script(path, content)))
            elif inside.parts[0] in KERNEL_TREES:
                raise LabError(
                    _(
                        "{path} cannot be laid over a node: /{tree} is the kernel's; set it in"
                        " {commands}.",
                        path=str(self._folder / path),
                        tree=inside.parts[0],
                        commands=COMMANDS,
                    )
                )
            else:
                files.append(File(node, str(inside), mode, self._looked_up(path, content)))

    def _check_node(
        self,
        top: int,
        name: str,
        nodes: Sequence[str],
        trainee_nodes: Collection[str] | None,
    ) -> None:
        """Refuse what is not the folder of a node that may be configured."""
        if name == ANSWERS or (name == EXPECTATION and self._plan is not None):
            return
        path = str(self._folder / name)
        if name not in nodes:
            known = [node for node in nodes if trainee_nodes is None or node in trainee_nodes]
            meant = near(name, [*known, ANSWERS])
            if meant:
                raise LabError(
                    _(
                        "{path}: there is no node {name}; did you mean {meant}?",
                        path=path,
                        name=name,
                        meant=", ".join(meant),
                    )
                )
            raise LabError(
                _(
                    "{path}: there is no node {name}; the nodes here are {nodes}.",
                    path=path,
                    name=name,
                    nodes=", ".join(known),
                )
            )
        if trainee_nodes is not None and name not in trainee_nodes:
            raise LabError(
                _(
                    "{path}: {name} is not yours to configure in this exercise; yours are {nodes}.",
                    path=path,
                    name=name,
                    nodes=", ".join(node for node in nodes if node in trainee_nodes),
                )
            )
        found = self._status(top, name, PurePosixPath())
        if not stat.S_ISDIR(found.st_mode):
            raise self._irregular(PurePosixPath(name), found)

    # -- walking

    def _open_folder(self) -> int:
        try:
            # The folder itself may be reached over a link: it is the caller who named it.
            return os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise LabError(_("There is no folder {folder}.", folder=str(self._folder))) from None
        except NotADirectoryError:
            raise LabError(
                _(
                    "{folder} is not a folder; name the folder that holds the nodes' folders.",
                    folder=str(self._folder),
                )
            ) from None
        except (OSError, ValueError) as error:
            raise _unreadable(str(self._folder), error) from None

    def _walk(self, parent: int, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, int, bytes]]:
        """The files under the directory `path`, whose parent is open, sorted by name."""
        if len(path.parts) > MAX_DEPTH:
            raise LabError(
                _(
                    "{path} lies too deep: at most {limit} folders in one another.",
                    path=str(self._folder / path),
                    limit=MAX_DEPTH,
                )
            )
        here = self._open(parent, path, os.O_DIRECTORY)
        try:
            for name in self._names(here, path):
                found = self._status(here, name, path)
                if stat.S_ISDIR(found.st_mode):
                    yield from self._walk(here, path / name)
                elif stat.S_ISREG(found.st_mode):
                    yield self._read_file(here, path / name)
                else:
                    raise self._irregular(path / name, found)
        finally:
            os.close(here)

    def _names(self, directory: int, path: PurePosixPath) -> list[str]:
        names = []
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    self._entries += 1
                    if self._entries > self._limits.entries:
                        raise LabError(
                            _(
                                "{folder} holds too much: at most {limit} files and folders.",
                                folder=str(self._folder),
                                limit=self._limits.entries,
                            )
                        )
                    names.append(entry.name)
        except OSError as error:
            raise _unreadable(str(self._folder / path), error) from None
        for name in names:
            if self._limits.plain_names and (not name.isprintable() or "\\" in name):
                raise LabError(
                    _(
                        "{folder} holds a file whose name is not plain text: {name}.",
                        folder=str(self._folder / path),
                        name=ascii(name),
                    )
                )
        return sorted(names)

    def _status(self, directory: int, name: str, path: PurePosixPath) -> os.stat_result:
        try:
            return os.stat(name, dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            raise _unreadable(str(self._folder / path / name), error) from None

    def _open(self, parent: int, path: PurePosixPath, flags: int) -> int:
        # O_NONBLOCK: should a plain file have become a pipe meanwhile, opening it must not wait.
        flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            return os.open(path.name, flags, dir_fd=parent)
        except OSError as error:
            raise _unreadable(str(self._folder / path), error) from None

    def _read_file(self, parent: int, path: PurePosixPath) -> tuple[PurePosixPath, int, bytes]:
        with os.fdopen(self._open(parent, path, 0), "rb") as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise self._irregular(path, found)
            try:
                content = stream.read(MAX_FILE + 1)
            except OSError as error:
                raise _unreadable(str(self._folder / path), error) from None
        if len(content) > MAX_FILE:
            raise LabError(
                _(
                    "{path} is too large: at most {limit} KiB a file.",
                    path=str(self._folder / path),
                    limit=MAX_FILE // 1024,
                )
            )
        self._bytes += len(content)
        if self._bytes > self._limits.total:
            raise LabError(
                _(
                    "{folder} is too large: at most {limit} MiB in all.",
                    folder=str(self._folder),
                    limit=self._limits.total // (1024 * 1024),
                )
            )
        # Only the execute bit is the author's: the rest is the umask of whoever copied the folder.
        mode = 0o755 if found.st_mode & stat.S_IXUSR else 0o644
        return path, mode, content

    # -- text

    def _looked_up(self, path: PurePosixPath, content: bytes) -> bytes:
        if self._plan is None or b"{{" not in content:
            return content
        return look_up(self._text(path, content), self._plan, str(self._folder / path)).encode()

    def _script(self, path: PurePosixPath, content: bytes) -> str:
        script = self._typed(path, self._looked_up(path, content))
        if "\0" in script:
            raise LabError(_("{file} is not UTF-8 text.", file=str(self._folder / path)))
        return script

    def _typed(self, path: PurePosixPath, content: bytes) -> str:
        """A text of ours, without what editors on other systems put around lines and files."""
        return self._text(path, content).removeprefix("\ufeff").replace("\r\n", "\n")

    def _text(self, path: PurePosixPath, content: bytes) -> str:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise LabError(_("{file} is not UTF-8 text.", file=str(self._folder / path))) from None

    def _irregular(self, path: PurePosixPath, found: os.stat_result) -> LabError:
        where = str(self._folder / path)
        if stat.S_ISLNK(found.st_mode):
            return LabError(_("{path} is a symbolic link; put the file itself there.", path=where))
        if len(path.parts) == 1 and path.name != ANSWERS:
            return LabError(_("{path} must be a folder with the files of that node.", path=where))
        return LabError(_("{path} is neither a file nor a folder.", path=where))


def _unreadable(path: str, error: OSError | ValueError) -> LabError:
    reason = getattr(error, "strerror", None) or str(error)
    return LabError(_("{file} cannot be read: {reason}.", file=path, reason=reason))

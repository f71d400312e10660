"""Where finished images are, and which one this version of ipv6lab runs on.

An image is a directory ``<store>/<id>/``::

    root/usr         the shared layer: world-readable files of root, without set-id bits,
                     capabilities or other owners, so that any user and any id map can read it
    skeleton.tar     the rest of the root tree, with numeric owners, modes and capabilities,
                     to be unpacked for each sandbox
    shared.sha256    the content of every file of the shared layer
    shared.entries   path, kind and size of everything in the shared layer
    manifest.json    what it is made of; written last
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ipv6lab.image import artifact, integrity, recipe, usage
from ipv6lab.image.artifact import Artifact
from ipv6lab.words.errors import LabError, Unsupported

SYSTEM_STORE = Path("/var/cache/ipv6lab/images")


@dataclass(frozen=True)
class Image(Artifact):
    """A finished image on disk. ``strays`` came into its tree later; nothing in it asks for them.

    Paths in it are relative to ``directory``.
    """

    strays: tuple[str, ...] = ()

    @property
    def root(self) -> Path:
        """The shared layer's root: holds ``usr``, to be mounted read-only."""
        return self.directory / "root"

    @property
    def skeleton(self) -> Path:
        """The tar archive of everything that each sandbox gets for itself."""
        return self.directory / "skeleton.tar"


def user_store() -> Path:
    """The calling user's own store; root's is the system's."""
    if os.geteuid() == 0:
        return SYSTEM_STORE
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return base / "ipv6lab" / "images"


def stores() -> list[Path]:
    """Where an image is looked for, first match first."""
    return list(dict.fromkeys([user_store(), SYSTEM_STORE]))


def find() -> Image:
    """The image of this version's recipe, or the one ``IPV6LAB_IMAGE`` names.

    Raises ``Unsupported`` where it is missing or damaged.
    """
    override = os.environ.get("IPV6LAB_IMAGE")
    if override:
        if not (Path(override) / "manifest.json").is_file():
            raise Unsupported(
                "IPV6LAB_IMAGE names {path}, and there is no lab image: unset it, or name a "
                "directory with a manifest.json.",
                path=override,
            )
        return open_image(Path(override))
    found = artifact.find(stores(), recipe.read().id, open_image)
    if found is None:
        raise Unsupported(
            "The lab image is not built yet: run 'ipv6lab image build' (it takes some minutes)."
        )
    return found


def open_image(directory: Path) -> Image:
    """The image in ``directory``, looked at once: names, kinds and sizes of all its files.

    What somebody has put into its tree beside them makes it no other image.
    """
    try:
        image = Image(directory, artifact.read_manifest(directory))
        wrong, strays = _look(image)
        if image.manifest["format"] != recipe.BUILDER_FORMAT:
            raise ValueError("format")
    except (OSError, ValueError, KeyError, TypeError):
        raise damaged(directory) from None
    if wrong:
        raise damaged(directory, wrong[0])
    return replace(image, strays=tuple(strays))


def _look(image: Image) -> tuple[list[str], list[str]]:
    """What is not as it was recorded, and what was not there, by a quick look."""
    wrong = []
    if image.skeleton.stat().st_size != image.manifest["skeleton"]["bytes"]:
        wrong.append("skeleton.tar")
    found, size = integrity.entries(image.root)
    if integrity.shape_of(found, size).to_json() == image.manifest["shared"]:
        return wrong, []
    recorded = (image.directory / "shared.entries").read_bytes()
    if integrity.shape_of(recorded, 0).digest != image.manifest["shared"]["digest"]:
        return [*wrong, "shared.entries"], []
    lost, strays = integrity.compare(recorded, found)
    return wrong + [f"root/{name}" for name in lost], [f"root/{name}" for name in strays]


def damaged(directory: Path, file: str = "manifest.json") -> Unsupported:
    """The error that says so, and which file is not as it was."""
    return Unsupported(
        "The lab image in {path} is damaged ({file}): run 'ipv6lab image build', which makes it "
        "anew.",
        path=str(directory),
        file=file,
    )


def verify(image: Image) -> tuple[list[str], list[str]]:
    """What of an image is not as it was built, by its content, and what was put into it."""
    try:
        wrong, strays = _look(image)
        if integrity.file_sha256(image.skeleton) != image.manifest["skeleton"]["sha256"]:
            wrong.append("skeleton.tar")
        recorded = image.directory / "shared.sha256"
        if integrity.file_sha256(recorded) != image.manifest["shared_sha256"]:
            return [*wrong, "shared.sha256"], strays
        changed = integrity.changed(image.root, recorded.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return ["manifest.json"], []
    wrong += [f"root/{name}" for name in changed if f"root/{name}" not in set(strays)]
    return list(dict.fromkeys(wrong)), strays


def remove_strays(image: Image, strays: Iterable[str]) -> None:
    """Take away what somebody has put into the image's tree. Raises OSError."""
    for name in sorted(strays, reverse=True):  # what is in a folder before it
        path = image.directory / name
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def own_directory() -> Path:
    """Where the caller's own image of this version is, or would be."""
    return user_store() / recipe.read().id


def locate() -> Image:
    """The image of this version, sound or not. Raises Unsupported where there is none."""
    with contextlib.suppress(Unsupported):
        return find()
    override = os.environ.get("IPV6LAB_IMAGE")
    places = [Path(override)] if override else [one / recipe.read().id for one in stores()]
    for directory in places:
        if directory.is_dir():
            try:
                return Image(directory, artifact.read_manifest(directory))
            except (OSError, ValueError):
                return Image(directory, {})
    return find()


def note_use(image: Image) -> None:
    """Keep in one's own store that this version wants this image."""
    if image.directory == own_directory():
        usage.note(user_store(), recipe.directory(), image.id)


def hold(image: Image) -> int:
    """A descriptor that keeps the image from being replaced or removed while it is open.

    Raises Unsupported where it has just been.
    """
    try:
        held = usage.hold(image.directory)
    except FileNotFoundError:
        raise Unsupported(
            "The lab image in {path} is just being made anew: try again.",
            path=str(image.directory),
        ) from None
    note_use(image)
    return held


def remove() -> list[Path]:
    """Remove the calling user's images, downloads and half-built trees; returns what went.

    Raises LabError, with nothing removed, while a lab runs on one of them.
    """
    from ipv6lab.image.bootstrap import clear  # needed here only, and reads much else

    removed = []
    if user_store().is_dir():
        for directory in sorted(user_store().iterdir()):
            if usage.in_use(directory):
                raise LabError(
                    "A lab runs on the lab image in {path}: end it first ('ipv6lab stop --all', "
                    "by whoever started it).",
                    path=str(directory),
                )
        clear(user_store())
    for path in (user_store(), downloads()):
        if path.is_dir():
            shutil.rmtree(path)
            removed.append(path)
    return removed


def downloads() -> Path:
    """Where the builder keeps package lists and .debs for the next build."""
    return user_store().parent / "packages"

"""Where finished images are, and which one this version of ipv6lab runs on.

An image is a directory ``<store>/<id>/``::

    root/usr         the shared layer: world-readable files of root, without set-id bits,
                     capabilities or other owners, so that any user and any id map can read it
    skeleton.tar     the rest of the root tree, with numeric owners, modes and capabilities,
                     to be unpacked for each sandbox
    shared.sha256    the content of every file of the shared layer
    manifest.json    what it is made of; written last
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ipv6lab.image import artifact, integrity, recipe
from ipv6lab.image.artifact import Artifact
from ipv6lab.words.errors import Unsupported

SYSTEM_STORE = Path("/var/cache/ipv6lab/images")


class Image(Artifact):
    """A finished image on disk."""

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
    """The image in ``directory``, looked at once: names, kinds and sizes of all its files."""
    try:
        image = Image(directory, artifact.read_manifest(directory))
        sound = (
            image.manifest["format"] == recipe.BUILDER_FORMAT
            and image.skeleton.stat().st_size == image.manifest["skeleton"]["bytes"]
            and integrity.shape(image.root).to_json() == image.manifest["shared"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise damaged(directory)
    return image


def damaged(directory: Path) -> Unsupported:
    """The error that says so."""
    return Unsupported(
        "The lab image in {path} is damaged: run 'ipv6lab image build', which makes it anew.",
        path=str(directory),
    )


def verify(image: Image) -> list[str]:
    """The files of an image whose content has changed since it was built; [] if it is sound."""
    recorded = image.directory / "shared.sha256"
    wrong = []
    if integrity.file_sha256(image.skeleton) != image.manifest["skeleton"]["sha256"]:
        wrong.append("skeleton.tar")
    if integrity.file_sha256(recorded) != image.manifest["shared_sha256"]:
        return [*wrong, "shared.sha256"]
    return wrong + [
        f"root/{name}" for name in integrity.changed(image.root, recorded.read_text("utf-8"))
    ]


def remove() -> list[Path]:
    """Remove the calling user's images, downloads and half-built trees; returns what went."""
    from ipv6lab.image.bootstrap import clear  # needed here only, and reads much else

    removed = []
    if user_store().is_dir():
        clear(user_store())
    for path in (user_store(), downloads()):
        if path.is_dir():
            shutil.rmtree(path)
            removed.append(path)
    return removed


def downloads() -> Path:
    """Where the builder keeps package lists and .debs for the next build."""
    return user_store().parent / "packages"

"""``image``, ``uninstall``: what ipv6lab puts on this machine, and takes away again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, put
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import Message, _

if TYPE_CHECKING:
    from ipv6lab.image import Progress


def add(commands: Commands) -> None:
    tr = commands.speech
    image = commands.add(
        "image",
        _("build, verify and mend the lab image, or carry it to another machine"),
        do_image,
    )
    image.add_argument(
        "action", choices=("build", "verify", "pack", "install"), metavar=tr(_("ACTION"))
    )
    image.add_argument(
        "file", metavar=tr(_("FILE")), nargs="?", help=tr(_("pack, install: the image in one file"))
    )
    uninstall = commands.add(
        "uninstall", _("remove the image, caches and everything else but one's work"), uninstall_all
    )
    uninstall.add_argument("--yes", action="store_true", help=tr(_("do not ask")))
    uninstall.add_argument(
        "--work", action="store_true", help=tr(_("remove the recorded work and results too"))
    )


class _Spoken:
    """The builder's progress, in the user's language."""

    def __init__(self, speech: Speech) -> None:
        from ipv6lab.image.telling import Lines

        self._speech = speech
        self.lines = Lines()

    def phase(self, message: Message) -> None:
        self.lines.phase(self._said(message))

    def advance(self, done: int, total: int) -> None:
        self.lines.advance(done, total)

    def note(self, message: Message) -> None:
        self.lines.note(self._said(message))

    def _said(self, message: Message) -> Message:
        return Message("{said}", {"said": self._speech(message)})


def do_image(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import image
    from ipv6lab.image import mending, parcel

    if (options.action in ("pack", "install")) != (options.file is not None):
        raise LabError(_("ipv6lab image pack and install take a file; build and verify take none."))
    progress = _Spoken(speech)
    spoken: Progress = progress
    try:
        if options.action == "build":
            found = image.build(spoken)
        elif options.action == "install":
            found = parcel.install(Path(options.file), spoken)
        elif options.action == "verify":
            found = mending.mend(spoken, speech.note)
        else:
            parcel.pack(image.find(), Path(options.file), spoken)
    finally:
        progress.lines.end()
    if options.action == "pack":
        speech.say(_("The lab image is in {folder}.", folder=options.file))
    elif options.action == "verify":
        speech.say(_("Every file of {folder} is as it was built.", folder=str(found.directory)))
    else:
        speech.say(_("The lab image is in {folder}.", folder=str(found.directory)))
    return 0


def uninstall_all(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import kernel, sandbox
    from ipv6lab.image import store
    from ipv6lab.platform import directories

    runtime, work = directories.runtime(), directories.work()
    # Root's images are for everybody and lie apart from root's own cache.
    wanted = [store.user_store().parent, directories.cache(), runtime]
    if options.work:
        wanted.append(work)
    existing = [path for path in dict.fromkeys(wanted) if path.exists()]
    running = sandbox.running()
    if running:
        speech.say(_("These labs end: {labs}.", labs=", ".join(_lab(one) for one in running)))
    speech.say(_("These folders are removed:"))
    for path in existing:
        put(f"  {path}")
    if work.exists() and not options.work:
        speech.say(_("Your work in {folder} stays; --work removes it too.", folder=str(work)))
    if not options.yes and not _agreed(speech):
        speech.say(_("Nothing was removed."))
        return 1
    for one in running:
        sandbox.stop(one["seat"] or None)
    # Both know of trees elsewhere, of builds that were interrupted.
    store.remove()
    kernel.remove()
    for path in existing:
        remove(path)
    speech.say(
        _("Removed; what is left is the program itself, which pip uninstall ipv6lab removes.")
    )
    return 0


def _lab(running: dict[str, object]) -> str:
    return f"{running.get('exercise', '?')} ({running['seat']})"


def _agreed(speech: Speech) -> bool:
    if not sys.stdin.isatty():
        raise LabError(_("Nobody is there to be asked; give --yes to remove without asking."))
    put(speech(_("Remove them? [y/N]")), end=" ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "c", "có")


def remove(path: Path) -> None:
    """Remove a tree, also what belongs to subordinate ids. Raises LabError when some stays."""
    import shutil

    from ipv6lab.sandbox import scratch

    shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        scratch.remove(path)
        shutil.rmtree(path, ignore_errors=True)
    if path.exists():
        raise LabError(
            _(
                "{folder} cannot be removed completely; remove the rest with sudo rm -r {folder}.",
                folder=str(path),
            )
        )

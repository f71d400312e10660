"""``python -m ipv6lab.image``: build, verify, lock or remove the lab image."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipv6lab.image import builder, command, mending, parcel, store, tools
from ipv6lab.image.telling import Lines
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ipv6lab.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command.add_build(commands, "build the image, unless one is there")
    commands.add_parser("verify", help="compare every file with what was built, and mend it")
    for name, help in (("pack", "write the image into a file"), ("install", "take one from it")):
        commands.add_parser(name, help=help).add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("lock", help="write the packages' locks anew from the mirror")
    commands.add_parser("remove", help="remove one's own images and downloads")
    options = parser.parse_args(arguments)
    return command.run(lambda progress: _do(options, progress))


def _do(options: argparse.Namespace, progress: Lines) -> None:
    if options.command == "build":
        _build(progress, options.own, options.install_tools)
    elif options.command == "verify":
        image = mending.mend(progress, progress.note)
        progress.end()
        print(_("Every file of {folder} is as it was built.", folder=str(image.directory)))
    elif options.command == "pack":
        image = store.find()
        parcel.pack(image, options.file, progress)
        progress.end()
        print(
            _(
                "The lab image is in {path} ({size} MiB).",
                path=str(options.file),
                size=options.file.stat().st_size >> 20,
            )
        )
    elif options.command == "install":
        image = parcel.install(options.file, progress)
        progress.end()
        _say(image)
    elif options.command == "lock":
        paths = builder.lock(progress)
        progress.end()
        for path in paths:
            print(f"Wrote {path}.")
    else:
        for path in store.remove():
            print(f"Removed {path}.")


def _build(progress: Lines, own: bool, install_tools: bool) -> None:
    image = None
    if not own:
        try:
            image = store.find()
        except Unsupported:
            image = None
    if image is None:
        if install_tools:
            tools.install(progress)
        image = builder.build(progress)
        progress.end()
    elif install_tools:
        tools.install_for_labs(progress)
    store.note_use(image)
    _say(image)


def _say(image: store.Image) -> None:
    size = (image.manifest["shared"]["bytes"] + image.manifest["skeleton"]["bytes"]) >> 20
    print(_("The lab image is in {path} ({size} MiB).", path=str(image.directory), size=size))


if __name__ == "__main__":
    sys.exit(main())

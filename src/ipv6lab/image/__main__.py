"""``python -m ipv6lab.image``: build, verify, lock or remove the lab image."""

from __future__ import annotations

import argparse
import sys

from ipv6lab.image import builder, command, store, tools
from ipv6lab.image.progress import Lines
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ipv6lab.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command.add_build(commands, "build the image, unless one is there")
    commands.add_parser("verify", help="compare every file's content with what was built")
    commands.add_parser("lock", help="write packages.lock anew from the mirror")
    commands.add_parser("remove", help="remove one's own images and downloads")
    options = parser.parse_args(arguments)
    return command.run(lambda progress: _do(options, progress))


def _do(options: argparse.Namespace, progress: Lines) -> None:
    if options.command == "build":
        _build(progress, options.own, options.install_tools)
    elif options.command == "verify":
        _verify()
    elif options.command == "lock":
        path = builder.lock(progress)
        progress.end()
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
    size = (image.manifest["shared"]["bytes"] + image.manifest["skeleton"]["bytes"]) >> 20
    print(_("The lab image is in {path} ({size} MiB).", path=str(image.directory), size=size))


def _verify() -> None:
    image = store.find()
    wrong = store.verify(image)
    if wrong:
        for name in wrong[:20]:
            print(f"{image.directory}/{name}: changed")
        raise store.damaged(image.directory)
    print(f"{image.directory}: every file is as it was built.")


if __name__ == "__main__":
    sys.exit(main())

"""``python -m ipv6lab.image``: build, verify, lock or remove the lab image."""

from __future__ import annotations

import argparse
import sys

from ipv6lab.image import builder, store, tools
from ipv6lab.image.progress import Lines
from ipv6lab.words.errors import LabError, Unsupported
from ipv6lab.words.message import _


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ipv6lab.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build the image, unless one is there")
    build.add_argument(
        "--own", action="store_true", help="in one's own store, even if the system has one"
    )
    build.add_argument(
        "--install-tools", action="store_true", help="install missing build tools as root first"
    )
    commands.add_parser("verify", help="compare every file's content with what was built")
    commands.add_parser("lock", help="write packages.lock anew from the mirror")
    commands.add_parser("remove", help="remove one's own images and downloads")
    options = parser.parse_args(arguments)
    progress = Lines()
    try:
        if options.command == "build":
            return _build(progress, options.own, options.install_tools)
        if options.command == "verify":
            return _verify()
        if options.command == "lock":
            path = builder.lock(progress)
            progress.end()
            print(f"Wrote {path}.")
            return 0
        for path in store.remove():
            print(f"Removed {path}.")
    except LabError as error:
        progress.end()
        print(f"ipv6lab: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        progress.end()
        print("ipv6lab: interrupted; the next build goes on from here.", file=sys.stderr)
        return 130
    return 0


def _build(progress: Lines, own: bool, install_tools: bool) -> int:
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
    return 0


def _verify() -> int:
    image = store.find()
    wrong = store.verify(image)
    if wrong:
        for name in wrong[:20]:
            print(f"{image.directory}/{name}: changed")
        raise store.damaged(image.directory)
    print(f"{image.directory}: every file is as it was built.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

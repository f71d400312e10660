"""``python -m ipv6lab.kernel``: build, install, verify, lock or remove the lab kernel."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipv6lab import image
from ipv6lab.image import command, tools
from ipv6lab.image.telling import Lines
from ipv6lab.kernel import finished, phases, rootfs
from ipv6lab.kernel.finished import Kernel
from ipv6lab.words.errors import Unsupported
from ipv6lab.words.message import _


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ipv6lab.kernel", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command.add_build(commands, "build the kernel, unless one is there")
    install = commands.add_parser("install", help="take the kernel file of another machine")
    install.add_argument("file", type=Path, metavar="FILE")
    commands.add_parser("verify", help="compare the kernel with what was built")
    commands.add_parser("lock", help="write packages.lock anew from the mirror")
    commands.add_parser("record", help="write the kernel's checksum into the recipe")
    commands.add_parser("remove", help="remove one's own kernels and what belongs to them")
    options = parser.parse_args(arguments)
    return command.run(lambda progress: _do(options, progress))


def _do(options: argparse.Namespace, progress: Lines) -> None:
    if options.command == "build":
        kernel = _build(progress, options.own, options.install_tools)
        _make_disks(progress)
        _say(kernel)
    elif options.command == "install":
        kernel = finished.install(options.file)
        _make_disks(progress)
        _say(kernel)
    elif options.command == "verify":
        kernel = finished.find()  # raises where the content is not the recorded one
        print(f"{kernel.file}: as it was built ({kernel.sha256}).")
    elif options.command == "lock":
        path = phases.lock(progress)
        progress.end()
        print(f"Wrote {path}.")
    elif options.command == "record":
        print(f"Wrote {phases.record(finished.find())}.")
    else:
        for path in finished.remove():
            print(f"Removed {path}.")


def _build(progress: Lines, own: bool, install_tools: bool) -> Kernel:
    if not own:
        try:
            return finished.find()
        except Unsupported:
            finished.require_machine()
    if install_tools:
        tools.install(progress)
    kernel = phases.build(progress)
    progress.end()
    return kernel


def _make_disks(progress: Lines) -> None:
    """So that the first lab need not wait for them."""
    try:
        found = image.find()
    except Unsupported:  # the first lab on the kernel makes them, once there is an image
        return
    if not rootfs.find(found):
        progress.phase(_("Making the lab kernel's disks"))
        rootfs.make(found)
        progress.end()


def _say(kernel: Kernel) -> None:
    size = kernel.file.stat().st_size >> 20
    print(
        _(
            "The lab kernel {release} is in {path} ({size} MiB).",
            release=kernel.release,
            path=str(kernel.file),
            size=size,
        )
    )


if __name__ == "__main__":
    sys.exit(main())

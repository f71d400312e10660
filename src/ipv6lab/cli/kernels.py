"""``kernel``: the lab kernel, which runs labs where the machine's own kernel cannot."""

from __future__ import annotations

import argparse

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech
from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    kernel = commands.add(
        "kernel", _("build the lab kernel, install it from a file, or verify it"), do_kernel
    )
    kernel.add_argument("action", choices=("build", "install", "verify"), metavar="ACTION")
    kernel.add_argument(
        "file", metavar=tr(_("FILE")), nargs="?", help=tr(_("install: the kernel of a machine"))
    )


def do_kernel(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab.kernel.__main__ import main

    if (options.action == "install") != (options.file is not None):
        raise LabError(
            _("ipv6lab kernel install takes the kernel's file; build and verify take none.")
        )
    return main([options.action, *([options.file] if options.file else [])])

"""What ``python -m ipv6lab.image`` and ``python -m ipv6lab.kernel`` have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from ipv6lab.image.telling import Lines
from ipv6lab.words.errors import LabError


def add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser], help: str) -> None:
    """Add the command ``build`` with its options."""
    build = commands.add_parser("build", help=help)
    build.add_argument(
        "--own", action="store_true", help="in one's own store, even if the system has one"
    )
    build.add_argument(
        "--install-tools", action="store_true", help="install missing build tools as root first"
    )


def run(work: Callable[[Lines], None]) -> int:
    """Do a command's work and say what kept it from its end; returns the exit status."""
    progress = Lines()
    try:
        work(progress)
    except LabError as error:
        progress.end()
        print(f"ipv6lab: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        progress.end()
        print("ipv6lab: interrupted; the next build goes on from here.", file=sys.stderr)
        return 130
    return 0

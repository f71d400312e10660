"""The command ``ipv6lab``: arguments in, one sentence, table or JSON out.

One module for each group of commands; each adds its commands to the parser and imports what is
heavy only when one of them runs, so that ``ipv6lab list`` is there at once.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit status (see `ipv6lab.cli.program`)."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Ctrl-C just ends this until `program` is there to answer it: no traceback of an import.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ipv6lab.cli import program

    return program.run(sys.argv[1:] if arguments is None else list(arguments))

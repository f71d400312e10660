"""Runs a Mininet program, unmodified, on LabNet: ``python3 -m ipv6lab.network.program FILE …``.

What such a program imports from Mininet is what it gets, but for the network itself:
``from mininet.net import Mininet`` gives `LabNet`. Its node, link and interface classes may be
Mininet's or its own.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from mininet import clean, net

from ipv6lab.network.net import LabNet
from ipv6lab.words.errors import LabError


def put_mininet_on_netlink() -> None:
    """From now on Mininet's network is LabNet, whoever imports it."""
    net.Mininet = LabNet
    # `mn` ends what failed by killing and deleting by name: the kernel removes it here.
    clean.cleanup = _nothing


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """What is left goes with the process."""


def _complain(error: LabError) -> int:
    print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
    return error.exit_status


def main() -> None:
    """Run the program that is named on the command line, with the arguments that follow."""
    put_mininet_on_netlink()
    del sys.argv[0]
    sys.path[0] = ""
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except LabError as error:
        sys.exit(_complain(error))


if __name__ == "__main__":
    main()

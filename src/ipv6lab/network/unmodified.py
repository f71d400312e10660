"""Runs a Mininet program, unmodified, on LabNet: ``python3 -m ipv6lab.network.unmodified FILE …``.

What such a program imports from Mininet is what it gets, but for the network itself:
``from mininet.net import Mininet`` gives `LabNet`. Its node, link and interface classes may be
Mininet's or its own.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from mininet import clean, net, node

from ipv6lab.network.controllers import LearningController
from ipv6lab.network.net import LabNet
from ipv6lab.network.open_vswitch import LabOpenVSwitch
from ipv6lab.words.errors import LabError


def put_mininet_on_netlink() -> None:
    """From now on Mininet's network is LabNet, whoever imports it."""
    net.Mininet = LabNet
    LabNet.ownFabric = True
    if not node.Controller.isAvailable():
        node.Controller = LearningController
    # Classes derived from it call its methods by its name.
    node.OVSSwitch = node.OVSKernelSwitch = LabOpenVSwitch
    # `mn` ends what failed by killing and deleting by name: the kernel removes it here.
    clean.cleanup = _nothing


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """What is left goes with the process."""


def _complain(error: LabError) -> int:
    print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
    return error.exit_status


def _show(error: Exception, program: str) -> None:
    """An error of the program as Python shows it, from the program's own first line on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != program:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)


def main() -> None:
    """Run the program that is named on the command line, with the arguments that follow."""
    put_mininet_on_netlink()
    del sys.argv[0]
    sys.path[0] = ""
    program = sys.argv[0]
    try:
        runpy.run_path(program, run_name="__main__")
    except LabError as error:
        sys.exit(_complain(error))
    except Exception as error:
        _show(error, program)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`ryu-manager` of this machine's own Python: what the extra `sdn` is for."""

from __future__ import annotations

import importlib.util
import sys

from ipv6lab.cli.saying import put


def main() -> int:
    """Run a command line of `ryu-manager`; returns the exit status."""
    from ipv6lab import image
    from ipv6lab.openflow import alias, ryu_manager
    from ipv6lab.words.errors import LabError

    if importlib.util.find_spec("os_ken") is None:
        put("ryu-manager: os-ken is missing: pip install 'ipv6lab[sdn]'", sys.stderr)
        return 3
    tree = alias.TREE
    try:
        # Ryu's own applications are not installed by pip any more: the lab image has them.
        tree = f"{image.find().directory}/root{alias.TREE}"
    except LabError as error:
        if any(word.startswith("ryu.app.") for word in sys.argv[1:]):
            put(f"ryu-manager: {error}", sys.stderr)
            return error.exit_status
    return ryu_manager.main(tree=tree)

"""Commands of ours that nodes have where Debian has none. They run on a node, not in the agent.

Each is a module with a `main`; what it imports of the engine is laid beside it, on every node.
"""

from __future__ import annotations

from importlib.resources import files as resources

HOME = "/usr/lib/ipv6lab/python"
COMMANDS = {
    "/usr/sbin/rogue6": "ipv6lab.tools.rogue6",
    "/usr/sbin/host-prefix": "ipv6lab.tools.host_prefix",
    "/usr/bin/happy-eyeballs": "ipv6lab.tools.happy_eyeballs",
    "/usr/bin/traffic-mix": "ipv6lab.tools.mix",
}
MODULES = {
    "ipv6lab.tools": ("happy_eyeballs.py", "host_prefix.py", "mix.py", "rogue6.py"),
    "ipv6lab.wire": ("headers.py", "dhcp6.py", "dhcp6pd.py", "rogue.py"),
}
_PROGRAM, _DATA = 0o755, 0o644
_CALL = """#!/usr/bin/python3 -IB
import sys

sys.path.insert(0, "{home}")
from {module} import main

sys.exit(main())
"""


def files() -> dict[str, tuple[int, bytes]]:
    """Path -> (mode, content) of every file to lay into a node's root."""
    found = {
        path: (_PROGRAM, _CALL.format(home=HOME, module=module).encode())
        for path, module in COMMANDS.items()
    }
    found[f"{HOME}/ipv6lab/__init__.py"] = _DATA, b""
    for package, names in MODULES.items():
        folder = f"{HOME}/{package.replace('.', '/')}"
        found[f"{folder}/__init__.py"] = _DATA, b""
        for name in names:
            content = resources(package).joinpath(name).read_bytes()
            found[f"{folder}/{name}"] = _DATA, content
    return found

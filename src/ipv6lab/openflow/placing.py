"""What a node's root tree needs so that its users find `ryu-manager` and `import ryu`."""

from __future__ import annotations

import pkgutil

_PROGRAM, _DATA = 0o755, 0o644
_PACKAGES = "/usr/lib/python3/dist-packages"
_HERE = "/usr/lib/ipv6lab/python"
_MODULES = ("__init__", "__main__", "alias", "hubs", "ryu_manager", "tracebacks")
_FILES = {
    f"{_HERE}/ipv6lab/__init__.py": (_DATA, b""),
    # Beside Debian's own packages, and after them.
    f"{_PACKAGES}/ipv6lab.pth": (_DATA, f"{_HERE}\n".encode()),
    f"{_PACKAGES}/ryu/__init__.py": (
        _DATA,
        b'"""Ryu, as os-ken continues it."""\n\n'
        b"from ipv6lab.openflow import alias\n\n"
        b"version = __version__ = alias.VERSION\n"
        b"version_info = tuple(map(int, version.split('.')))\n"
        b"alias.serve()\n",
    ),
    "/usr/bin/ryu-manager": (
        _PROGRAM,
        b"#!/usr/bin/python3\n"
        b'"""Runs applications that were written for Ryu."""\n'
        b"import sys\n\n"
        b"from ipv6lab.openflow import ryu_manager\n\n"
        b"sys.exit(ryu_manager.main())\n",
    ),
    # As Mininet starts it: ryu run APPLICATION…
    "/usr/bin/ryu": (
        _PROGRAM,
        b"#!/usr/bin/python3\n"
        b'"""Runs applications that were written for Ryu: ryu run APPLICATION..."""\n'
        b"import sys\n\n"
        b"from ipv6lab.openflow import ryu_manager\n\n"
        b"if sys.argv[1:2] != ['run']:\n"
        b"    sys.exit('usage: ryu run [OPTIONS] APPLICATION...')\n"
        b"sys.exit(ryu_manager.main(sys.argv[2:]))\n",
    ),
}


def node_files() -> dict[str, tuple[int, bytes]]:
    """Path -> (mode, content) of every file to lay into a node's root."""
    files = dict(_FILES)
    for name in _MODULES:
        content = pkgutil.get_data("ipv6lab.openflow", f"{name}.py")
        if content is None:  # the loader can do without; ours are files and zips
            raise FileNotFoundError(name)
        files[f"{_HERE}/ipv6lab/openflow/{name}.py"] = _DATA, content
    return files

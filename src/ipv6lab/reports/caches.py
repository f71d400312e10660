"""What libraries keep on disk, kept with ipv6lab's own cache: ``uninstall`` removes it too."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from ipv6lab.platform import directories

# Where scapy and matplotlib look for a place, when they are imported.
VARIABLES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")


def load_scapy() -> None:
    """Import scapy, unless somebody else has."""
    if "scapy.main" not in sys.modules:
        with _ours():
            import scapy.main  # noqa: F401


def load_matplotlib() -> None:
    """Import matplotlib, unless somebody else has, and settle where its fonts are listed."""
    if "matplotlib" in sys.modules:
        return
    with _ours():
        import matplotlib

        matplotlib.get_configdir()
        matplotlib.get_cachedir()


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    folder = directories.cache() / "libraries"
    with contextlib.suppress(OSError):  # then the library does without one
        folder.mkdir(parents=True, exist_ok=True)
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, str(folder)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

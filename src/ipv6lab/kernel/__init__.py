"""The lab kernel: one static file, a User-Mode Linux that runs as an ordinary process.

>>> from ipv6lab import kernel
>>> "sit" in kernel.FEATURES
True
"""

from __future__ import annotations

from ipv6lab.image.progress import Progress
from ipv6lab.kernel.features import FEATURES
from ipv6lab.kernel.store import Kernel, find, install, remove, verify

__all__ = ["FEATURES", "Kernel", "Progress", "build", "find", "install", "remove", "verify"]


def build(progress: Progress) -> Kernel:
    """Build the kernel, or return the sound one that is there. See ``builder.build``."""
    from ipv6lab.kernel import builder  # only builders pay for its imports

    return builder.build(progress)

"""The lab kernel: one static file, a User-Mode Linux that runs as an ordinary process.

>>> from ipv6lab import kernel
>>> "sit" in kernel.FEATURES
True
"""

from __future__ import annotations

from ipv6lab.image.telling import Progress
from ipv6lab.kernel.finished import Kernel, find, install, remove, verify
from ipv6lab.kernel.offers import FEATURES

__all__ = ["FEATURES", "Kernel", "Progress", "build", "find", "install", "remove", "verify"]


def build(progress: Progress) -> Kernel:
    """Build the kernel, or return the sound one that is there. See ``builder.build``."""
    from ipv6lab.kernel import phases  # only builders pay for its imports

    return phases.build(progress)

"""The lab image: the private Debian root tree that nodes, agent and grader run on.

>>> from ipv6lab import image
>>> callable(image.find) and callable(image.build)
True
"""

from __future__ import annotations

from ipv6lab.image.store import SYSTEM_STORE, Image, find, hold, remove
from ipv6lab.image.telling import Progress

__all__ = ["SYSTEM_STORE", "Image", "Progress", "build", "find", "hold", "remove"]


def build(progress: Progress) -> Image:
    """Build the image, or return the sound one that is there. See ``builder.build``."""
    from ipv6lab.image import builder  # only builders pay for its imports

    return builder.build(progress)

"""Removes a tree as root of a user namespace: ``python -m ipv6lab.platform.removal PATH``.

What a sandbox or a build wrote for subordinate ids belongs, seen from outside, to ids that an
ordinary user is not; inside the same map it is root's to remove.
"""

from __future__ import annotations

import shutil
import sys


def main() -> None:
    from ipv6lab.sandbox import launcher

    launcher._become_sandbox({"processes": 65536})
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()

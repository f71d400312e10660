"""`python -m ipv6lab.openflow`: what `ryu-manager` on a node runs."""

from __future__ import annotations

import sys

from ipv6lab.openflow import ryu_manager

if __name__ == "__main__":
    sys.exit(ryu_manager.main())

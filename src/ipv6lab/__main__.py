"""``python -m ipv6lab``."""

import sys

from ipv6lab.cli import main

sys.exit(main())

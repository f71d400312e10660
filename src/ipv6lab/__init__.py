"""ipv6lab: a real IPv6 training network on one Linux machine, with a guide and a grader."""

__version__ = "0.1.0"

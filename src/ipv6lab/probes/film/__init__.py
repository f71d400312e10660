"""The film of a grading: what was on the links and in the nodes' kernels before anybody asked.

`recorder` makes it, in a process of its own, on an `ipv6lab.linux.tape`; `Film` is what a check
sees of it.
"""

from ipv6lab.probes.film.film import Film, Filmed
from ipv6lab.probes.film.history import History

__all__ = ["Film", "Filmed", "History"]

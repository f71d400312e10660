"""Whether a service that went down is started again, and how often."""

from __future__ import annotations

import os

from ipv6lab.services.definition import Definition

# systemd.service(5), the table under Restart=: which settings answer to which result
_ANSWERS = {
    "success": ("always", "on-success"),
    "exit-code": ("always", "on-failure"),
    "signal": ("always", "on-failure", "on-abnormal", "on-abort"),
    "core-dump": ("always", "on-failure", "on-abnormal", "on-abort"),
    "timeout": ("always", "on-failure", "on-abnormal"),
    "protocol": ("always", "on-failure"),
    "resources": ("always", "on-failure"),
}


def wanted(definition: Definition, result: str, status: int | None) -> bool:
    """Whether Restart= and its exceptions ask for it; `status` is the main process's."""
    if status is not None and _matches(status, *definition.restart_prevented):
        return False
    if status is not None and _matches(status, *definition.restart_forced):
        return True
    return definition.restart in _ANSWERS.get(result, ())


class Burst:
    """Counts starts: at most StartLimitBurst= in StartLimitIntervalSec=.

    Only the supervisor's own starts count, not those that somebody asks for: recorded work is
    replayed faster than it was typed.
    """

    def __init__(self) -> None:
        self._moments: list[float] = []

    def admits(self, definition: Definition, now: float) -> bool:
        """Whether one more start may be made now; counts it if so."""
        since = now - definition.start_limit_interval
        self._moments = [moment for moment in self._moments if moment > since]
        limited = definition.start_limit_burst > 0 and definition.start_limit_interval > 0
        # the start that was asked for is the first of the burst
        if limited and len(self._moments) + 1 >= definition.start_limit_burst:
            return False
        self._moments.append(now)
        return True

    def forget(self) -> None:
        self._moments.clear()


def _matches(status: int, codes: frozenset[int], signals: frozenset[int]) -> bool:
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status) in codes
    return os.WTERMSIG(status) in signals

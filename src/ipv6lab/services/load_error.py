"""What can be wrong with a unit that somebody names."""

from __future__ import annotations


class LoadError(Exception):
    """A unit that cannot be worked with; `exit_status` is what systemctl ends with."""

    def __init__(self, text: str, exit_status: int = 1) -> None:
        super().__init__(text)
        self.exit_status = exit_status

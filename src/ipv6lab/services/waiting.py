"""Waiting for something to become true, looked at anew with every event and never in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Events:
    """Something happened, says `poke`; somebody waits in `until`, one at a time."""

    def __init__(self) -> None:
        self._poked: asyncio.Future[None] | None = None

    def poke(self) -> None:
        if self._poked and not self._poked.done():
            self._poked.set_result(None)

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition` holds; False when `timeout` seconds pass first.

        What the condition raises is raised here.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            if condition():
                return True
            remaining = deadline - loop.time()
            if remaining <= 0:
                return False
            self._poked = loop.create_future()
            timer = None
            if remaining != float("inf"):
                timer = loop.call_later(remaining, self.poke)
            try:
                await self._poked
            finally:
                self._poked = None
                if timer:
                    timer.cancel()

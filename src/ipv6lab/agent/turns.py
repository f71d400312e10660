"""Whose turn it is: operations run side by side, but for one that makes the whole lab anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Turns:
    """An operation that has begun goes on while the lab is made anew; others begin after that."""

    def __init__(self) -> None:
        self._alone = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._alone:
            yield

    @contextlib.asynccontextmanager
    async def beside(self) -> AsyncIterator[None]:
        while self._alone.locked():
            async with self._alone:
                pass
        yield

"""Let only a few requests run at a time: threads that fight for the interpreter make all slower.

Of threads that are runnable, one runs; with dozens of them, handing the lock around costs more than
the work (docs/scaling.md).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Longest wait for a place; then the request runs anyway, for nobody may starve behind the slow.
PATIENCE_S = 3.0


class Turnstile:
    """So many places; who finds none waits for one without a thread."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for the block, or none when patience has run out."""
        held = await self._enter()
        try:
            yield
        finally:
            if held:
                self._places.release()

    async def _enter(self) -> bool:
        if not self._places.locked():  # the usual case, without the cost of a timer
            return await self._places.acquire()
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._places.acquire()
        except TimeoutError:
            return False

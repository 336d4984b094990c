"""Keep threads free for short requests: long polls and event streams may take only their share."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class WaitLimit:
    """How many requests of this process may wait at a time; who comes later does not wait."""

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    def acquire(self) -> bool:
        """Count one more request that waits, if it may; then it has to `release`."""
        return self._free.acquire(blocking=False)

    def release(self) -> None:
        """Count one less."""
        self._free.release()

    @contextmanager
    def __call__(self) -> Iterator[bool]:
        """Count a request that waits during the block; False when it may not."""
        may_wait = self.acquire()
        try:
            yield may_wait
        finally:
            if may_wait:
                self.release()

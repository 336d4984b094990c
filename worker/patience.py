"""Wait for a store that is away or full: what a worker has in hand outlives both."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from jobs.blobs import BlobStoreFull

log = structlog.get_logger(__name__)

#: Seconds between two tries.
RETRY_S = 0.5
_T = TypeVar("_T")


class Stopped(Exception):
    """The worker stops, so the wait for the store ended; nothing was settled."""


class RoomWait:
    """Say how long one batch waits for room in a full store: `limit_s` from its first refusal."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._ends_s: float | None = None

    def is_over(self) -> bool:
        """Tell whether the batch has waited long enough; the first time that it asks, it begins."""
        if self._ends_s is None:
            self._ends_s = time.monotonic() + self._limit_s
        return time.monotonic() >= self._ends_s


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Patience:
    """Repeat what a store refuses. `tries` grows with each try, so who waits is seen to live."""

    def __init__(self, pause: Callable[[float], bool] = _sleep) -> None:
        """Wait by `pause(seconds)`, which tells whether to give up."""
        self._pause = pause
        self.tries = 0

    def insist(self, act: Callable[[], _T], room: RoomWait | None = None) -> _T:
        """Repeat until the store answers and, for as long as `room` says, until it has room.

        Raises:
            BlobStoreFull: it is still full.
            Stopped: the worker stops first.
        """
        while True:
            self.tries += 1
            try:
                return act()
            except (RedisError, BlobStoreFull) as error:
                if isinstance(error, BlobStoreFull) and (room is None or room.is_over()):
                    raise
                if self._pause(RETRY_S):
                    raise Stopped from error
                log.warning("waiting for the store", reason=str(error))

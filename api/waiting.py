"""Keep threads free for short requests: long polls and event streams may take only their share."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class WaitingRoom:
    """A number of places for requests that wait; who finds none does not wait."""

    def __init__(self, places: int) -> None:
        self._places = BoundedSemaphore(places)

    @contextmanager
    def __call__(self) -> Iterator[bool]:
        """Take a place for the block; False when there is none."""
        taken = self._places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._places.release()

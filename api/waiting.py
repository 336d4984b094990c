"""Keep threads free for short requests: long polls and event streams may take only their share."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class WaitingRoom:
    """A number of places for requests that wait; who finds none does not wait."""

    def __init__(self, places: int) -> None:
        self._places = BoundedSemaphore(places)

    def enter(self) -> bool:
        """Take a place if there is one; who got one has to `leave`."""
        return self._places.acquire(blocking=False)

    def leave(self) -> None:
        """Give a place back."""
        self._places.release()

    @contextmanager
    def __call__(self) -> Iterator[bool]:
        """Take a place for the block; False when there is none."""
        taken = self.enter()
        try:
            yield taken
        finally:
            if taken:
                self.leave()

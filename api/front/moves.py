"""Wake the requests of one process that wait for a job's next move.

One thread listens to what the ledger announces, for all of them, while somebody waits; a wait
itself is an entry in a table, so thousands cost no thread and no connection.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import RedisError

from jobs.events import Events

log = logging.getLogger("api.front")

RECONNECT_S = 1.0
#: How long nobody has to wait before nothing is listened to any more: each move of anybody's job is
#: work for every process that listens.
UNWANTED_S = 10.0


class Moves:
    """Who waits for which job."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._wanted_s = 0.0
        self._thread = threading.Thread(target=self._listen, name="moves", daemon=True)
        self._thread.start()

    @contextmanager
    def of(self, job_id: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at every move of a job during the block."""
        moved = asyncio.Event()
        self._waiting.setdefault(job_id, set()).add(moved)
        self._wanted.set()  # once listened to, everybody asks again
        try:
            yield moved
        finally:
            others = self._waiting[job_id]
            others.remove(moved)
            if not others:
                del self._waiting[job_id]

    @property
    def ended(self) -> bool:
        """Tell whether the process is stopping: nobody should wait any more."""
        return self._ended.is_set()

    def end(self) -> None:
        """Wake everybody, for good."""
        self._ended.set()
        self._wanted.set()
        self._wake_all()

    async def ended_wholly(self) -> None:
        """Return when the thread has ended, soon after `end`."""
        await asyncio.to_thread(self._thread.join)

    def _listen(self) -> None:
        """Pass announcements on, over every break of the connection."""
        deaf = False
        while not self._ended.is_set():
            self._wanted.wait()
            self._wanted_s = time.monotonic()
            try:
                for job_id in self._events.announcements(self._is_over):
                    deaf = False
                    if job_id is None:
                        self._loop.call_soon_threadsafe(self._wake_all)
                    elif job_id in self._waiting:
                        self._loop.call_soon_threadsafe(self._wake, job_id)
            except RedisError as error:
                if not deaf:
                    log.warning(
                        "long polls end with their time, since moves are not heard: %s", error
                    )
                deaf = True
                self._ended.wait(RECONNECT_S)

    def _is_over(self) -> bool:
        """Tell whether to stop listening, for good or until somebody waits again."""
        if self._waiting:
            self._wanted_s = time.monotonic()
        elif time.monotonic() - self._wanted_s > UNWANTED_S:
            self._wanted.clear()
            if self._waiting:  # since the look above: `of` notes the wait first
                self._wanted.set()
        return self._ended.is_set() or not self._wanted.is_set()

    def _wake(self, job_id: str) -> None:
        for moved in self._waiting.get(job_id, ()):
            moved.set()

    def _wake_all(self) -> None:
        for job_id in self._waiting:
            self._wake(job_id)

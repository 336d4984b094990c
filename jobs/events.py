"""Follow jobs as they move: one capped stream of moves per user, waited on without busy polling."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jobs.job import Status
from jobs.ledger import Ledger

#: Longest single blocking read, seconds; under every socket time-out.
SLICE_S = 2.0
#: How soon a listener notices that it is to end, seconds.
QUIET_S = 0.5


@dataclass(frozen=True, slots=True)
class Event:
    """Tell one move. `id` orders a user's events and works as a Last-Event-ID."""

    id: str
    job_id: str
    status: Status
    version: int


class Events:
    """Read the moves that the ledger's scripts announce."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._slice_s = min(SLICE_S, ledger.settings.redis_timeout_s / 2)

    def last_id(self, user: str) -> str:
        """Return the id of the user's latest event: where a reader starts who missed nothing."""
        latest: Any = self._ledger.redis.xrevrange(self._stream(user), count=1)
        return str(latest[0][0]) if latest else "0-0"

    def read(self, user: str, after: str, wait_s: float = 0.0) -> list[Event]:
        """Return the user's events after id `after`, waiting up to `wait_s` seconds for one."""
        deadline = time.monotonic() + wait_s
        while True:
            left_s = deadline - time.monotonic()
            block = max(1, round(min(left_s, self._slice_s) * 1000)) if left_s > 0 else None
            found: Any = self._ledger.redis.xread({self._stream(user): after}, block=block)
            entries = found[0][1] if found else []
            if entries or left_s <= 0:
                return [_event(event_id, fields) for event_id, fields in entries]

    def announcements(self, ended: Callable[[], bool]) -> Iterator[str | None]:
        """Yield the id of each job of anybody that moves, as it moves, until `ended` says so.

        None says that the connection stands, for the first time or again: what moved before, or
        while it was broken, is not told.

        Raises:
            RedisError: the connection broke, and cannot be had again.
        """
        heard: Any
        with self._ledger.redis.pubsub() as heard:  # type: ignore[no-untyped-call]
            heard.subscribe(f"{self._ledger.root}moves")
            while not ended():
                message: Any = heard.get_message(timeout=QUIET_S)
                if message is not None:
                    yield None if message["type"] == "subscribe" else message["data"]

    def _stream(self, user: str) -> str:
        return f"{self._ledger.root}events:{user}"


def _event(event_id: str, fields: dict[str, str]) -> Event:
    return Event(event_id, fields["job"], Status(fields["status"]), int(fields["version"]))

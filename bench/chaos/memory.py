"""Blobs in the server's own memory: it gets full, and one of them may be no blob at all."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from redis import Redis, RedisError

from jobs import Ledger

SPOIL = """
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then redis.call('SET', KEYS[2], 'spoilt', 'KEEPTTL') end
"""


class Memory:
    """Break what the server keeps for BLOB_STORE=redis, beside the ledger."""

    is_small = True

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._redis: Redis = ledger.redis

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room during the block, neither for blobs nor for moves of jobs."""
        self._redis.config_set("maxmemory", 1)
        try:
            yield
        finally:
            self._redis.config_set("maxmemory", 0)

    def spoil(self, job_id: str) -> None:
        """Let a job's blobs be unreadable from now on, unless a worker has claimed it meanwhile."""
        ledger = self._ledger
        blobs = f"{ledger.settings.namespace}:blobs:{{{job_id}}}"
        self._redis.eval(SPOIL, 2, f"{ledger.root}order:bench", blobs, job_id)

    def wait_for_put(self, timeout_s: float) -> None:
        """Return at the moment that another job is accepted with its blobs, or after a while."""
        deadline_s, before = time.monotonic() + timeout_s, self._submitted()
        while time.monotonic() < deadline_s and self._submitted() == before:
            time.sleep(0.001)

    def _submitted(self) -> Any:
        with contextlib.suppress(RedisError):
            return self._redis.get(f"{self._ledger.root}submitted")
        return None

"""The bytes of jobs that are gone: dropped as soon as the blob store lets us, and never forgotten.

A script that drops a job's record notes its id as an orphan in the same step, so no crash and no
store that is away for a while can leave a picture behind that nobody knows of.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from jobs.blobs.store import BlobBroken, BlobStore
from jobs.ledger import Ledger
from jobs.lua.scripts import STORED

#: Ids read from the set at a time.
PAGE = 50


class OrphanedBlobs:
    """Drop the blobs of jobs whose records are gone."""

    def __init__(self, ledger: Ledger, blobs: BlobStore) -> None:
        self._ledger = ledger
        self._blobs = blobs
        self._key = f"{ledger.root}{STORED['orphans']}"

    def drop(self, job_ids: Iterable[str]) -> None:
        """Drop these jobs' blobs.

        Raises:
            RedisError: the store is away.
            BlobBroken: a job's blobs cannot be dropped.
        """
        for job_id in job_ids:
            self._blobs.delete(job_id)
            self._ledger.redis.srem(self._key, job_id)

    def try_to_drop(self, job_ids: Iterable[str]) -> bool:
        """Drop what can be dropped now; False when the janitor has to see to the rest."""
        try:
            self.drop(job_ids)
        except (RedisError, BlobBroken):
            return False
        return True

    def sweep(self, budget_s: float) -> None:
        """Drop blobs of gone jobs for at most about `budget_s` seconds; errors as `drop`."""
        deadline_s = time.monotonic() + budget_s
        while time.monotonic() < deadline_s:
            found: Any = self._ledger.redis.srandmember(self._key, PAGE)
            for job_id in found:
                with suppress(BlobBroken):  # it stays noted, and the others have their turn
                    self.drop([job_id])
                if time.monotonic() >= deadline_s:
                    return
            if len(found) < PAGE:
                return

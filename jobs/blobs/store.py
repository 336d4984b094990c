"""What every blob store promises: named bytes per job, dropped together."""

import re
from collections.abc import Mapping
from typing import Protocol

from redis.exceptions import ConnectionError as RedisConnectionError

from jobs.errors import JobError
from jobs.lua.scripts import Beside

#: A job id or blob name that every store can use as it is, in a path or in a key.
SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")


class BlobStore(Protocol):
    """Keep named bytes per job. Writing a name again replaces its bytes.

    Every method raises RedisError while the store is away (`BlobStoreAway` where it is no Redis
    server), and BlobBroken where the store answers but this one blob cannot be read or changed.
    """

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Store `data`; it may vanish `ttl_s` seconds later. No put shortens the life of a job.

        Raises:
            BlobStoreFull: the store has no room.
        """

    def beside(self, job_id: str, blobs: Mapping[str, bytes], ttl_s: float) -> Beside | None:
        """Return how the ledger stores these blobs in the step that makes their job.

        None where there are none, or where it cannot, for they lie elsewhere than its records; then
        they are `put` before.
        """

    def get(self, job_id: str, name: str) -> bytes | None:
        """Return the bytes, or None when there are none."""

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Keep all of a job's blobs for at least `ttl_s` seconds from now."""

    def delete(self, job_id: str, name: str = "") -> None:
        """Drop one blob, or all of the job's; dropping what is not there is fine."""

    def sweep(self, ttl_s: float) -> int:
        """Drop blobs untouched for `ttl_s` seconds; return their number."""

    def close(self) -> None:
        """Close what the store holds open."""


class BlobStoreFull(JobError):
    """The store has no room for another blob."""


class BlobBroken(JobError):
    """One blob cannot be read or changed, though its store answers."""


class BlobStoreAway(RedisConnectionError):
    """The store does not answer or refuses us; waited out like a Redis server that is away."""

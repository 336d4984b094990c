"""What every blob store promises: named bytes per job, dropped together."""

import re
from typing import Protocol

from jobs.errors import JobError

#: A job id or blob name that every store can use as it is, in a path or in a key.
SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")


class BlobStore(Protocol):
    """Keep named bytes per job. Writing a name again replaces its bytes."""

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Store `data`; it may vanish `ttl_s` seconds later. No put shortens the life of a job.

        Raises:
            BlobStoreFull: the store has no room.
            RedisError, OSError: it is away.
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

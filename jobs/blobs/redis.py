"""Blobs in Redis, one hash per job: the default, for BLOB_STORE=redis."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from redis import Redis, RedisError
from redis.cluster import RedisCluster

from jobs.blobs.store import BlobBroken, BlobStoreFull
from jobs.lua.scripts import Beside, milliseconds
from jobs.server.refusals import refusal_of

PUT = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
"""


class RedisBlobs:
    """Keep blobs in Redis, one hash per job, spread over a cluster by job id."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:blobs:"
        # One call of a script costs the client half of a pipeline's work.
        self._put = redis.register_script(PUT)
        self._is_spread = isinstance(redis, RedisCluster)

    def _key(self, job_id: str) -> str:
        return f"{self._prefix}{{{job_id}}}"

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Store `data` in the job's hash, whose life this can only lengthen."""
        with _translated():
            self._put(keys=[self._key(job_id)], args=[name, data, milliseconds(ttl_s)])

    def beside(self, job_id: str, blobs: Mapping[str, bytes], ttl_s: float) -> Beside | None:
        """Return how a script of the ledger stores these.

        None where there are none, and in a cluster: no script can write to two nodes, and blobs are
        spread over all.
        """
        if self._is_spread or not blobs:
            return None
        return Beside(self._key(job_id), blobs, milliseconds(ttl_s))

    def get(self, job_id: str, name: str) -> bytes | None:
        """Return the bytes, or None."""
        with _translated():
            data: Any = self._redis.hget(self._key(job_id), name)
        return None if data is None else bytes(data)

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Lengthen the life of the job's hash."""
        with _translated():
            self._redis.pexpire(self._key(job_id), round(ttl_s * 1000), gt=True)

    def delete(self, job_id: str, name: str = "") -> None:
        """Drop one field or the whole hash."""
        with _translated():
            if name:
                self._redis.hdel(self._key(job_id), name)
            else:
                self._redis.unlink(self._key(job_id))

    def sweep(self, ttl_s: float) -> int:  # noqa: ARG002 - the server expires them by itself
        """Do nothing: Redis expires the hashes."""
        return 0

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Tell a full server and a hash that is none from a server that is away."""
    try:
        yield
    except RedisError as error:
        refusal = refusal_of(error)
        if refusal == "away":
            raise
        raise (BlobStoreFull if refusal == "full" else BlobBroken)(str(error)) from error

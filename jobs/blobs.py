"""Bytes that belong to a job (label map, style picture, photos) behind one small interface.

Each job has its own little folder of named blobs, so dropping a job drops all of them at once.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from redis import Redis

from jobs.connection import connect
from jobs.errors import JobError
from jobs.settings import Settings

#: File in a job's folder whose modification time is the folder's end of life.
MARK = ".ends"
_SAFE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")


class BlobStore(Protocol):
    """Keep named bytes per job. Writing a name again replaces its bytes."""

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Store `data`; it may vanish `ttl_s` seconds after the job's latest put or `keep`.

        Raises: BlobStoreFull when the store has no room, redis or OS errors when it is away.
        """

    def get(self, job_id: str, name: str) -> bytes | None:
        """Give the bytes, or None when there are none."""

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Keep all of a job's blobs for at least `ttl_s` seconds from now."""

    def delete(self, job_id: str, name: str = "") -> None:
        """Drop one blob, or all of the job's; dropping what is not there is fine."""

    def sweep(self, ttl_s: float) -> int:
        """Drop leftovers untouched for `ttl_s` seconds; give their number."""

    def close(self) -> None:
        """Close what the store holds open."""


class BlobStoreFull(JobError):
    """The store has no room for another blob."""


class RedisBlobs:
    """Keep blobs in Redis, one hash per job, spread over a cluster by job id."""

    def __init__(self, redis: "Redis", namespace: str) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:blobs:"
        # One call of a script costs the client half of a pipeline's work.
        self._put = redis.register_script(
            "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) redis.call('PEXPIRE', KEYS[1], ARGV[3])"
        )

    def _key(self, job_id: str) -> str:
        return f"{self._prefix}{{{job_id}}}"

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Store `data` in the job's hash and start its life anew."""
        try:
            self._put(keys=[self._key(job_id)], args=[name, data, round(ttl_s * 1000)])
        except Exception as error:
            if "OOM" in str(error):
                raise BlobStoreFull(str(error)) from error
            raise

    def get(self, job_id: str, name: str) -> bytes | None:
        """Give the bytes, or None."""
        data: Any = self._redis.hget(self._key(job_id), name)
        return None if data is None else bytes(data)

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Lengthen the life of the job's hash."""
        self._redis.pexpire(self._key(job_id), round(ttl_s * 1000), gt=True)

    def delete(self, job_id: str, name: str = "") -> None:
        """Drop one field or the whole hash."""
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


class FolderBlobs:
    """Keep blobs as files, one folder per job; a blob is whole or absent, also after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _home(self, job_id: str) -> Path:
        if not _SAFE.match(job_id):
            raise ValueError(f"job id {job_id!r} cannot name a folder")
        return self._folder / job_id[:2] / job_id

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Set the folder's end of life; write a temporary file, flush it to the disk, rename it."""
        if not _SAFE.match(name):
            raise ValueError(f"blob name {name!r} cannot name a file")
        home = self._home(job_id)
        temporary = ""
        try:
            home.mkdir(parents=True, exist_ok=True)
            self.keep(job_id, ttl_s)
            handle, temporary = tempfile.mkstemp(dir=home, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, home / name)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            raise BlobStoreFull(f"{error.strerror}: {home / name}") from error

    def get(self, job_id: str, name: str) -> bytes | None:
        """Read the file, or give None."""
        if not _SAFE.match(name):
            return None
        try:
            return (self._home(job_id) / name).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Write the end of life into the modification time of a mark, never an earlier one.

        The folder's own time would not do: every file written into it sets that to the present.
        """
        mark, ends = self._home(job_id) / MARK, time.time() + ttl_s
        if mark.parent.is_dir() and self._end_of(mark.parent) < ends:
            fresh = mark.with_name(f"{MARK}-{uuid4().hex}")
            fresh.touch()
            os.utime(fresh, (ends, ends))
            os.replace(fresh, mark)

    def delete(self, job_id: str, name: str = "") -> None:
        """Remove one file or the job's folder."""
        home = self._home(job_id)
        if name:
            (home / name).unlink(missing_ok=True)
        else:
            shutil.rmtree(home, ignore_errors=True)

    def sweep(self, ttl_s: float) -> int:  # noqa: ARG002 - each folder knows its own end
        """Remove the folders whose end of life has passed."""
        late = [home for home in self._homes() if 0 < self._end_of(home) < time.time()]
        for home in late:
            shutil.rmtree(home, ignore_errors=True)
        return len(late)

    def copy_to(self, folder: Path) -> None:
        """Copy every blob that is there all the while; one dropped meanwhile is left out."""
        for home in self._homes():
            for file in home.iterdir():
                target = folder / home.relative_to(self._folder) / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):
                    shutil.copy2(file, target)

    def _end_of(self, home: Path) -> float:
        try:
            return (home / MARK).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def close(self) -> None:
        """Do nothing: files are closed after each use."""

    def _homes(self) -> Iterator[Path]:
        return (home for home in self._folder.glob("*/*") if home.is_dir())


def open_blobs(settings: Settings) -> BlobStore:
    """Open the store that BLOB_STORE names: redis, folder, folder:PATH or s3://BUCKET/PREFIX."""
    kind, _, rest = settings.blob_store.partition(":")
    if kind == "redis":
        return RedisBlobs(connect(settings, decode=False), settings.namespace)
    if kind == "folder":
        return FolderBlobs(Path(rest) if rest else settings.data_dir / "blobs")
    if kind == "s3":
        from jobs.s3 import open_bucket

        return open_bucket(settings)
    raise ValueError(
        f"BLOB_STORE={settings.blob_store!r} is none of redis, folder, folder:PATH, s3://BUCKET"
    )

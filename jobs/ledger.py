"""The ledger: the one place where jobs are accepted, looked up and ended.

Every change is one atomic script (see lua/), so the truth never depends on who crashed when. What
workers do with jobs is in `jobs.claims`, what keeps the ledger clean in `jobs.janitor`, what an
operator may do in `jobs.admin`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis import Redis

from jobs.errors import (
    Expired,
    IdTaken,
    KeyInFlight,
    NotFound,
    QueueFull,
    QuotaExceeded,
    RequestMismatch,
)
from jobs.job import RECORD_VERSION, Job, NewJob
from jobs.lua.scripts import STORED, Beside, Scripts, milliseconds, record
from jobs.server.connection import connect
from jobs.server.ticks import forgiving, tick_sender
from jobs.settings import Settings
from jobs.workers.forecast import Forecasts
from jobs.workers.register import Register

#: How long an Idempotency-Key stays reserved for a request that is still being read, seconds.
KEY_HOLD_S = 15.0
#: How long a webhook message that could not be delivered is kept, seconds.
DEAD_KEPT_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """Tell how a submit ended; `created` is False when the same request was accepted before."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page of a list; `next_cursor` is None on the last page."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


class Ledger:
    """Keep jobs in Redis. `send_tick(worker)` is called after a move that should wake a worker."""

    #: The newest version of records that workers claim.
    record_version = RECORD_VERSION

    def __init__(
        self, redis: "Redis", settings: Settings, send_tick: Callable[[str], None] | None = None
    ) -> None:
        self.redis = redis
        self.settings = settings
        self.root = settings.ledger_root
        self.run = Scripts(redis, self.root)
        self.workers = Register(redis, settings)
        self.forecasts = Forecasts(redis, self.root, self.workers)
        self._send_tick = send_tick or (lambda _worker: None)

    @property
    def retention_ms(self) -> int:
        """Return how long a finished job is kept, in the scripts' unit."""
        return milliseconds(self.settings.retention_s)

    # Submitting -----------------------------------------------------------------------------

    def submit(self, new: NewJob, beside: Beside | None = None) -> Accepted:
        """Accept a job, or give the one that the same id or Idempotency-Key made before.

        What is `beside` it is stored in the same step if, and only if, the job is created.

        Raises:
            RequestMismatch: the id or key was used for another request.
            IdTaken: the id is another user's job's.
            Expired: the id or key was used for a job that is gone.
            QuotaExceeded: the user's or the address's limit is reached.
            QueueFull: everyone's limit is reached.
        """
        limits = self.settings
        word, shown, tick = self.run(
            "submit",
            beside,
            v=new.record_version,
            id=new.id,
            user=new.user,
            model=new.model,
            size=f"{new.size[0]}x{new.size[1]}",
            count=new.count,
            seed=new.seed,
            params=json.dumps(dict(new.params)),
            fingerprint=new.fingerprint,
            address=new.address,
            slot=new.slot,
            batch_key=new.batch_key,
            webhook=new.webhook_url,
            key=new.idempotency_key,
            key_ms=milliseconds(limits.idempotency_s),
            retention_ms=self.retention_ms,
            max_queued=limits.max_queued_per_user,
            max_live=limits.max_live_per_user,
            max_address=limits.max_live_per_address,
            max_user_pixels=limits.max_pixels_per_user,
            max_address_pixels=limits.max_pixels_per_address,
            max_depth=limits.max_depth,
        )
        if word not in ("created", "existing"):
            raise self._refusal(word, new.model)
        self.wake(tick)
        return Accepted(read_job(shown), word == "created")

    def _refusal(self, word: str, model: str) -> Exception:
        limits = self.settings
        quotas = {
            "quota:queued": limits.max_queued_per_user,
            "quota:live": limits.max_live_per_user,
            "quota:address": limits.max_live_per_address,
            "quota:pixels": limits.max_pixels_per_user,
            "quota:address-pixels": limits.max_pixels_per_address,
        }
        if word in quotas:
            wait_s = self.forecasts.of(model).drain_time_s
            return QuotaExceeded(word.split(":")[1], quotas[word], wait_s)
        if word == "full":
            return QueueFull(limits.max_depth, self.forecasts.of(model).drain_time_s)
        return {"mismatch": RequestMismatch, "taken": IdTaken, "expired": Expired}[word]()

    def reserve_key(self, user: str, key: str, fingerprint: str) -> str | None:
        """Reserve an Idempotency-Key before its request is worked on.

        Returns the id of the job that the same request made before, or None for a new key.

        Raises:
            RequestMismatch: the key was used for another request.
            KeyInFlight: its first request is still being read.
        """
        word, job_id = self.run(
            "reserve_key",
            user=user,
            key=key,
            fingerprint=fingerprint,
            hold_ms=milliseconds(KEY_HOLD_S),
        )
        if word == "mismatch":
            raise RequestMismatch
        if word == "in-flight":
            raise KeyInFlight
        return job_id or None

    def release_key(self, user: str, key: str) -> None:
        """Take a reservation back after its request was refused; a key with a job stays."""
        name = f"{self.root}{STORED['idempotency']}:{user}:{key}"
        if not self.redis.hexists(name, "job"):
            self.redis.delete(name)

    # Looking --------------------------------------------------------------------------------

    def get(self, job_id: str, user: str = "") -> Job:
        """Return one job; with `user`, somebody else's job does not exist.

        Raises:
            NotFound: no such job.
            Expired: its record is gone.
        """
        return found(*self.run("get", id=job_id, user=user))

    def list_jobs(self, user: str, limit: int = 20, cursor: str | None = None) -> Page:
        """Return the user's jobs, newest first; `cursor` is the last page's `next_cursor`."""
        shown, after = self.run("list", user=user, limit=limit, cursor=cursor or "")
        return Page(tuple(read_job(one) for one in shown), after or None)

    # Ending ---------------------------------------------------------------------------------

    def cancel(self, job_id: str, user: str = "", reason: str = "Cancelled by its owner.") -> Job:
        """Cancel a job in whatever state it is; a finished one is given back unchanged.

        Raises:
            NotFound: no such job.
            Expired: its record is gone.
        """
        return found(
            *self.run("cancel", id=job_id, user=user, reason=reason, retention_ms=self.retention_ms)
        )

    def erase(self, job_id: str, user: str = "") -> tuple[str, ...]:
        """Drop everything about a job, cancelled first if it is live; return its id.

        `jobs.blobs.orphans` drops the blobs of the id.

        Raises:
            NotFound: no such job.
            Expired: its record is gone.
        """
        return self._drop(ids=[self.get(job_id, user).id], erase=True)

    def forget(self, user: str) -> tuple[str, ...]:
        """Drop everything about a user's jobs, also of those gone before; return the ids dropped.

        Live jobs are cancelled. `jobs.blobs.orphans` drops the blobs of the ids.
        """
        dropped: list[str] = []
        jobs, noted = f"{self.root}jobs:{user}", f"{self.root}dropped:{user}"
        while self.redis.exists(jobs, noted):
            ids: Any = self.redis.zrange(jobs, 0, 99)
            dropped += self._drop(ids=list(ids), forget=user, limit=100)
        for model in self.redis.smembers(f"{self.root}models"):
            self.redis.zrem(f"{self.root}served:{model!s}", user)
        self.redis.delete(f"{self.root}events:{user}", f"{self.root}slots:{user}")
        return tuple(dropped)

    def drop_due(self, limit: int) -> tuple[str, ...]:
        """Drop the finished jobs that were kept long enough, `limit` at most; return their ids."""
        return self._drop(limit=limit)

    def _drop(self, **which: Any) -> tuple[str, ...]:
        tombstone_s, key_s = self.settings.tombstone_s, self.settings.idempotency_s
        return tuple(
            self.run(
                "drop",
                tombstone_ms=milliseconds(tombstone_s),
                noted_ms=milliseconds(max(tombstone_s, key_s, DEAD_KEPT_S)),
                retention_ms=self.retention_ms,
                **which,
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self.redis.close()

    def wake(self, worker: str) -> None:
        """Send a tick to a worker, or to nobody for ''."""
        if worker:
            self._send_tick(worker)


def found(word: str, shown: Any) -> Job:
    """Read the job that a script found.

    Raises:
        NotFound: it found none.
        Expired: its record is gone.
    """
    if word == "unknown":
        raise NotFound
    if word == "expired":
        raise Expired
    return read_job(shown)


def read_job(shown: Any) -> Job:
    """Read a job as the scripts show it: id, flat fields, position or 0."""
    job_id, flat, position = shown
    return Job.from_record(job_id, record(flat), position or None)


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger on the settings' server, with Celery carrying its ticks."""
    return Ledger(connect(settings), settings, forgiving(tick_sender(settings)))

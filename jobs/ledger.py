"""The ledger: the one place where jobs are accepted, claimed, settled and looked up.

Every change is one atomic script (see scripts/), so the truth never depends on who crashed when.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import structlog
from redis import Redis

from jobs.errors import (
    Expired,
    IdTaken,
    IllegalMove,
    KeyInFlight,
    NotFound,
    QueueFull,
    QuotaExceeded,
    RequestMismatch,
)
from jobs.job import RECORD_VERSION, Job, NewJob, Picture
from jobs.lua.scripts import Scripts
from jobs.settings import Settings
from jobs.telemetry.spans import TRACE_PARENT, span
from jobs.workers import Workers

log = structlog.get_logger(__name__)

#: How long an Idempotency-Key stays reserved for a request that is still being read, seconds.
ONCE_HOLD_S = 15.0


@dataclass(frozen=True, slots=True)
class Submission:
    """Tell how a submit ended; `created` is False when the same request was accepted before."""

    job: Job
    created: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page of a list; `next_cursor` is None on the last page."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Hold the jobs of one claim, in fair order; `was_rung` tells that a tick had been sent."""

    jobs: tuple[Job, ...]
    was_rung: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """Tell what one run of the janitor did, as job ids."""

    returned: tuple[str, ...]
    poisoned: tuple[str, ...]
    expired: tuple[str, ...]
    buried: tuple[str, ...]


class Ledger:
    """Keep jobs in Redis. `ring(worker)` is called after a move that should wake that worker."""

    def __init__(
        self, redis: "Redis", settings: Settings, ring: Callable[[str], None] | None = None
    ) -> None:
        self.redis = redis
        self.settings = settings
        self.root = f"{{{settings.namespace}}}:"
        self.run = Scripts(redis, self.root)
        self.workers = Workers(redis, settings)
        self._ring = ring or (lambda _worker: None)

    # Submitting -----------------------------------------------------------------------------

    def submit(self, new: NewJob) -> Submission:
        """Accept a job, or give the one that the same id or Idempotency-Key made before.

        Raises: RequestMismatch, IdTaken, Expired, QuotaExceeded, QueueFull.
        """
        with span("submit", job=new.id, model=new.model, user=new.user) as trace:
            return self._submit(new, {TRACE_PARENT: trace} if trace else {})

    def _submit(self, new: NewJob, trace: dict[str, str]) -> Submission:
        limits = self.settings
        word, shown, tick = self.run(
            "submit",
            v=RECORD_VERSION,
            id=new.id,
            user=new.user,
            model=new.model,
            size=f"{new.size[0]}x{new.size[1]}",
            count=new.count,
            seed=new.seed,
            params=json.dumps({**new.params, **trace}),
            fingerprint=new.fingerprint,
            address=new.address,
            slot=new.slot,
            batch=new.batch,
            webhook=new.webhook_url,
            key=new.idempotency_key,
            once_ms=milliseconds(limits.idempotency_s),
            retention_ms=milliseconds(limits.retention_s),
            max_queued=limits.max_queued_per_user,
            max_live=limits.max_live_per_user,
            max_address=limits.max_live_per_address,
            max_depth=limits.max_depth,
        )
        if word not in ("created", "existing"):
            raise self._refusal(word, new.model)
        self._tick(tick)
        return Submission(read_shown(shown), word == "created")

    def _refusal(self, word: str, model: str) -> Exception:
        limits = self.settings
        quotas = {
            "quota:queued": limits.max_queued_per_user,
            "quota:live": limits.max_live_per_user,
            "quota:address": limits.max_live_per_address,
        }
        if word in quotas:
            return QuotaExceeded(word.split(":")[1], quotas[word], self.drain_time_s(model))
        if word == "full":
            return QueueFull(limits.max_depth, self.drain_time_s(model))
        return {"mismatch": RequestMismatch, "taken": IdTaken, "expired": Expired}[word]()

    def reserve_key(self, user: str, key: str, fingerprint: str) -> str | None:
        """Reserve an Idempotency-Key before its request is worked on.

        Returns the id of the job that the same request made before, or None for a new key.
        Raises: RequestMismatch, KeyInFlight.
        """
        word, job_id = self.run(
            "once", user=user, key=key, fingerprint=fingerprint, hold_ms=milliseconds(ONCE_HOLD_S)
        )
        if word == "mismatch":
            raise RequestMismatch
        if word == "in-flight":
            raise KeyInFlight
        return job_id or None

    def release_key(self, user: str, key: str) -> None:
        """Take a reservation back after its request was refused; a key with a job stays."""
        name = f"{self.root}once:{user}:{key}"
        if not self.redis.hexists(name, "job"):
            self.redis.delete(name)

    # Looking --------------------------------------------------------------------------------

    def get(self, job_id: str, user: str = "") -> Job:
        """Give one job; with `user`, somebody else's job does not exist.

        Raises: NotFound, Expired.
        """
        word, shown = self.run("look", id=job_id, user=user)
        return _found(word, shown)

    def list_jobs(self, user: str, limit: int = 20, cursor: str | None = None) -> Page:
        """Give the user's jobs, newest first; `cursor` is the last page's `next_cursor`."""
        shown, after = self.run("list", user=user, limit=limit, cursor=cursor or "")
        return Page(tuple(read_shown(one) for one in shown), after or None)

    def drain_time_s(self, model: str) -> float:
        """Estimate the seconds until one more queued job of `model` has been painted."""
        return self.workers.forecast(model).drain_time_s

    # Working --------------------------------------------------------------------------------

    def claim(
        self,
        worker: str,
        models: Sequence[str],
        *,
        max_items: int,
        max_pixels: int | Mapping[str, int],
        pace: float = 1.0,
        full: bool = False,
        park: bool = True,
    ) -> Claim:
        """Claim the next batch for `worker`: jobs of one size and batch key, in fair order.

        `max_pixels` is the most that a batch paints, of any model or by model's name.
        `pace` is the worker's seconds per picture; of several idle workers the fastest is woken.
        `full` claims only a batch that cannot grow; `park` notes an empty-handed worker as idle.
        """
        if isinstance(max_pixels, int):
            max_pixels = dict.fromkeys(models, max_pixels)
        shown, tick, rung = self.run(
            "claim",
            worker=worker,
            models=list(models),
            max_items=max_items,
            max_pixels=dict(max_pixels),
            pace=pace,
            full=full,
            park=park,
            nonce=uuid4().hex,
            reads=RECORD_VERSION,
            lease_ms=milliseconds(self.settings.lease_s),
        )
        self._tick(tick)
        return Claim(tuple(read_shown(one) for one in shown), bool(rung))

    def renew(self, held: Iterable[Job]) -> frozenset[str]:
        """Renew the leases of claimed jobs; give the ids that were lost, cancelled or settled."""
        pairs = [[job.id, job.fence] for job in held]
        if not pairs:
            return frozenset()
        return frozenset(
            self.run("renew", held=pairs, lease_ms=milliseconds(self.settings.lease_s))
        )

    def complete(self, job: Job, pictures: Sequence[Picture]) -> bool:
        """Settle a claim as succeeded; False means it was refused because the claim is over."""
        images = json.dumps([picture.to_json() for picture in pictures])
        return self._settle(job, "succeeded", images=images)

    def fail(self, job: Job, code: str, message: str) -> bool:
        """Settle a claim as failed for a stated reason; False as in `complete`."""
        return self._settle(job, "failed", error=json.dumps({"code": code, "message": message}))

    def give_back(self, job: Job) -> bool:
        """Return a claimed job to its old place without counting the attempt."""
        return self._settle(job, "queued")

    def _settle(self, job: Job, to: str, **more: Any) -> bool:
        done, _status, tick = self.run(
            "settle",
            id=job.id,
            fence=job.fence,
            to=to,
            retention_ms=milliseconds(self.settings.retention_s),
            **more,
        )
        self._tick(tick)
        return bool(done)

    # Ending ---------------------------------------------------------------------------------

    def cancel(self, job_id: str, user: str = "", reason: str = "Cancelled by its owner.") -> Job:
        """Cancel a job in whatever state it is; a finished one is given back unchanged.

        Raises: NotFound, Expired.
        """
        word, shown = self.run(
            "cancel",
            id=job_id,
            user=user,
            reason=reason,
            retention_ms=milliseconds(self.settings.retention_s),
        )
        return _found("found" if word in ("cancelled", "finished") else word, shown)

    def revive(self, job_id: str) -> None:
        """Queue a failed job again, as an operator. Raises: IllegalMove."""
        done, tick = self.run(
            "revive", id=job_id, retention_ms=milliseconds(self.settings.retention_s)
        )
        if not done:
            raise IllegalMove("not failed", "queued")
        self._tick(tick)

    def sweep(self, limit: int = 500) -> Sweep:
        """Run the janitor once; `jobs.blobs.leftovers` drops the blobs of `buried` jobs."""
        settings = self.settings
        back, poison, late, ticks = self.run(
            "sweep",
            limit=limit,
            every_ms=milliseconds(settings.janitor_s),
            lease_ms=milliseconds(settings.lease_s),
            max_attempts=settings.max_attempts,
            queue_ttl_ms=milliseconds(settings.queue_ttl_s),
            retention_ms=milliseconds(settings.retention_s),
        )
        for worker in ticks:
            self._tick(worker)
        buried = self._bury(limit=limit)
        return Sweep(tuple(back), tuple(poison), tuple(late), buried)

    def forget(self, user: str) -> tuple[str, ...]:
        """Drop everything about a user's jobs, tombstones included; give the ids dropped.

        Live jobs are cancelled. `jobs.blobs.leftovers` drops the blobs of the ids.
        """
        dropped: list[str] = []
        while ids := self.redis.zrange(f"{self.root}jobs:{user}", 0, 99):
            dropped += self._bury(ids=list(ids), forget=True)
        for model in self.redis.smembers(f"{self.root}models"):
            self.redis.zrem(f"{self.root}served:{model!s}", user)
        self.redis.delete(f"{self.root}events:{user}", f"{self.root}slots:{user}")
        return tuple(dropped)

    def _bury(self, **which: Any) -> tuple[str, ...]:
        settings = self.settings
        return tuple(
            self.run(
                "bury",
                tomb_ms=milliseconds(settings.tombstone_s),
                retention_ms=milliseconds(settings.retention_s),
                **which,
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self.redis.close()

    def _tick(self, worker: str) -> None:
        """Ring a worker; a tick that cannot be sent is only a delay, for workers also poll."""
        if not worker:
            return
        try:
            self._ring(worker)
        except Exception as error:
            log.warning("tick not sent; the worker will poll", worker=worker, reason=str(error))


def milliseconds(seconds: float) -> int:
    """Give whole milliseconds, the unit of the scripts."""
    return round(seconds * 1000)


def _found(word: str, shown: Any) -> Job:
    if word == "unknown":
        raise NotFound
    if word == "expired":
        raise Expired
    return read_shown(shown)


def read_shown(shown: Any) -> Job:
    """Read a job as the scripts show it: id, flat fields, position or 0."""
    job_id, flat, position = shown
    record = dict(zip(flat[::2], flat[1::2], strict=True))
    return Job.from_record(job_id, record, position or None)

"""Where a worker's batches come from: claimed, decoded, and one ahead of the one that paints."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Job, Ledger
from jobs.claims import Claims
from jobs.telemetry.spans import stage_span
from jobs.workers.speed import SpeedMeter
from worker.batch import BatchLimit, about
from worker.inputs import Batch, Failure, Item, read_items
from worker.leases import LeaseKeeper

log = structlog.get_logger(__name__)

#: Seconds between two tries when the server is away.
RETRY_S = 0.5


class Claimer:
    """Claim batches for one worker. `limits` and `meters` say what it can do, model by model.

    `woken` is set by ticks, `draining` when nothing more may be claimed; `staged_items` counts the
    pictures claimed ahead, `missed_ticks` the ticks in a row that were sent and did not arrive.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        blobs: BlobStore,
        leases: LeaseKeeper,
        limits: Mapping[str, BatchLimit],
        meters: Mapping[str, SpeedMeter],
    ) -> None:
        self._name = name
        self._settings = ledger.settings
        self._claims, self._blobs, self._leases = Claims(ledger), blobs, leases
        self._limits, self._meters = limits, meters
        self.woken, self.draining = Event(), Event()
        self.missed_ticks = self.staged_items = 0
        self._staging = ThreadPoolExecutor(1, thread_name_prefix="stage")
        self._staged: Future[Batch | None] | None = None

    def wake(self) -> None:
        """Note that a tick arrived."""
        self.missed_ticks = 0
        self.woken.set()

    def drain(self) -> None:
        """Claim nothing more."""
        self.draining.set()
        self.woken.set()

    def next(self, *, idle: bool) -> Batch | None:
        """Return the staged batch, or claim one; with `idle`, a worker without is noted as idle.

        Raises:
            RedisError: the server is away.
        """
        batch = self._unstage()
        if batch is not None and (standing := self._without_lost(batch)).jobs:
            return standing
        return self._claim(full=False, idle=idle)

    def stage(self) -> None:
        """Begin to claim and decode the next batch, if a full one waits."""
        self._staged = self._staging.submit(self._stage)

    def give_back_staged(self) -> None:
        """Return what is staged to the queue."""
        batch = self._unstage()
        if batch is not None:
            self.give_back(batch.jobs)

    def close(self) -> None:
        """End the thread that stages."""
        self._staging.shutdown(wait=True)

    def give_back(self, jobs: Sequence[Job]) -> None:
        """Return claims to the queue without counting the attempt."""
        for job in jobs:
            self._leases.drop(job)
            try:
                self._claims.give_back(job)
            except RedisError as error:
                log.warning("not given back; the lease runs out", **about(job), reason=str(error))

    def _unstage(self) -> Batch | None:
        staged, self._staged = self._staged, None
        batch = staged.result() if staged is not None else None
        self.staged_items = 0
        return batch

    def _stage(self) -> Batch | None:
        if self.draining.is_set():
            return None
        try:
            batch = self._claim(full=True, idle=False)
        except RedisError:
            return None
        self.staged_items = len(batch.items) if batch is not None else 0
        return batch

    def _without_lost(self, batch: Batch) -> Batch:
        """Leave out what was cancelled or lost while the batch was staged."""
        mine = {job.id for job in self._leases.still_mine(batch.jobs)}
        return replace(
            batch,
            jobs=tuple(job for job in batch.jobs if job.id in mine),
            items=tuple(item for item in batch.items if item.job.id in mine),
            unreadable=tuple(pair for pair in batch.unreadable if pair[0].id in mine),
        )

    def _claim(self, *, full: bool, idle: bool) -> Batch | None:
        was_woken = self.woken.is_set()
        claim = self._claims.claim(
            self._name,
            tuple(self._limits),
            max_items=self._settings.batch_items,
            max_pixels={model: limit.pixels for model, limit in self._limits.items()},
            item_s=min(meter.measured()[1] for meter in self._meters.values()),
            full=full,
            idle=idle,
        )
        if claim.was_ticked and not was_woken:
            self.missed_ticks += 1
        if not claim.jobs:
            return None
        self._leases.hold(claim.jobs)
        return self._decode(claim.jobs)

    def _decode(self, jobs: Sequence[Job]) -> Batch:
        started = time.monotonic()
        items: list[Item] = []
        unreadable: list[tuple[Job, Failure]] = []
        try:
            for job in jobs:
                found = self._read(job)
                if isinstance(found, Failure):
                    unreadable.append((job, found))
                else:
                    items += found
        except Exception:
            self.give_back(jobs)
            raise
        seconds = time.monotonic() - started
        stage_span(jobs, "decode", seconds)
        return Batch(tuple(jobs), tuple(items), tuple(unreadable), seconds)

    def _read(self, job: Job) -> Sequence[Item] | Failure:
        """Read a claimed job's inputs, through an outage too: the claim outlives it."""
        while True:
            try:
                return read_items(job, self._blobs)
            except RedisError as error:
                if self.draining.wait(RETRY_S):
                    raise
                log.warning("the server is away; waiting for the inputs", reason=str(error))

"""Where a worker's batches come from: claimed, decoded, and one ahead of the one that paints."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
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
from worker.patience import Patience, Stopped

log = structlog.get_logger(__name__)


class Claimer:
    """Claim batches for one worker. `limits` and `meters` say what it can do, model by model.

    `woken` is set by ticks, `draining` when nothing more may be claimed; `staged` is the batch
    claimed ahead, `missed_ticks` counts the ticks in a row that were sent and did not arrive;
    `patience` is with the stores that inputs are read from.
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
        self.patience = Patience(self.draining.wait)
        self.missed_ticks = 0
        self.staged: Batch | None = None
        self._left_out: dict[str, float] = {}
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

    def leave_out(self, model: str, seconds: float) -> None:
        """Claim no jobs of a model for so long."""
        self._left_out[model] = time.monotonic() + seconds

    def served(self) -> tuple[str, ...]:
        """Return the models whose jobs are claimed now."""
        now_s = time.monotonic()
        return tuple(model for model in self._limits if self._left_out.get(model, 0.0) <= now_s)

    def next(self, *, idle: bool) -> Batch | None:
        """Return the staged batch, or claim one; with `idle`, a worker without is noted as idle.

        Raises:
            RedisError: the server is away.
            Stopped: the worker drains, and a store is away.
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
        self.staged = None
        return batch

    def _stage(self) -> Batch | None:
        if self.draining.is_set():
            return None
        try:
            batch = self._claim(full=True, idle=False)
        except (RedisError, Stopped):
            return None
        self.staged = batch
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
            self.served(),
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

    def _decode(self, jobs: Sequence[Job]) -> Batch | None:
        started = time.monotonic()
        items: list[Item] = []
        unreadable: list[tuple[Job, Failure]] = []
        read: list[Job] = []
        try:
            for job in jobs:
                found = self._read(job)
                if found is None:
                    continue
                read.append(job)
                if isinstance(found, Failure):
                    unreadable.append((job, found))
                else:
                    items += found
        except Stopped:
            self.give_back([job for job in self._leases.held() if job in jobs])
            raise
        if not read:
            return None
        seconds = time.monotonic() - started
        stage_span(read, "decode", seconds)
        return Batch(tuple(read), tuple(items), tuple(unreadable), seconds)

    def _read(self, job: Job) -> Sequence[Item] | Failure | None:
        """Read a job's inputs, through an outage too; None when it was put back for another try.

        What is wrong with one job's input, whatever it is, must not end the worker: each worker
        after it would end the same way.
        """
        try:
            return self.patience.insist(
                partial(read_items, job, self._blobs, self._settings.blob_ttl_s)
            )
        except Stopped:
            raise
        except Exception as error:
            log.error("inputs cannot be read", **about(job), exc_info=error)
            code, message = "input-unreadable", "The stored input cannot be read; send it again."
            self.patience.insist(partial(self._claims.retry, job, code, message))
            self._leases.drop(job)
            return None

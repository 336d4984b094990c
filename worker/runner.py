"""Claim, paint, publish: the loop that turns queued jobs into pictures.

Three things overlap: while a batch paints, the next full batch is claimed and decoded, and the
last one is encoded and stored. The device never waits for PNG.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import BoundedSemaphore, Event

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Job, Ledger
from jobs.eta import Pace, PaceMeter
from jobs.telemetry.metrics import WorkMeter
from jobs.telemetry.spans import trace_stage
from worker.batch import BatchPainter, about
from worker.inputs import AnyItem, Failure, Item, read_items
from worker.leases import LeaseKeeper
from worker.painters import Painter
from worker.publish import Painted, Publisher

log = structlog.get_logger(__name__)

#: Painted batches that may wait to be encoded and stored.
UNPUBLISHED = 2
#: Looks of a worker that has just run out of work, and seconds before each, before it parks:
#: under a steady stream that is cheaper than a tick per job, and no slower for the job.
LINGER, LINGER_S = 3, 0.004
#: Batches painted faster than this are not worth claiming ahead of, seconds.
WORTH_STAGING_S = 0.02
#: Seconds between two tries when the server is away.
RETRY_S = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """Hold one claimed and decoded batch; `unreadable` are the jobs whose input is of no use."""

    jobs: tuple[Job, ...]
    items: tuple[AnyItem, ...]
    unreadable: tuple[tuple[Job, Failure], ...]
    decode_s: float


class Runner:
    """Run batches until told to drain. `beats` grows with every turn of the loop."""

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        blobs: BlobStore,
        painters: dict[str, Painter],
        publisher: Publisher,
        leases: LeaseKeeper,
    ) -> None:
        settings = ledger.settings
        self.name = name
        self.models = tuple(painters)
        self.beats = 0
        self.painting_since: float | None = None
        self.painting_items = self.staged_items = 0
        self.painted_jobs = 0
        self.missed_ticks = 0
        self._ledger, self._blobs, self._leases = ledger, blobs, leases
        self._settings = settings
        self._publisher = publisher
        self.meter = WorkMeter(ledger.redis, ledger.root)
        self._painters = {
            model: BatchPainter(painter, settings.batch_items, settings.batch_pixels)
            for model, painter in painters.items()
        }
        self._meters = {model: PaceMeter() for model in painters}
        self._bell, self._draining, self._done = Event(), Event(), Event()
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._encoders = ThreadPoolExecutor(UNPUBLISHED, thread_name_prefix="publish")
        self._room = BoundedSemaphore(UNPUBLISHED)
        self._staged: Future[Work | None] | None = None
        self._looks = 0

    # Told from outside ----------------------------------------------------------------------

    def ring(self) -> None:
        """Note that a tick arrived: look at once."""
        self.missed_ticks = 0
        self._bell.set()

    def drain(self) -> None:
        """Claim nothing more; `run` returns when the batch in hand is painted."""
        self._draining.set()
        self._bell.set()

    @property
    def draining(self) -> bool:
        """Tell whether the runner has stopped claiming."""
        return self._draining.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until `run` has ended and everything painted is published."""
        return self._done.wait(timeout_s)

    def held(self) -> tuple[Job, ...]:
        """Give the claims that are staged, painting or being published."""
        return self._leases.held()

    def note_pace(self, model: str, items: int, seconds: float) -> None:
        """Teach the pace from outside the loop, as from the warm-up."""
        self._meters[model].add(items, seconds)

    def paces(self) -> dict[str, Pace]:
        """Give the measured pace per model, with the time left of all that is in hand."""
        since, items, staged = self.painting_since, self.painting_items, self.staged_items
        out = {}
        for model, meter in self._meters.items():
            base_s, item_s = meter.pace()
            limit = min(self._painters[model].limit, self._settings.batch_items)
            left_s = base_s + items * item_s - (time.monotonic() - since) if since else 0.0
            staged_s = base_s + staged * item_s if staged else 0.0
            out[model] = Pace(base_s, item_s, limit, max(0.0, left_s) + staged_s)
        return out

    # The loop -------------------------------------------------------------------------------

    def run(self) -> None:
        """Claim and paint until drained."""
        try:
            while not self._draining.is_set():
                self.beats += 1
                self._turn()
                if 0 < self._settings.recycle_jobs <= self.painted_jobs:
                    self.drain()
            self._give_back_staged()
        finally:
            self._ahead.shutdown(wait=True)
            self._encoders.shutdown(wait=True)
            with suppress(RedisError):
                self.meter.flush()
            self._done.set()

    def _turn(self) -> None:
        try:
            work = self._take()
        except RedisError as error:
            log.warning("the server is away; trying again", reason=str(error))
            self._draining.wait(RETRY_S)
            return
        if work is not None:
            self._looks = LINGER
            self._paint(work)
        elif self._looks:
            self._looks -= 1
            self._draining.wait(LINGER_S)
        else:
            self._bell.wait(self._settings.poll_s)
            self._bell.clear()

    def _take(self) -> Work | None:
        staged, self._staged = self._staged, None
        work = staged.result() if staged is not None else None
        self.staged_items = 0
        if work is not None and (standing := self._without_lost(work)).jobs:
            return standing
        return self._claim(full=False, park=self._looks == 0)

    def _without_lost(self, work: Work) -> Work:
        """Leave out what was cancelled or lost while the batch was staged."""
        mine = {job.id for job in self._leases.still_mine(work.jobs)}
        return replace(
            work,
            jobs=tuple(job for job in work.jobs if job.id in mine),
            items=tuple(item for item in work.items if item.job.id in mine),
            unreadable=tuple(pair for pair in work.unreadable if pair[0].id in mine),
        )

    def _claim(self, *, full: bool, park: bool) -> Work | None:
        rung_before = self._bell.is_set()
        claim = self._ledger.claim(
            self.name,
            self.models,
            max_items=self._settings.batch_items,
            max_pixels={model: painter.pixels for model, painter in self._painters.items()},
            pace=min(meter.pace()[1] for meter in self._meters.values()),
            full=full,
            park=park,
        )
        if claim.was_rung and not rung_before:
            self.missed_ticks += 1
        if not claim.jobs:
            return None
        self._leases.hold(claim.jobs)
        return self._decode(claim.jobs)

    def _decode(self, jobs: Sequence[Job]) -> Work:
        started = time.monotonic()
        items: list[AnyItem] = []
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
        trace_stage(jobs, "decode", seconds)
        return Work(tuple(jobs), tuple(items), tuple(unreadable), seconds)

    def _read(self, job: Job) -> Sequence[AnyItem] | Failure:
        """Read a claimed job's inputs, through an outage too: the claim outlives it."""
        while True:
            try:
                return read_items(job, self._blobs)
            except RedisError as error:
                if self._draining.wait(RETRY_S):
                    raise
                log.warning("the server is away; waiting for the inputs", reason=str(error))

    def _stage(self) -> Work | None:
        if self._draining.is_set():
            return None
        try:
            work = self._claim(full=True, park=False)
        except RedisError:
            return None
        self.staged_items = len(work.items) if work is not None else 0
        return work

    def _paint(self, work: Work) -> None:
        self._room.acquire()
        self.painting_items, self.painting_since = len(work.items), time.monotonic()
        if self._worth_staging(work):
            self._staged = self._ahead.submit(self._stage)
        results = self._painters[work.jobs[0].model].paint(work.items)
        paint_s, self.painting_since = time.monotonic() - self.painting_since, None
        if any(isinstance(item, Item) for item in work.items):
            self.note_pace(work.jobs[0].model, len(work.items), paint_s)
        trace_stage(work.jobs, "paint", paint_s)
        self.painted_jobs += len(work.jobs)
        painted = Painted(work.items, results, work.unreadable)
        self._encoders.submit(self._publish, work, painted, paint_s)

    def _worth_staging(self, work: Work) -> bool:
        base_s, item_s = self._meters[work.jobs[0].model].pace()
        return base_s + item_s * len(work.items) > WORTH_STAGING_S

    def _publish(self, work: Work, painted: Painted, paint_s: float) -> None:
        started = time.monotonic()
        try:
            self._publisher.publish(painted)
            self._measure(work, len(painted.items), paint_s, time.monotonic() - started)
        except RedisError as error:
            log.warning("the server is away; unpublished jobs go back later", reason=str(error))
        except Exception:
            log.exception("publishing failed; the leases run out and the jobs go back")
        finally:
            for job in work.jobs:
                self._leases.drop(job)
            self._room.release()

    def _measure(self, work: Work, pictures: int, paint_s: float, publish_s: float) -> None:
        trace_stage(work.jobs, "publish", publish_s)
        waits = [(job.started_s or 0.0) - job.created_s for job in work.jobs]
        figures: dict[str, Sequence[float]] = {
            "queue_wait_seconds": waits,
            "decode_seconds": [work.decode_s],
            "paint_seconds": [paint_s],
            "publish_seconds": [publish_s],
            "batch_pictures": [pictures],
        }
        self.meter.add(work.jobs[0].model, figures)

    def _give_back_staged(self) -> None:
        staged, self._staged = self._staged, None
        work = staged.result() if staged is not None else None
        if work is not None:
            self.give_back(work.jobs)

    def give_back(self, jobs: Sequence[Job]) -> None:
        """Return claims to the queue without counting the attempt."""
        for job in jobs:
            self._leases.drop(job)
            try:
                self._ledger.give_back(job)
            except RedisError as error:
                log.warning("not given back; the lease runs out", **about(job), reason=str(error))

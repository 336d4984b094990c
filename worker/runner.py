"""Claim, paint, publish: the loop that turns queued jobs into pictures.

Three things overlap: while a batch paints, the next full batch is claimed and decoded, and the
last one is encoded and stored. The device never waits for PNG.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import BoundedSemaphore, Event

import structlog
from redis.exceptions import RedisError

from jobs import BlobStore, Job, Ledger
from jobs.telemetry.metrics import WorkMeter
from jobs.telemetry.spans import stage_span
from jobs.workers.speed import Speed
from spade.errors import DeviceLostError
from worker.batch import BatchPainter
from worker.claimer import Claimer
from worker.inputs import Batch, DoodleItem, Result
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.painters import Painter
from worker.patience import RETRY_S, Stopped
from worker.publish import Publisher
from worker.speeds import Speeds, figures_of

log = structlog.get_logger(__name__)

#: Painted batches that may wait to be encoded and stored.
UNPUBLISHED = 2
#: Looks of a worker that has just run out of work, and seconds before each, before it counts as
#: idle: under a steady stream that is cheaper than a tick per job, and no slower for the job.
LINGER, LINGER_S = 3, 0.004
#: Batches painted faster than this are not worth claiming ahead of, seconds.
WORTH_STAGING_S = 0.02
#: A model that could not be loaded is tried again after so long, seconds.
RELOAD_S = 30.0


class Runner:
    """Run batches until told to drain.

    `painting` is the batch in work, `painting_since` when it began: to load its model, if need be.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        blobs: BlobStore,
        models: ModelCache,
        publisher: Publisher,
        leases: LeaseKeeper,
    ) -> None:
        settings = ledger.settings
        self.name = name
        self.models = models
        self._turns = 0
        self.painting: Batch | None = None
        self.painting_since: float | None = None
        self.painted_jobs = 0
        self.meter = WorkMeter(ledger.redis, ledger.root)
        self._settings = settings
        self._leases = leases
        self._publisher = publisher
        self._speeds = Speeds(models, settings)
        limits, meters = self._speeds.limits, self._speeds.meters
        self._claimer = Claimer(name, ledger, blobs, leases, limits, meters)
        self._done = Event()
        self._encoders = ThreadPoolExecutor(UNPUBLISHED, thread_name_prefix="publish")
        self._room = BoundedSemaphore(UNPUBLISHED)
        self._looks = 0
        self._load_s = 0.0

    # Told and asked from outside ------------------------------------------------------------

    def wake(self) -> None:
        """Note that a tick arrived: look at once."""
        self._claimer.wake()

    def drain(self) -> None:
        """Claim nothing more; `run` returns when the batch in hand is painted."""
        self._claimer.drain()

    @property
    def draining(self) -> bool:
        """Tell whether the runner has stopped claiming."""
        return self._claimer.draining.is_set()

    @property
    def loops(self) -> int:
        """Count the turns of the loop and, unless it paints, the tries of who waits for a store."""
        if self.painting_since is not None:
            return self._turns
        return self._turns + self._publisher.patience.tries + self._claimer.patience.tries

    @property
    def missed_ticks(self) -> int:
        """Count the ticks in a row that were sent to this worker and did not arrive."""
        return self._claimer.missed_ticks

    def wait(self, timeout_s: float) -> bool:
        """Wait until `run` has ended and everything painted is published."""
        return self._done.wait(timeout_s)

    def held(self) -> tuple[Job, ...]:
        """Return the claims that are staged, painting or being published."""
        return self._leases.held()

    def give_back(self, jobs: Sequence[Job]) -> None:
        """Return claims to the queue without counting the attempt."""
        self._claimer.give_back(jobs)

    def note_speed(self, model: str, seconds: float, pixels: int | None) -> None:
        """Teach what one picture takes, from outside the loop: the warm-up."""
        self._speeds.meters[model].add(1, seconds, pixels)

    def served(self) -> tuple[str, ...]:
        """Return the models whose jobs are taken now: all but those that could not be loaded."""
        return self._claimer.served()

    def speeds(self) -> dict[str, Speed]:
        """Return the measured speed per model, with the time left of all that is in hand."""
        return self._speeds.all(self.painting, self._left_s())

    def _left_s(self) -> float:
        """Return the seconds that what is in hand still takes, each batch by its own model."""
        since, painting, staged = self.painting_since, self.painting, self._claimer.staged
        left_s = self._speeds.batch_s(staged) if staged else 0.0
        if since and painting:
            batch_s = self._speeds.batch_s(painting) + self._load_s
            left_s += max(0.0, batch_s - (time.monotonic() - since))
        return left_s

    # The loop -------------------------------------------------------------------------------

    def run(self) -> None:
        """Claim and paint until drained."""
        try:
            while not self.draining:
                self._turns += 1
                self._turn()
                if 0 < self._settings.recycle_jobs <= self.painted_jobs:
                    self.drain()
            self._claimer.give_back_staged()
        finally:
            self._claimer.close()
            self._encoders.shutdown(wait=True)
            with suppress(RedisError):
                self.meter.flush()
            self._done.set()

    def _turn(self) -> None:
        self._room.acquire()  # before the claim: what could not be published is left to others
        batch = None
        try:
            if not self.draining:
                batch = self._claimer.next(idle=self._looks == 0)
        except (RedisError, Stopped) as error:
            log.warning("the server is away; trying again", reason=str(error))
            self._claimer.draining.wait(RETRY_S)
            return
        finally:
            if batch is None:
                self._room.release()
        if batch is not None:
            self._looks = LINGER
            self._paint(batch)
        elif self._looks:
            self._looks -= 1
            self._claimer.draining.wait(LINGER_S)
        else:
            self._claimer.woken.wait(self._settings.poll_s)
            self._claimer.woken.clear()

    def _paint(self, batch: Batch) -> None:
        model, self._load_s = batch.model, self.models.load_s(batch.model)
        self.painting, self.painting_since = batch, time.monotonic()
        if self._is_worth_staging(batch):
            self._claimer.stage()
        loaded = self._loaded(batch)
        if loaded is None:
            return
        painter = BatchPainter(loaded, self._speeds.limits[model])
        started = time.monotonic()
        results = painter.paint(batch.items)
        paint_s, self.painting_since, self.painting = time.monotonic() - started, None, None
        if any(isinstance(item, DoodleItem) for item in batch.items):
            self._speeds.note(batch, paint_s)
        stage_span(batch.jobs, "paint", paint_s)
        self.painted_jobs += len(batch.jobs)
        self._encoders.submit(self._publish, batch, results, paint_s)

    def _loaded(self, batch: Batch) -> Painter | None:
        """Return the batch's painter; None if it cannot be loaded, and the batch has gone back."""
        try:
            return self.models.get(batch.model)
        except Exception as error:
            self.painting_since, self.painting = None, None
            self._claimer.give_back(batch.jobs)
            self._room.release()
            if isinstance(error, DeviceLostError):
                raise
            log.error("model cannot be loaded; left out for now", model=batch.model, exc_info=error)
            self._claimer.leave_out(batch.model, RELOAD_S)
            return None

    def _is_worth_staging(self, batch: Batch) -> bool:
        return self._speeds.batch_s(batch) + self._load_s > WORTH_STAGING_S

    def _publish(self, batch: Batch, results: Sequence[Result], paint_s: float) -> None:
        started = time.monotonic()
        try:
            self._publisher.publish(batch, results)
            self._measure(batch, paint_s, time.monotonic() - started)
        except Stopped:
            return  # what is still held is given back by who stops the worker
        except Exception:
            log.exception("publishing failed; the leases run out and the jobs go back")
        finally:
            self._room.release()
        for job in batch.jobs:
            self._leases.drop(job)

    def _measure(self, batch: Batch, paint_s: float, publish_s: float) -> None:
        stage_span(batch.jobs, "publish", publish_s)
        self.meter.add(batch.model, figures_of(batch, paint_s, publish_s))

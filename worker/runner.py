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
from jobs.workers.speed import Speed, SpeedMeter
from worker.batch import BatchLimit, BatchPainter
from worker.claimer import RETRY_S, Claimer
from worker.inputs import Batch, DoodleItem, Result
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.publish import Publisher

log = structlog.get_logger(__name__)

#: Painted batches that may wait to be encoded and stored.
UNPUBLISHED = 2
#: Looks of a worker that has just run out of work, and seconds before each, before it counts as
#: idle: under a steady stream that is cheaper than a tick per job, and no slower for the job.
LINGER, LINGER_S = 3, 0.004
#: Batches painted faster than this are not worth claiming ahead of, seconds.
WORTH_STAGING_S = 0.02


class Runner:
    """Run batches until told to drain. `loops` grows with every turn of the loop.

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
        self.loops = 0
        self.painting: Batch | None = None
        self.painting_since: float | None = None
        self.painted_jobs = 0
        self.meter = WorkMeter(ledger.redis, ledger.root)
        self._settings = settings
        self._leases = leases
        self._publisher = publisher
        self._limits = {
            model: BatchLimit(settings.batch_items, settings.batch_pixels) for model in models.names
        }
        self._meters = {model: SpeedMeter() for model in models.names}
        self._claimer = Claimer(name, ledger, blobs, leases, self._limits, self._meters)
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

    def note_speed(self, model: str, items: int, seconds: float) -> None:
        """Teach a model's speed from outside the loop, as from the warm-up."""
        self._meters[model].add(items, seconds)

    def speeds(self) -> dict[str, Speed]:
        """Return the measured speed per model, with the time left of all that is in hand."""
        since, painting, staged = self.painting_since, self.painting, self._claimer.staged_items
        out = {}
        for model, meter in self._meters.items():
            base_s, item_s = meter.measured()
            limit = min(self._limits[model].pictures, self._settings.batch_items)
            left_s = load_s = 0.0
            if since and painting:
                batch_s = base_s + len(painting.items) * item_s + self._load_s
                left_s = max(0.0, batch_s - (time.monotonic() - since))
            if not painting or painting.model != model:
                load_s = self.models.load_s(model)
            staged_s = base_s + staged * item_s if staged else 0.0
            out[model] = Speed(base_s, item_s, limit, left_s + staged_s, load_s)
        return out

    # The loop -------------------------------------------------------------------------------

    def run(self) -> None:
        """Claim and paint until drained."""
        try:
            while not self.draining:
                self.loops += 1
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
        try:
            batch = self._claimer.next(idle=self._looks == 0)
        except RedisError as error:
            log.warning("the server is away; trying again", reason=str(error))
            self._claimer.draining.wait(RETRY_S)
            return
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
        self._room.acquire()
        model, self._load_s = batch.model, self.models.load_s(batch.model)
        self.painting, self.painting_since = batch, time.monotonic()
        if self._is_worth_staging(batch):
            self._claimer.stage()
        painter = BatchPainter(self.models.get(model), self._limits[model])
        started = time.monotonic()
        results = painter.paint(batch.items)
        paint_s, self.painting_since, self.painting = time.monotonic() - started, None, None
        if any(isinstance(item, DoodleItem) for item in batch.items):
            self.note_speed(model, len(batch.items), paint_s)
        stage_span(batch.jobs, "paint", paint_s)
        self.painted_jobs += len(batch.jobs)
        self._encoders.submit(self._publish, batch, results, paint_s)

    def _is_worth_staging(self, batch: Batch) -> bool:
        base_s, item_s = self._meters[batch.model].measured()
        return base_s + item_s * len(batch.items) + self._load_s > WORTH_STAGING_S

    def _publish(self, batch: Batch, results: Sequence[Result], paint_s: float) -> None:
        started = time.monotonic()
        try:
            self._publisher.publish(batch, results)
            self._measure(batch, paint_s, time.monotonic() - started)
        except RedisError as error:
            log.warning("the server is away; unpublished jobs go back later", reason=str(error))
        except Exception:
            log.exception("publishing failed; the leases run out and the jobs go back")
        finally:
            for job in batch.jobs:
                self._leases.drop(job)
            self._room.release()

    def _measure(self, batch: Batch, paint_s: float, publish_s: float) -> None:
        stage_span(batch.jobs, "publish", publish_s)
        figures: dict[str, Sequence[float]] = {
            "queue_wait_seconds": [(job.started_s or 0.0) - job.created_s for job in batch.jobs],
            "decode_seconds": [batch.decode_s],
            "paint_seconds": [paint_s],
            "publish_seconds": [publish_s],
            "batch_pictures": [len(batch.items)],
        }
        self.meter.add(batch.model, figures)

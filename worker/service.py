"""One worker's life: load, warm up, register, paint, drain, leave."""

import logging
import os
import sys
import time
from threading import Event, Thread
from typing import NoReturn

import structlog

from jobs import Settings, open_blobs, open_ledger
from jobs.server.condition import warn
from jobs.server.ticks import tick_sender
from jobs.telemetry.spans import start_spans
from jobs.webhooks.courier import Courier
from worker.housekeeping import Housekeeping
from worker.leases import LeaseKeeper
from worker.models import ModelCache
from worker.painters import device_of, load_painter, native_pixels_of
from worker.patience import Patience
from worker.publish import Publisher
from worker.runner import Runner
from worker.watchdog import RESTART, Watchdog

log = structlog.get_logger(__name__)

#: Exit status when a model cannot be loaded (EX_CONFIG): restarting alone will not help.
CANNOT_LOAD = 78

#: Seconds that a picture took at the end of a warm-up, and its pixels, if the painter says.
Warm = tuple[float, int | None]


class Service:
    """Run the painting side of a worker process beside Celery's consumer."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings
        self._runner: Runner | None = None
        self._stopping = Event()
        self._late = Event()
        self._thread = Thread(target=self._run, name="painter", daemon=True)

    def start(self) -> None:
        """Load the models and paint, in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """Wake the runner: a tick arrived."""
        if self._runner is not None:
            self._runner.wake()

    def drain_soon(self) -> None:
        """Stop claiming; for signal handlers, which must not touch locks themselves."""
        Thread(target=self.drain, daemon=True).start()

    def drain(self) -> None:
        """Stop claiming."""
        self._stopping.set()
        if self._runner is not None:
            self._runner.drain()

    def stop(self) -> None:
        """Drain, finish the batch in hand within the limit or give it back, and leave."""
        self.drain()
        self._thread.join(self._settings.drain_s)
        if not self._thread.is_alive() or self._runner is None:
            return
        log.warning("not done in time; giving the jobs back", limit_s=self._settings.drain_s)
        self._late.set()
        self._runner.give_back(self._runner.held())
        end(0)

    def _run(self) -> None:
        try:
            start_spans(self._settings, "doodlescape-worker")
            warn(self._settings)
            models = ModelCache(
                self._settings.models,
                lambda model: load_painter(model, self._settings),
                self._settings.model_memory_bytes,
            )
            warm, device = self._warm_up(models)
        except Exception as error:
            log.critical("cannot start", reason=str(error), exc_info=not _plain(error))
            end(CANNOT_LOAD)
        try:
            self._serve(models, warm, device)
        except Exception:
            log.critical("the painting loop broke", exc_info=True)
            end(RESTART)
        if not self._stopping.is_set():
            log.info("recycling", jobs=self._settings.recycle_jobs)
            end(RESTART)

    def _warm_up(self, models: ModelCache) -> tuple[dict[str, Warm], str]:
        """Load and warm up every model once, so that one that cannot be loaded is told at once.

        Returns what each took to paint, and their device. With a limit of memory those
        that were loaded first may be unloaded again; the default model comes last.
        """
        warm, device = {}, "cpu"
        for model in reversed(models.names):
            warm[model], device = _warm_up(models, model)
        models.fill()
        return warm, device

    def _serve(self, models: ModelCache, warm: dict[str, Warm], device: str) -> None:
        settings = self._settings
        ledger, blobs = open_ledger(settings), open_blobs(settings)
        leases = LeaseKeeper(ledger)
        publisher = Publisher(ledger, blobs, Patience(self._late.wait))
        runner = self._runner = Runner(self.name, ledger, blobs, models, publisher, leases)
        for model, (seconds, pixels) in warm.items():
            runner.note_speed(model, seconds, pixels)
        house = Housekeeping(runner, ledger, blobs, device)
        watchdog = Watchdog(
            runner,
            stuck_s=settings.watchdog_s,
            paint_limit_s=settings.paint_limit_s,
            send_tick=tick_sender(settings),
        )
        if self._stopping.is_set():
            return
        courier = Courier(open_ledger(settings))
        if settings.webhook_secret.get_secret_value():
            courier.start()
        leases.start()
        house.start()
        watchdog.start()
        try:
            runner.run()
        finally:
            courier.stop()
            house.stop()
            leases.stop()


def end(status: int) -> NoReturn:
    """End the process at once, with its log lines written."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(status)


def _warm_up(models: ModelCache, model: str) -> tuple[Warm, str]:
    """Load and warm up one model; return what a picture then takes, and its device.

    The first one compiles; the second is as quick as those to come. A function of its own: a name
    for the painter that outlived it would keep it in memory.
    """
    started = time.monotonic()
    painter = models.get(model)
    painter.warm_up()
    warming = time.monotonic()
    painter.warm_up()
    ready = time.monotonic()
    log.info("model is ready", model=model, seconds=round(ready - started, 1))
    return (ready - warming, native_pixels_of(painter)), device_of(painter)


def _plain(error: Exception) -> bool:
    """Tell whether an error's text alone says what to do (ours do; a stack would bury it)."""
    return isinstance(error, ValueError | OSError)

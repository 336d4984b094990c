"""One worker's life: load, warm up, register, paint, drain, leave."""

import gc
import logging
import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
from worker.models import ModelCache, Warm
from worker.painters import device_of, load_painter
from worker.patience import Patience
from worker.publish import Publisher
from worker.runner import Runner
from worker.watchdog import RESTART, Watchdog

log = structlog.get_logger(__name__)

#: Exit status when a model cannot be loaded (EX_CONFIG): restarting alone will not help.
CANNOT_LOAD = 78


class LoadError(Exception):
    """A model cannot be loaded, for this `reason`."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


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
            warm = self._warm_up_first(models)
        except Exception as error:
            _cannot_start(error)
        try:
            self._serve(models, warm)
        except LoadError as error:
            _cannot_start(error.reason)
        except Exception:
            log.critical("the painting loop broke", exc_info=True)
            end(RESTART)
        if not self._stopping.is_set():
            log.info("recycling", jobs=self._settings.recycle_jobs)
            end(RESTART)

    def _warm_up_first(self, models: ModelCache) -> dict[str, Warm]:
        """Load and warm up the default model, or, with a limit of memory, all; return their times.

        Each may then push others out, so the default comes last; what fits is loaded again.
        """
        if not self._settings.model_memory_bytes:
            with collecting_later():
                return {models.names[0]: models.warm_up(models.names[0])}
        warm = {model: models.warm_up(model) for model in reversed(models.names)}
        models.fill()
        return warm

    def _warm_up_others(
        self, models: ModelCache, warm: Collection[str], runner: Runner, house: Housekeeping
    ) -> None:
        """Load and warm up what is not yet, while jobs are already accepted for the default model.

        Raises:
            LoadError: one cannot be loaded; it is told now, not when the first job asks for it.
        """
        for model in models.names:
            if self._stopping.is_set() or model in warm:
                continue
            try:
                runner.note_speed(model, *models.warm_up(model))
            except Exception as error:
                raise LoadError(error) from error
            house.beat()

    def _serve(self, models: ModelCache, warm: dict[str, Warm]) -> None:
        settings = self._settings
        ledger, blobs = open_ledger(settings), open_blobs(settings)
        leases = LeaseKeeper(ledger)
        publisher = Publisher(ledger, blobs, Patience(self._late.wait))
        runner = self._runner = Runner(self.name, ledger, blobs, models, publisher, leases)
        for model, (seconds, pixels) in warm.items():
            runner.note_speed(model, seconds, pixels)
        house = Housekeeping(runner, ledger, blobs, device_of(models.get(models.names[0])))
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
        try:
            self._warm_up_others(models, warm, runner, house)
            watchdog.start()
            runner.run()
        finally:
            courier.stop()
            house.stop()
            leases.stop()


@contextmanager
def collecting_later() -> Iterator[None]:
    """Let the garbage collector rest; what is there afterwards is old, and seldom looked through.

    What is imported and loaded at the start stays: to look through it again and again takes a
    quarter of the time of torch's import.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # to the oldest generation, without a look
        gc.enable()


def end(status: int) -> NoReturn:
    """End the process at once, with its log lines written."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(status)


def _cannot_start(error: Exception) -> NoReturn:
    log.critical("cannot start", reason=str(error), exc_info=None if _plain(error) else error)
    end(CANNOT_LOAD)


def _plain(error: Exception) -> bool:
    """Tell whether an error's text alone says what to do (ours do; a stack would bury it)."""
    return isinstance(error, ValueError | OSError)

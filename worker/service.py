"""One worker's life: load, warm up, register, paint, drain, leave."""

import logging
import os
import sys
import time
from threading import Event, Thread
from typing import NoReturn

import structlog

from jobs import Settings, open_blobs, open_ledger
from jobs.server.ticks import ringer
from jobs.telemetry.spans import start_tracing
from jobs.webhooks import Courier
from worker.housekeeping import RESTART, Housekeeping, Watchdog
from worker.leases import LeaseKeeper
from worker.painters import Painter, device_of, load_painter
from worker.publish import Publisher
from worker.runner import Runner

log = structlog.get_logger(__name__)

#: Exit status when a model cannot be loaded (EX_CONFIG): restarting alone will not help.
CANNOT_LOAD = 78


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

    def ring(self) -> None:
        """Wake the runner: a tick arrived."""
        if self._runner is not None:
            self._runner.ring()

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
            start_tracing(self._settings, "doodlescape-worker")
            painters = {model: self._load(model) for model in self._settings.models}
        except Exception as error:
            log.critical("cannot start", reason=str(error), exc_info=not _plain(error))
            end(CANNOT_LOAD)
        try:
            self._serve(painters)
        except Exception:
            log.critical("the painting loop broke", exc_info=True)
            end(RESTART)
        if not self._stopping.is_set():
            log.info("recycling", jobs=self._settings.recycle_jobs)
            end(RESTART)

    def _load(self, model: str) -> tuple[Painter, float]:
        started = time.monotonic()
        painter = load_painter(model, self._settings)
        warming = time.monotonic()
        painter.warm_up()
        log.info("model is ready", model=model, seconds=round(time.monotonic() - started, 1))
        return painter, time.monotonic() - warming

    def _serve(self, painters: dict[str, tuple[Painter, float]]) -> None:
        settings = self._settings
        ledger, blobs = open_ledger(settings), open_blobs(settings)
        leases = LeaseKeeper(ledger)
        publisher = Publisher(ledger, blobs, give_up=self._late.is_set)
        held = {model: painter for model, (painter, _) in painters.items()}
        runner = self._runner = Runner(self.name, ledger, blobs, held, publisher, leases)
        for model, (_, warm_s) in painters.items():
            runner.note_pace(model, 1, warm_s)
        device = device_of(next(iter(held.values())))
        house = Housekeeping(runner, ledger, blobs, device)
        watchdog = Watchdog(
            runner,
            stuck_s=settings.watchdog_s,
            paint_limit_s=settings.paint_limit_s,
            ring=ringer(settings),
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


def _plain(error: Exception) -> bool:
    """Tell whether an error's text alone says what to do (ours do; a stack would bury it)."""
    return isinstance(error, ValueError | OSError)

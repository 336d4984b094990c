"""A worker process, which is a Celery app: `python -m worker.app`.

Celery's consumer only hears ticks and answers control commands, so it is never busy; the painting
runs beside it in `worker.service`. Celery's own command line would take a third longer to import.
"""

import os
import socket
import sys
import time
from typing import Any

import structlog
from celery.apps.worker import Worker
from celery.signals import setup_logging, worker_init, worker_shutdown, worker_shutting_down
from celery.worker.consumer import Consumer
from redis.exceptions import ResponseError

from jobs.server.refusals import refusal_of
from jobs.server.ticks import TICK, celery_app, queue_name, tick_queue
from jobs.setting_errors import settings_or_exit
from jobs.telemetry.logs import configure_logging
from worker.service import Service

log = structlog.get_logger(__name__)
PAUSE_S = 1.0


class PatientConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer, for a server that answers but is full, or cannot write.

    Celery takes such an answer for the end of the worker, or asks again at once; with
    `broker_channel_error_retry` and this it asks once a second, and says so in a line.
    """

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """See `Consumer`."""
        if not _waited(exc):
            super().on_connection_error_before_connected(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """See `Consumer`."""
        if not _waited(exc):
            super().on_connection_error_after_connected(exc)


def _waited(error: Exception) -> bool:
    if not isinstance(error, ResponseError) or not refusal_of(error):
        return False
    log.warning("no ticks yet: the server refuses", reason=str(error))
    time.sleep(PAUSE_S)
    return True


settings = settings_or_exit()
name = settings.worker_name or f"{socket.gethostname()}-{os.getpid()}"
service = Service(name, settings)

app = celery_app(settings)
app.conf.task_queues = (tick_queue(name),)
app.conf.task_default_queue = queue_name(name)
app.conf.worker_consumer = PatientConsumer


def main() -> None:
    """Hear ticks, and paint beside, until SIGTERM or SIGINT."""
    sys.argv = ["-m", "worker.app"]  # what Celery runs again at SIGHUP
    worker = Worker(
        app=app,
        hostname=f"worker@{name}",
        loglevel=settings.log_level,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


@app.task(name=TICK)  # type: ignore[untyped-decorator]
def tick() -> None:
    """Look for work: the ledger has some."""
    service.wake()


@setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]
def _log(**_: Any) -> None:
    configure_logging(settings)


@worker_init.connect(weak=False)  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    service.start()


@worker_shutting_down.connect(weak=False)  # type: ignore[untyped-decorator]
def _drain(**_: Any) -> None:
    service.drain_soon()


@worker_shutdown.connect(weak=False)  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    service.stop()


if __name__ == "__main__":
    main()

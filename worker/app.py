"""A worker process, which is a Celery app: `python -m worker.app`.

Celery's consumer only hears ticks and answers control commands, so it is never busy; the painting
runs beside it in `worker.service`. Celery's own command line would take a third longer to import.
"""

import os
import socket
import sys
from typing import Any

from celery.apps.worker import Worker
from celery.signals import setup_logging, worker_init, worker_shutdown, worker_shutting_down

from jobs.server.ticks import TICK, celery_app, queue_name, tick_queue
from jobs.setting_errors import settings_or_exit
from jobs.telemetry.logs import configure_logging
from worker.service import Service

settings = settings_or_exit()
name = settings.worker_name or f"{socket.gethostname()}-{os.getpid()}"
service = Service(name, settings)

app = celery_app(settings)
app.conf.task_queues = (tick_queue(name),)
app.conf.task_default_queue = queue_name(name)
app.conf.worker_consumer = "worker.consumer:PatientConsumer"


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

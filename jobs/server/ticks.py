"""Ticks: tiny Celery messages that wake one idle worker.

Each worker consumes a queue of its own, and the ledger names the worker to wake, so a tick never
waits behind a busy worker and a surplus tick is never sent. A lost tick costs one poll interval.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog

from jobs.server.connection import sentinel_options, socket_options, tls_options
from jobs.settings import Settings
from jobs.urls import read_url

if TYPE_CHECKING:  # they take long to import, and many programs send no tick
    from celery import Celery
    from kombu.entity import Queue

log = structlog.get_logger(__name__)

TICK = "doodlescape.tick"
#: A worker's queue is dropped by the server when nobody has used it for this long, seconds.
QUEUE_IDLE_S = 600


def queue_name(worker: str) -> str:
    """Name the queue that carries one worker's ticks."""
    return f"ticks.{worker}"


def tick_queue(worker: str) -> "Queue":
    """Describe the queue that carries one worker's ticks."""
    from kombu.entity import Queue

    return Queue(queue_name(worker), expires=QUEUE_IDLE_S)  # type: ignore[no-untyped-call]


def celery_app(settings: Settings) -> "Celery":
    """Build the Celery app of senders and workers: JSON only, no results, early acknowledgement."""
    from celery import Celery

    server = read_url(settings.celery_url)
    app = Celery("doodlescape", broker=server.kombu_url(), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_acks_late=False,
        worker_send_task_events=False,
        worker_prefetch_multiplier=1,
        worker_pool="solo",
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A server that says no, as a full one does, is waited for like one that is away.
        broker_channel_error_retry=True,
        broker_pool_limit=4,
        broker_transport_options={
            "global_keyprefix": f"{settings.namespace}:celery:",
            "visibility_timeout": 300,
            "health_check_interval": 10,
            **socket_options(settings),
        },
    )
    if server.kind == "sentinel":
        app.conf.broker_transport_options |= {
            "master_name": server.name,
            "sentinel_kwargs": sentinel_options(server, settings),
        }
    if server.tls:
        app.conf.broker_use_ssl = tls_options(settings)
    return app


def tick_sender(settings: Settings) -> Callable[[str], None]:
    """Return the function that sends a tick to a worker, or raises at once: the broker is away."""
    app = celery_app(settings)

    def send(worker: str) -> None:
        app.send_task(TICK, queue=tick_queue(worker), retry=False, expires=30)

    return send


def forgiving(send: Callable[[str], None]) -> Callable[[str], None]:
    """Return a function for `Ledger`, which only logs that a tick cannot be sent.

    The worker polls, so the tick is only a delay.
    """

    def try_to_send(worker: str) -> None:
        try:
            send(worker)
        except Exception as error:
            log.warning("tick not sent; the worker will poll", worker=worker, reason=str(error))

    return try_to_send


def from_a_thread(send: Callable[[str], None]) -> Callable[[str], None]:
    """Return a function that lets a thread of its own send ticks: nobody waits for the broker.

    A worker whose tick still waits there gets no second one.
    """
    thread, waiting = ThreadPoolExecutor(1, "ticks"), set[str]()

    def carry(worker: str) -> None:
        waiting.discard(worker)  # first: who asks from now on may know of a later job
        send(worker)

    def hand_over(worker: str) -> None:
        if worker not in waiting:
            waiting.add(worker)
            thread.submit(carry, worker)

    return hand_over

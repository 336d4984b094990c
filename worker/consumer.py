"""What Celery does where the server refuses to carry ticks: it waits, as for one that is away."""

import time

import structlog
from celery.worker.consumer import Consumer
from redis.exceptions import ResponseError

from jobs.server.refusals import refusal_of

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

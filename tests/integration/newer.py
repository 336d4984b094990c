"""A worker of the next release: `celery -A tests.integration.newer worker` reads newer records."""

from jobs import ledger

vars(ledger)["RECORD_VERSION"] += 1

from worker.app import app  # noqa: E402

__all__ = ["app"]

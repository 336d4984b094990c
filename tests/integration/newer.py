"""A worker of the next release: `celery -A tests.integration.newer worker` reads newer records."""

from jobs import Ledger

Ledger.record_version += 1

from worker.app import app  # noqa: E402

__all__ = ["app"]

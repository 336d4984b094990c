"""What a job is, where it lives and how it moves: settings, ledger, claims, blobs, ticks.

Nothing here imports flask, torch or spade; `api` and `worker` both stand on this package.
"""

from jobs.blobs import BlobStore, open_blobs
from jobs.events import Events
from jobs.job import Job, Kind, NewJob, Picture, Status
from jobs.ledger import Ledger
from jobs.server.connection import connect
from jobs.server.ticks import forgiving, tick_sender
from jobs.settings import Settings, load_settings

__all__ = [
    "BlobStore",
    "Events",
    "Job",
    "Kind",
    "Ledger",
    "NewJob",
    "Picture",
    "Settings",
    "Status",
    "load_settings",
    "open_blobs",
    "open_ledger",
]


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger on the settings' server, with Celery carrying its ticks."""
    return Ledger(connect(settings), settings, forgiving(tick_sender(settings)))

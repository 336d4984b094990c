"""What a job is, where it lives and how it moves: settings, ledger, claims, blobs, ticks.

Nothing here imports flask, torch or spade; `api` and `worker` both stand on this package. Each name
is imported on first use: who only reads the settings, as `./start`, need not wait for the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.blobs import BlobStore, open_blobs
    from jobs.events import Events
    from jobs.job import Job, Kind, NewJob, Picture, Status
    from jobs.ledger import Ledger, open_ledger
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
_HOMES = {
    "jobs.blobs": ("BlobStore", "open_blobs"),
    "jobs.events": ("Events",),
    "jobs.job": ("Job", "Kind", "NewJob", "Picture", "Status"),
    "jobs.ledger": ("Ledger", "open_ledger"),
    "jobs.settings": ("Settings", "load_settings"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'jobs' has no attribute '{name}'")

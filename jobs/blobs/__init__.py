"""Bytes that belong to a job (label map, style picture, photos) behind one small interface.

Each job has its own little folder of named blobs, so dropping a job drops all of them at once.
"""

from pathlib import Path

from jobs.blobs.folder import FolderBlobs
from jobs.blobs.redis import RedisBlobs
from jobs.blobs.store import BlobBroken, BlobStore, BlobStoreAway, BlobStoreFull
from jobs.server.connection import connect
from jobs.settings import Settings

__all__ = [
    "BlobBroken",
    "BlobStore",
    "BlobStoreAway",
    "BlobStoreFull",
    "FolderBlobs",
    "RedisBlobs",
    "open_blobs",
]


def open_blobs(settings: Settings) -> BlobStore:
    """Open the store that BLOB_STORE names: redis, folder, folder:PATH or s3://BUCKET/PREFIX."""
    kind, _, rest = settings.blob_store.partition(":")
    if kind == "redis":
        return RedisBlobs(connect(settings, decode=False), settings.namespace)
    if kind == "folder":
        return FolderBlobs(Path(rest) if rest else settings.data_dir / "blobs")
    if kind == "s3":
        from jobs.blobs.s3 import open_bucket

        return open_bucket(settings)
    raise ValueError(
        f"BLOB_STORE={settings.blob_store!r} is none of redis, folder, folder:PATH, s3://BUCKET"
    )

"""Copy everything that is kept into a folder that `./start` can serve from as it is.

The server writes a snapshot of one moment beside its work, so jobs and their indexes agree. Laid
down as the base of an append-only file, it is read back at the next start. Blobs in a folder are
copied after it: each that the snapshot names was there before.
"""

import os
import shutil
import time
from pathlib import Path
from typing import Any

from redis import Redis

from jobs.blobs import FolderBlobs
from jobs.errors import JobError
from jobs.settings import Settings

BASE, MANIFEST = "appendonly.aof.1.base.rdb", "appendonly.aof.manifest"
POLL_S = 0.05


class BackupFailed(JobError):
    """The server could not write, or its files are not on this machine."""


def back_up(redis: "Redis", settings: Settings, target: Path) -> int:
    """Write a backup into the new folder `target`; return its size in bytes.

    The folder is private to its owner: it holds the secret that signs sessions.

    Raises:
        BackupFailed: the folder is there, or the server cannot write or is elsewhere.
        RedisError, OSError: the server or the disk fails.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already; name a new folder")
    snapshot = _snapshot(redis)
    draft = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    lay_out(snapshot, draft / "valkey" / "appendonlydir")
    os.chmod(draft, 0o700)
    secret = settings.data_dir / "secret_key"
    if secret.is_file():
        shutil.copy2(secret, draft)
    if settings.blob_store.startswith("folder"):
        _copy_blobs(settings, draft)
    draft.replace(target)
    return sum(file.stat().st_size for file in target.rglob("*") if file.is_file())


def lay_out(snapshot: Path, folder: Path) -> None:
    """Copy an RDB snapshot to where a server with `appendonly yes` reads it."""
    folder.mkdir(parents=True)
    shutil.copy2(snapshot, folder / BASE)
    (folder / MANIFEST).write_text(f"file {BASE} seq 1 type b\n", encoding="ascii")


def _snapshot(redis: "Redis") -> Path:
    """Let the server write a snapshot, and return its file."""
    client: Any = redis
    place = client.config_get("dir")["dir"], client.config_get("dbfilename")["dbfilename"]
    file = Path(*place)
    if not file.parent.is_dir():
        raise BackupFailed(f"the server keeps its files in {file.parent}, which is not here")
    if client.info("persistence")["rdb_bgsave_in_progress"]:
        _until_written(client)
    client.bgsave()
    _until_written(client)
    if not file.is_file():
        raise BackupFailed(f"the server wrote no {file}; is it another machine's folder?")
    return file


def _until_written(client: Any) -> None:
    while (state := client.info("persistence"))["rdb_bgsave_in_progress"]:
        time.sleep(POLL_S)
    if state["rdb_last_bgsave_status"] != "ok":
        raise BackupFailed("the server could not write its snapshot; its log says why")


def _copy_blobs(settings: Settings, draft: Path) -> None:
    _, _, named = settings.blob_store.partition(":")
    source = Path(named) if named else settings.data_dir / "blobs"
    if source.is_dir():
        FolderBlobs(source).copy_to(draft / "blobs")

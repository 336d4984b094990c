"""Both blob stores behave alike, and a full one loses nothing."""

import errno
import os
import time
from pathlib import Path

import pytest

from jobs import BlobStore, Settings, open_blobs
from jobs.blobs import BlobStoreFull, FolderBlobs


@pytest.fixture(params=["redis", "folder"])
def blobs(request: pytest.FixtureRequest, settings: Settings) -> BlobStore:
    """Give each kind of store, empty."""
    return open_blobs(settings.model_copy(update={"blob_store": request.param}))


def test_bytes_come_back_until_dropped(blobs: BlobStore) -> None:
    """What was put is got, replaced, and gone when its job or name is dropped."""
    blobs.put("job-1", "a.png", b"\x00one", 60)
    blobs.put("job-1", "b.png", b"two", 60)
    blobs.put("job-2", "a.png", b"other", 60)
    blobs.put("job-1", "a.png", b"new", 60)
    assert (blobs.get("job-1", "a.png"), blobs.get("job-1", "b.png")) == (b"new", b"two")

    blobs.delete("job-1", "a.png")
    assert blobs.get("job-1", "a.png") is None
    blobs.delete("job-1")
    assert blobs.get("job-1", "b.png") is None
    assert blobs.get("job-2", "a.png") == b"other"
    blobs.delete("never-there")


def test_blobs_end_by_themselves_unless_kept(blobs: BlobStore) -> None:
    """A job's blobs vanish after their time; keeping or another put lengthens it."""
    for job_id in ("short", "kept", "again"):
        blobs.put(job_id, "a", b"x", 0.1)
    blobs.keep("kept", 60)
    blobs.put("again", "b", b"y", 60)
    deadline = time.monotonic() + 10
    while blobs.get("short", "a") is not None:
        assert time.monotonic() < deadline
        blobs.sweep(60)
    assert blobs.get("kept", "a") == b"x"
    assert blobs.get("again", "a") == b"x"


@pytest.mark.parametrize("name", ["../escape", "a/b", "", ".hidden", "a\0b"])
def test_the_folder_store_keeps_inside_its_folder(tmp_path: Path, name: str) -> None:
    """Names that could lead elsewhere are refused."""
    store = FolderBlobs(tmp_path)
    with pytest.raises(ValueError, match="cannot name"):
        store.put("job", name, b"x", 60)
    with pytest.raises(ValueError, match="cannot name"):
        store.put(name, "blob", b"x", 60)
    assert store.get("job", name) is None


def test_a_full_disk_is_said_and_leaves_no_half_blob(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full the old blob stays whole and nothing half-written is left."""
    store = FolderBlobs(tmp_path)
    store.put("job", "a", b"old", 60)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BlobStoreFull, match="No space left"):
        store.put("job", "a", b"new", 60)
    assert store.get("job", "a") == b"old"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".ends", "a"]


def test_a_sweep_never_takes_what_is_being_written(tmp_path: Path) -> None:
    """Sweeping at any moment of a write leaves the job's blobs alone."""
    store = FolderBlobs(tmp_path)
    store.put("job", "a", b"x", 60)
    (tmp_path / "jo" / "job" / ".half-written").touch()
    store.sweep(60)
    assert store.get("job", "a") == b"x"

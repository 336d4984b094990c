"""The bytes of jobs that are gone go too, whatever is away meanwhile."""

from pathlib import Path
from uuid import uuid4

import pytest

from jobs import Ledger, NewJob
from jobs.blobs import BlobBroken, BlobStoreAway, FolderBlobs
from jobs.blobs.orphans import OrphanedBlobs
from jobs.lua.scripts import STORED


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    """Return a folder for blobs."""
    return FolderBlobs(tmp_path / "blobs")


def submit(ledger: Ledger, blobs: FolderBlobs) -> str:
    """Queue a job with one blob."""
    job_id = str(uuid4())
    blobs.put(job_id, "label-map", b"x", 3600)
    return ledger.submit(NewJob(id=job_id, user="ann", model="tiny", size=(32, 32))).job.id


def test_a_store_that_is_away_is_caught_up_with(
    ledger: Ledger, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data deleted while the blob store is away goes as soon as it is back."""
    ids = [submit(ledger, blobs) for _ in range(18)]
    orphans = OrphanedBlobs(ledger, blobs)
    monkeypatch.setattr("jobs.blobs.orphans.PAGE", 5)

    def away(*_: object) -> None:
        raise BlobStoreAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(blobs, "delete", away)
        assert not orphans.try_to_drop(ledger.forget("ann"))
        with pytest.raises(BlobStoreAway):
            orphans.sweep(1.0)
    assert all(blobs.get(job_id, "label-map") == b"x" for job_id in ids)

    orphans.sweep(60.0)
    assert not any(blobs.get(job_id, "label-map") for job_id in ids)
    assert not ledger.redis.exists(f"{ledger.root}{STORED['orphans']}")


def test_what_is_dropped_at_once_is_no_orphan(ledger: Ledger, blobs: FolderBlobs) -> None:
    """The usual way drops the blobs of the user's jobs and nobody else's."""
    submit(ledger, blobs)
    other = str(uuid4())
    blobs.put(other, "label-map", b"y", 3600)
    assert OrphanedBlobs(ledger, blobs).try_to_drop(ledger.forget("ann"))
    assert not ledger.redis.exists(f"{ledger.root}{STORED['orphans']}")
    assert blobs.get(other, "label-map") == b"y"


def test_a_round_is_short_however_much_there_is(ledger: Ledger, blobs: FolderBlobs) -> None:
    """A round without time drops at most one job's blobs, so a heartbeat never waits for it."""
    for _ in range(3):
        submit(ledger, blobs)
    ledger.forget("ann")
    OrphanedBlobs(ledger, blobs).sweep(0.0)
    assert ledger.redis.scard(f"{ledger.root}{STORED['orphans']}") >= 2


def test_one_that_cannot_be_dropped_stays_noted(
    ledger: Ledger, blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose blobs stay is tried again, and holds up nobody else's."""
    stuck, *others = (submit(ledger, blobs) for _ in range(4))
    delete = blobs.delete

    def refuse(job_id: str, name: str = "") -> None:
        if job_id == stuck:
            raise BlobBroken("Input/output error")
        delete(job_id, name)

    orphans = OrphanedBlobs(ledger, blobs)
    monkeypatch.setattr(blobs, "delete", refuse)
    assert not orphans.try_to_drop(ledger.forget("ann"))
    orphans.sweep(0.5)
    assert not any(blobs.get(job_id, "label-map") for job_id in others)
    assert ledger.redis.smembers(f"{ledger.root}{STORED['orphans']}") == {stuck}

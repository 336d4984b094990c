"""All blob stores behave alike, and a full or lost one loses nothing."""

import errno
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs import BlobStore, Settings, open_blobs
from jobs.blobs import BlobBroken, BlobStoreAway, BlobStoreFull, FolderBlobs
from tests import bucket as s3

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "storage.md"


@pytest.fixture(scope="module")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Bucket]:
    """Run a server that speaks S3."""
    if s3.program() is None:
        pytest.skip("SeaweedFS has no build for this platform")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in s3.LOGIN.items():
            patched.setenv(name, value)
        server = s3.Bucket(tmp_path_factory.mktemp("bucket"))
        server.start()
        yield server
        server.kill()


@pytest.fixture
def bucket(bucket_server: s3.Bucket) -> s3.Bucket:
    """Return the server's bucket, emptied."""
    for key in bucket_server.objects():
        bucket_server.client().delete_object(Bucket=bucket_server.name, Key=key)
    return bucket_server


def in_bucket(settings: Settings, server: s3.Bucket, **changes: Any) -> BlobStore:
    """Open the store that keeps blobs in the server's bucket."""
    wanted = {
        "blob_store": server.environment["BLOB_STORE"],
        "s3_endpoint": server.endpoint,
        **changes,
    }
    return open_blobs(settings.model_copy(update=wanted))


@pytest.fixture(params=["redis", "folder"])
def ending_blobs(request: pytest.FixtureRequest, settings: Settings) -> BlobStore:
    """Return each kind of store that knows an end of life; a bucket has a rule for that."""
    return open_blobs(settings.model_copy(update={"blob_store": request.param}))


@pytest.fixture(params=["redis", "folder", "s3"])
def blobs(request: pytest.FixtureRequest, settings: Settings) -> BlobStore:
    """Return each kind of store, empty."""
    if request.param == "s3":
        return in_bucket(settings, request.getfixturevalue("bucket"))
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


def test_blobs_end_by_themselves_unless_kept(ending_blobs: BlobStore) -> None:
    """A job's blobs vanish after their time; keeping or another put only ever lengthens it."""
    blobs = ending_blobs
    blobs.put("shared", "a", b"x", 60)
    blobs.put("shared", "b", b"y", 0.1)
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
    assert blobs.get("shared", "a") == b"x", "a put has shortened the life of a kept job"


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
    home = tmp_path / "jo" / "job"
    assert sorted(path.name for path in home.iterdir()) == [".ends", "a"]


def test_one_blob_that_cannot_be_read_is_not_a_folder_that_is_away(tmp_path: Path) -> None:
    """A broken file is told of that blob alone; a folder that is gone is an outage, and heals."""
    folder, aside = tmp_path / "blobs", tmp_path / "aside"
    store = FolderBlobs(folder)
    for name in ("a", "b"):
        store.put("job", name, b"x", 60)
    (folder / "jo" / "job" / "a").unlink()
    (folder / "jo" / "job" / "a").mkdir()
    with pytest.raises(BlobBroken, match="Is a directory"):
        store.get("job", "a")
    with pytest.raises(BlobBroken):
        store.put("job", "a", b"y", 60)
    assert store.get("job", "b") == b"x"

    folder.rename(aside)
    folder.mkdir()  # as a mount point stays when its disk is gone
    uses: tuple[Callable[[], object], ...] = (
        lambda: store.get("job", "b"),
        lambda: store.put("job", "c", b"y", 60),
        lambda: store.keep("job", 60),
        lambda: store.delete("job"),
    )
    for use in uses:
        with pytest.raises(BlobStoreAway, match="mount it"):
            use()
    folder.rmdir()
    aside.rename(folder)
    assert store.get("job", "b") == b"x"


def test_what_cannot_be_deleted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that stays raises, so that its job stays noted as an orphan."""
    store = FolderBlobs(tmp_path)
    store.put("job", "a", b"x", 60)

    def stuck(*_: object, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("shutil.rmtree", stuck)
    with pytest.raises(BlobBroken, match="Input/output"):
        store.delete("job")


def test_a_key_that_is_no_hash_is_a_broken_blob(settings: Settings) -> None:
    """Redis answers, but not for this key: no outage."""
    store: Any = open_blobs(settings)
    store.put("job", "a", b"x", 60)
    store._redis.set(store._key("other"), "text")
    with pytest.raises(BlobBroken, match="WRONGTYPE"):
        store.get("other", "a")
    assert store.get("job", "a") == b"x"


def test_an_object_that_is_refused_is_not_a_bucket_that_is_away(
    settings: Settings, bucket: s3.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archived object is broken where others can be read; a bucket that refuses all is away."""
    store: Any = in_bucket(settings, bucket)
    store.put("job", "a", b"x", 60)
    get, refused = store._client.get_object, [".*archived"]
    told: dict[str, Any] = {
        "Error": {"Code": "InvalidObjectState", "Message": "in the archive"},
        "ResponseMetadata": {"HTTPStatusCode": 403},
    }

    def refuse(**asked: str) -> Any:
        if re.fullmatch(refused[0], asked["Key"]):
            raise store._client.exceptions.ClientError(told, "GetObject")
        return get(**asked)

    monkeypatch.setattr(store._client, "get_object", refuse)
    with pytest.raises(BlobBroken, match="archive"):
        store.get("job", "archived")
    assert (store.get("job", "a"), store.get("job", "never")) == (b"x", None)
    refused[0] = ".*"
    with pytest.raises(BlobStoreAway, match="archive"):
        store.get("job", "a")


def test_a_sweep_never_takes_what_is_being_written(tmp_path: Path) -> None:
    """Sweeping at any moment of a write leaves the job's blobs alone."""
    store = FolderBlobs(tmp_path)
    store.put("job", "a", b"x", 60)
    (tmp_path / "jo" / "job" / ".half-written").touch()
    store.sweep(60)
    assert store.get("job", "a") == b"x"


def test_names_in_a_bucket_lead_nowhere_else(settings: Settings, bucket: s3.Bucket) -> None:
    """Jobs lie side by side under the prefix, and no name reaches out of its job."""
    store = in_bucket(settings, bucket)
    store.put("job-1", "a", b"one", 60)
    store.put("job-11", "a", b"two", 60)
    assert sorted(bucket.objects()) == ["blobs/job-1/a", "blobs/job-11/a"]
    for name in ("../job-11", "a/b", ""):
        with pytest.raises(ValueError, match="cannot name"):
            store.put("job-1", name, b"x", 60)
    store.delete("job-1")
    store.keep("job-1", 60)
    assert store.sweep(60) == 0
    assert bucket.objects() == ["blobs/job-11/a"]
    store.delete("job-11")


def test_a_bucket_that_is_away_is_an_outage_and_heals(
    settings: Settings, tmp_path: Path, bucket: s3.Bucket
) -> None:
    """While the S3 server is down every call says so in time; afterwards all is there."""
    del bucket  # for its credentials
    server = s3.Bucket(tmp_path)
    try:
        server.start()
        store = in_bucket(settings, server, s3_timeout_s=1.0)
        store.put("job", "a", b"kept", 60)
        server.kill()
        with pytest.raises(BlobStoreAway, match="bucket doodles"):
            store.put("job", "b", b"x", 60)
        with pytest.raises(BlobStoreAway, match="bucket doodles"):
            store.get("job", "a")
        server.start()
        assert store.get("job", "a") == b"kept"
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("blob_store", "message"),
    [("s3://nobodys", "NoSuchBucket"), ("s3://", "names no bucket"), ("ftp://x", "none of redis")],
)
def test_a_wrong_bucket_is_named(
    settings: Settings, bucket: s3.Bucket, blob_store: str, message: str
) -> None:
    """A store that cannot be is refused with its name and what is wrong."""
    with pytest.raises((ValueError, BlobStoreAway), match=message):
        in_bucket(settings, bucket, blob_store=blob_store).put("job", "a", b"x", 60)


def test_without_boto3_the_setting_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BLOB_STORE=s3:// where boto3 is missing is one clear line."""
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ValueError, match=r"needs boto3: pip install"):
        open_blobs(settings.model_copy(update={"blob_store": "s3://bucket"}))


def test_a_full_bucket_is_full_and_not_away(
    settings: Settings, bucket: s3.Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bucket over its quota is said as a full store, never as one that is away."""
    store: Any = in_bucket(settings, bucket)
    told = {"Error": {"Code": "QuotaExceeded", "Message": "no room"}}

    def refuse(**_: object) -> None:
        raise store._client.exceptions.ClientError(told, "PutObject")

    monkeypatch.setattr(store._client, "put_object", refuse)
    with pytest.raises(BlobStoreFull, match="QuotaExceeded no room"):
        store.put("job", "a", b"x", 60)


def test_the_documented_lifecycle_rule_is_accepted(bucket: s3.Bucket, settings: Settings) -> None:
    """The bucket takes the rule of docs/storage.md, which outlasts every wait and retention."""
    block = re.search(r"```json\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    rule = json.loads(block[1])
    bucket.client().put_bucket_lifecycle_configuration(
        Bucket=bucket.name, LifecycleConfiguration=rule
    )
    needed_s = settings.queue_ttl_s + max(settings.retention_s, settings.share_retention_s)
    assert rule["Rules"][0]["Expiration"]["Days"] * 86_400 > needed_s

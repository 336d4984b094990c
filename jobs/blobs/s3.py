"""Blobs in an S3 bucket, Amazon's or any other that speaks S3, for BLOB_STORE=s3://BUCKET/PREFIX.

Credentials and region come as boto3 finds them: AWS_ACCESS_KEY_ID, AWS_REGION, a role and so on.
S3 has no time to live per object. What a job leaves is deleted with the job; what a crash leaves
behind belongs to a lifecycle rule of the bucket (docs/storage.md has one).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobs.blobs.store import SAFE_NAME, BlobBroken, BlobStoreAway, BlobStoreFull
from jobs.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TRIES = 3
#: An object that there never is.
PROBE = ".probe"
_NO_ROOM = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}


class S3Blobs:
    """Keep blobs as objects PREFIX/JOB/NAME; S3 makes each whole or absent."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def _key(self, job_id: str, name: str) -> str:
        for part in (job_id, name):
            if not SAFE_NAME.match(part):
                raise ValueError(f"{part!r} cannot name an object")
        return f"{self._prefix}{job_id}/{name}"

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:  # noqa: ARG002
        """Store `data`; it stays until it is deleted."""
        key = self._key(job_id, name)
        with self._translated():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def beside(self, job_id: str, blobs: Mapping[str, bytes], ttl_s: float) -> None:
        """Return None: the ledger writes to no bucket."""

    def get(self, job_id: str, name: str) -> bytes | None:
        """Return the bytes, or None."""
        if not SAFE_NAME.match(name):
            return None
        key = self._key(job_id, name)
        with self._translated():
            try:
                return self._read(key)
            except self._client.exceptions.NoSuchKey:
                return None
            except self._client.exceptions.ClientError as error:
                # An object that is archived, or locked with a key that is gone.
                is_refused = 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500
                if is_refused and self._answers():
                    raise BlobBroken(f"bucket {self._bucket}: {key}: {error}") from error
                raise

    def _read(self, key: str) -> bytes:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _answers(self) -> bool:
        """Tell whether objects of this bucket can be read, by asking for one that is not there."""
        try:
            self._read(f"{self._prefix}{PROBE}")
        except self._client.exceptions.NoSuchKey:
            return True
        except self._client.exceptions.ClientError:
            return False
        return True

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Do nothing: objects stay until they are deleted."""

    def delete(self, job_id: str, name: str = "") -> None:
        """Drop one object or all of the job's."""
        keys = [self._key(job_id, name)] if name else list(self._keys_of(job_id))
        with self._translated():
            for key in keys:
                self._client.delete_object(Bucket=self._bucket, Key=key)

    def sweep(self, ttl_s: float) -> int:  # noqa: ARG002 - the bucket's lifecycle rule does it
        """Do nothing: the bucket's lifecycle rule drops what a crash left behind."""
        return 0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _keys_of(self, job_id: str) -> Iterator[str]:
        folder = self._key(job_id, "x").removesuffix("x")
        with self._translated():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=folder):
                yield from (found["Key"] for found in page.get("Contents", []))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what boto3 raises into BlobStoreFull or BlobStoreAway, after its own retries."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = error.response["Error"].get("Code", "")
            why = f"bucket {self._bucket}: {code} {error.response['Error'].get('Message', '')}"
            raise (BlobStoreFull if code in _NO_ROOM else BlobStoreAway)(why) from error
        except BotoCoreError as error:
            raise BlobStoreAway(f"bucket {self._bucket}: {error}") from error


def open_bucket(settings: Settings) -> S3Blobs:
    """Open the bucket that BLOB_STORE names; nothing connects before it is first used.

    Raises:
        ValueError: boto3 is not installed, or no bucket is named.
    """
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise ValueError(
            "BLOB_STORE=s3://... needs boto3: pip install '.[s3]', or boto3 alone"
        ) from None
    parts = urlsplit(settings.blob_store)
    if not parts.netloc:
        raise ValueError(f"BLOB_STORE={settings.blob_store!r} names no bucket: s3://BUCKET/PREFIX")
    config = Config(
        connect_timeout=min(2.0, settings.s3_timeout_s),
        read_timeout=settings.s3_timeout_s,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        max_pool_connections=settings.api_threads,
        tcp_keepalive=True,
        # Other S3 services know neither Amazon's newer checksums nor buckets as host names.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
    )
    client = boto3.client("s3", endpoint_url=settings.s3_endpoint or None, config=config)
    return S3Blobs(client, parts.netloc, parts.path)

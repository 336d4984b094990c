"""A real server that speaks S3: SeaweedFS, one process, from its PyPI package."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.ports import free_port
from tests.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOGIN = {"AWS_ACCESS_KEY_ID": "doodles", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_REGION": "eu-west-1"}
RIGHTS = {
    "identities": [
        {
            "name": "painter",
            "credentials": [{"accessKey": "doodles", "secretKey": "hush"}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
    ]
}


def program() -> str | None:
    """Return the server's program, or None where its package has no build for this platform."""
    return shutil.which("weed", path=os.fspath(Path(sys.executable).parent))


class Bucket:
    """Run the server with one empty bucket; tests may kill it and start it again."""

    name = "doodles"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.endpoint = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        parts = ("master", "volume", "filer", "admin")
        (folder / "rights.json").write_text(json.dumps(RIGHTS))
        self._command = [
            *(program() or "weed", "mini", f"-dir={folder}", "-ip=127.0.0.1"),
            *("-ip.bind=127.0.0.1", f"-s3.port={self._port}", "-webdav=false", "-admin.ui=false"),
            "-s3.autoCreateBucket=false",
            *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={folder}/rights.json"),
            *(f"-{part}.port={free_port()}" for part in parts),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Return what the service needs to keep its blobs here."""
        return {**LOGIN, "S3_ENDPOINT": self.endpoint, "BLOB_STORE": f"s3://{self.name}/blobs"}

    def client(self) -> "S3Client":
        """Return a client with all rights."""
        import boto3

        key, secret, region = LOGIN.values()
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            region_name=region,
        )

    def objects(self) -> list[str]:
        """List what is in the bucket."""
        listed: Any = self.client().list_objects_v2(Bucket=self.name)
        return [found["Key"] for found in listed.get("Contents", [])]

    def start(self) -> None:
        """Start the server and wait until the bucket is there."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, stdout=log, stderr=log
            )
        until(self._has_bucket, "the bucket")

    def _has_bucket(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()[:2000]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self._port)):
                return False
        try:
            known = [bucket["Name"] for bucket in self.client().list_buckets()["Buckets"]]
            if self.name not in known:
                self.client().create_bucket(Bucket=self.name)
            # A server that lists its bucket again may not serve objects yet.
            self.client().put_object(Bucket=self.name, Key="probe", Body=b"x")
            self.client().get_object(Bucket=self.name, Key="probe")
            self.client().delete_object(Bucket=self.name, Key="probe")
        except (ClientError, BotoCoreError):
            return False
        return True

    def kill(self) -> None:
        """End the server as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

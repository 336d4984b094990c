"""The small disk that a run's blobs lie on: it gets full, goes away, and has bad spots."""

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.blobs.folder import SIGN

#: Bytes on the disk per job of the run, and at least: a job has a picture and a label map.
BYTES_A_JOB, LEAST_BYTES = 64 * 1024, 16 * 2**20


class Disk:
    """Break the folder of blobs. `is_small` tells whether it is a disk of its own."""

    def __init__(self, folder: Path, *, is_small: bool) -> None:
        self.folder, self.is_small = folder, is_small

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room during the block."""
        filler = self.folder / ".filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        try:
            yield
        finally:
            filler.unlink(missing_ok=True)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Let the disk look as if it were not mounted during the block."""
        sign = self.folder / SIGN
        aside = sign.rename(self.folder / ".aside")
        try:
            yield
        finally:
            aside.rename(sign)

    def spoil(self, job_id: str) -> None:
        """Let a job's label map be unreadable from now on, for whoever asks."""
        for file in (self.folder / job_id[:2] / job_id).glob("label-map-*"):
            with contextlib.suppress(OSError):  # dropped meanwhile
                file.unlink()
                file.mkdir()

    def wait_for_put(self, timeout_s: float) -> None:
        """Return at the moment that another job's first blob is being stored, or after a while."""
        deadline_s, before = time.monotonic() + timeout_s, self._homes()
        while time.monotonic() < deadline_s and not self._homes() - before:
            time.sleep(0.001)

    def _homes(self) -> set[Path]:
        return set(self.folder.glob("*/*"))


@contextlib.contextmanager
def small_disk(jobs: int) -> Iterator[Disk]:
    """Mount a disk in memory for so many jobs; without the right to mount, give a plain folder."""
    size = max(LEAST_BYTES, jobs * BYTES_A_JOB)
    with tempfile.TemporaryDirectory(prefix="bench-blobs-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        try:
            is_small = subprocess.run(mount, capture_output=True).returncode == 0
        except FileNotFoundError:
            is_small = False
        try:
            yield Disk(Path(folder), is_small=is_small)
        finally:
            if is_small:
                subprocess.run(["umount", "-l", folder], check=True)

"""Blobs in a folder of files, for BLOB_STORE=folder or folder:PATH."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from jobs.blobs.store import SAFE_NAME, BlobBroken, BlobStoreAway, BlobStoreFull

#: File in a job's folder whose modification time is the folder's end of life.
MARK = ".ends"
#: File by which the folder is known: where a disk is not mounted any more, it is not there.
SIGN = ".doodlescape-blobs"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class FolderBlobs:
    """Keep blobs as files, one folder per job; a blob is whole or absent, also after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / SIGN).exists():
            with suppress(OSError):  # said when it is first used
                (folder / SIGN).touch()

    def _home(self, job_id: str) -> Path:
        if not SAFE_NAME.match(job_id):
            raise ValueError(f"job id {job_id!r} cannot name a folder")
        return self._folder / job_id[:2] / job_id

    def put(self, job_id: str, name: str, data: bytes, ttl_s: float) -> None:
        """Set the folder's end of life; write a temporary file, flush it to the disk, rename it."""
        if not SAFE_NAME.match(name):
            raise ValueError(f"blob name {name!r} cannot name a file")
        home = self._home(job_id)
        temporary = ""
        with self._told_apart(home / name, writing=True):
            self._check_sign()
            home.mkdir(parents=True, exist_ok=True)
            self._keep(home, ttl_s)
            try:
                handle, temporary = tempfile.mkstemp(dir=home, prefix=".")
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, home / name)
            except OSError:
                if temporary:
                    with suppress(OSError):
                        Path(temporary).unlink(missing_ok=True)
                raise

    def beside(self, job_id: str, blobs: Mapping[str, bytes], ttl_s: float) -> None:
        """Return None: the ledger writes no files."""

    def get(self, job_id: str, name: str) -> bytes | None:
        """Read the file, or give None."""
        if not SAFE_NAME.match(name):
            return None
        file = self._home(job_id) / name
        with self._told_apart(file):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                self._check_sign()
                return None

    def keep(self, job_id: str, ttl_s: float) -> None:
        """Write the end of life into the modification time of a mark, never an earlier one.

        The folder's own time would not do: every file written into it sets that to the present.
        """
        home = self._home(job_id)
        with self._told_apart(home, writing=True):
            self._check_sign()
            self._keep(home, ttl_s)

    def _keep(self, home: Path, ttl_s: float) -> None:
        mark, ends = home / MARK, time.time() + ttl_s
        if mark.parent.is_dir() and self._end_of(mark.parent) < ends:
            fresh = mark.with_name(f"{MARK}-{uuid4().hex}")
            fresh.touch()
            os.utime(fresh, (ends, ends))
            os.replace(fresh, mark)

    def delete(self, job_id: str, name: str = "") -> None:
        """Remove one file or the job's folder."""
        home = self._home(job_id)
        with self._told_apart(home / name, writing=True):
            self._check_sign()
            if name:
                (home / name).unlink(missing_ok=True)
            else:
                with suppress(FileNotFoundError):  # somebody else drops it, too
                    shutil.rmtree(home)

    def sweep(self, ttl_s: float) -> int:  # noqa: ARG002 - each folder knows its own end
        """Remove the folders whose end of life has passed."""
        late = [home for home in self._homes() if 0 < self._end_of(home) < time.time()]
        for home in late:
            shutil.rmtree(home, ignore_errors=True)
        return len(late)

    def copy_to(self, folder: Path) -> None:
        """Copy every blob that is there all the while; one dropped meanwhile is left out."""
        for home in self._homes():
            for file in home.iterdir():
                target = folder / home.relative_to(self._folder) / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):
                    shutil.copy2(file, target)

    def _check_sign(self) -> None:
        if not (self._folder / SIGN).exists():
            raise BlobStoreAway(f"{self._folder} has no {SIGN}: mount it, or restart to make one")

    @contextmanager
    def _told_apart(self, path: Path, *, writing: bool = False) -> Iterator[None]:
        """Tell a full disk and a folder that is away from one blob that cannot be used."""
        try:
            yield
        except OSError as error:
            why = f"{error.strerror or error}: {path}"
            if error.errno in NO_ROOM:
                raise BlobStoreFull(why) from error
            raise (BlobBroken if self._answers(writing) else BlobStoreAway)(why) from error

    def _answers(self, writing: bool) -> bool:
        try:
            (self._folder / SIGN).read_bytes()
            if writing:
                tempfile.TemporaryFile(dir=self._folder).close()
        except OSError:
            return False
        return True

    def _end_of(self, home: Path) -> float:
        try:
            return (home / MARK).stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def close(self) -> None:
        """Do nothing: files are closed after each use."""

    def _homes(self) -> Iterator[Path]:
        return (home for home in self._folder.glob("*/*") if home.is_dir())

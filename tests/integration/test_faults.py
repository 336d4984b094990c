"""What may go wrong with processes and servers, with real ones."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import open_blobs
from jobs.admin import Admin
from tests.integration.conftest import Stage
from tests.waiting import until

pytestmark = pytest.mark.slow
SLOW_BATCH = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_BATCH_S": "0.5"}


def test_a_killed_worker_loses_nothing(stage: Stage) -> None:
    """kill -9 in mid-batch: the restarted worker paints what the dead one had claimed."""
    worker = stage.worker(**SLOW_BATCH)
    jobs = [stage.submit(f"u{n}") for n in range(12)]
    until(lambda: any(stage.status(job) == "running" for job in jobs))
    worker.kill()
    worker.restart()
    done = stage.finish(jobs)
    assert {job.status for job in done} == {"succeeded"}
    assert max(job.attempt for job in done) == 2


def test_a_stopped_workers_late_write_is_refused(stage: Stage) -> None:
    """SIGSTOP past the lease, then SIGCONT: the other worker's result stands, alone."""
    asleep = stage.worker("w1", **SLOW_BATCH)
    job = stage.submit()
    until(lambda: stage.status(job) == "running")
    asleep.send(signal.SIGSTOP)
    stage.worker("w2", **SLOW_BATCH)
    (done,) = stage.finish([job])
    assert (done.status, done.worker, done.attempt) == ("succeeded", "w2", 2)

    asleep.send(signal.SIGCONT)
    refused = f"{stage.ledger.root}stats"
    until(lambda: stage.ledger.redis.hget(refused, "refused|tiny"))
    assert stage.ledger.get(job.id) == done
    for picture in done.images:
        assert stage.blobs.get(job.id, picture.blob)
    until(lambda: stage.alive("w1"), what="the woken worker")


def test_a_job_that_kills_its_worker_ends_as_poison(stage: Stage) -> None:
    """After three dead workers the job fails as poison, and the others are painted."""
    worker = stage.worker(DOODLESCAPE_PAINTER="tests.painters:killer", LEASE="0.6", BATCH_ITEMS="1")
    deadly = stage.submit("bad", label=66)
    good = [stage.submit(f"u{n}") for n in range(3)]
    for _ in range(3):
        worker.process.wait(120)
        worker.restart()
    (dead,) = stage.finish([deadly])
    assert dead.status == "failed"
    assert dead.error
    assert (dead.error["code"], dead.attempt) == ("poison", 3)
    assert {job.status for job in stage.finish(good)} == {"succeeded"}
    assert stage.ledger.redis.zscore(f"{stage.ledger.root}dead", deadly.id)


def test_a_lost_device_ends_the_worker_and_no_job(stage: Stage, tmp_path: Path) -> None:
    """The worker ends with status 75 for its supervisor, and a fresh one paints its jobs."""
    worker = stage.worker(
        DOODLESCAPE_PAINTER="tests.painters:lost",
        LOST_ONCE=str(tmp_path / "lost"),
        LEASE="0.6",
    )
    jobs = [stage.submit(f"u{n}") for n in range(3)]
    assert worker.process.wait(120) == 75
    worker.restart()
    done = stage.finish(jobs)
    assert {job.status for job in done} == {"succeeded"}
    assert max(job.attempt for job in done) == 2


def test_a_worker_without_a_model_says_so_and_ends(stage: Stage) -> None:
    """A model that cannot be loaded is one clear line and exit status 78."""
    worker = stage.spawn("w1", DOODLESCAPE_PAINTER="tests.painters:broken")
    assert worker.process.wait(120) == 78
    assert "cannot start" in worker.log.read_text()
    assert "Traceback" not in worker.log.read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Write a file that leaves no room on a disk, and return it."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def test_a_full_disk_fails_the_job_with_a_reason(stage: Stage, small_disk: Path) -> None:
    """When no picture can be stored the job says so, and works again when there is room."""
    store = f"folder:{small_disk}"
    stage.blobs = open_blobs(stage.settings.model_copy(update={"blob_store": store}))
    job = stage.submit()
    filler = fill(small_disk)
    stage.worker(BLOB_STORE=store, STORE_PATIENCE="0.3")
    (done,) = stage.finish([job])
    assert done.error
    assert (done.status, done.error["code"]) == ("failed", "storage-full")

    filler.unlink()
    Admin(stage.ledger).requeue(job.id)
    (again,) = stage.finish([job])
    assert again.status == "succeeded"
    assert stage.blobs.get(job.id, again.images[0].blob)


def test_a_full_disk_kills_no_worker(stage: Stage, small_disk: Path) -> None:
    """Waiting for room longer than the watchdog waits fails jobs at once, ends no worker."""
    store = f"folder:{small_disk}"
    stage.blobs = open_blobs(stage.settings.model_copy(update={"blob_store": store}))
    jobs = [stage.submit(f"u{n}") for n in range(4)]
    fill(small_disk)
    worker = stage.worker(BLOB_STORE=store, STORE_PATIENCE="6", BATCH_ITEMS="1", WATCHDOG="2")
    done = stage.finish(jobs)
    assert worker.process.poll() is None
    assert [(job.error or {})["code"] for job in done] == ["storage-full"] * 4
    assert {job.attempt for job in done} == {1}

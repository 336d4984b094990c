"""What may go wrong with processes and servers, with real ones."""

import signal

import pytest

from tests.integration.conftest import Stage, until

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
    until(lambda: stage.alive("w1"), what="for the woken worker")

"""Wall clocks that jump under a running service: the server's, and a worker's."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs import Job, Status
from tests.conftest import Valkey
from tests.integration.clock import JumpyClock
from tests.integration.conftest import Stage
from tests.waiting import until

pytestmark = pytest.mark.slow
SLOW_BATCH = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_BATCH_S": "0.3"}
# A lease bears a busy machine: first attempts are counted, and only a jump may be to blame.
PATIENT = SLOW_BATCH | {"LEASE": "15"}
JUMPS_S = (1800, -1800, 0)


@pytest.fixture
def clock(tmp_path: Path) -> JumpyClock:
    """Return a clock that a process may be started with."""
    folder = tmp_path / "clock"
    folder.mkdir()
    return JumpyClock(folder)


@pytest.fixture
def own_server(tmp_path: Path, clock: JumpyClock) -> Iterator[Valkey]:
    """Run a server whose clock may jump."""
    folder = tmp_path / "server"
    folder.mkdir()
    server = Valkey(folder, environment=clock.environment)
    server.start()
    yield server
    server.stop(kill=True)


def _until_running(stage: Stage, jobs: list[Job]) -> None:
    until(lambda: any(stage.status(job) == "running" for job in jobs))


def paint_through_jumps(stage: Stage, clock: JumpyClock) -> None:
    """Let the clock jump in mid-batch, forward and back; every job ends with one attempt."""
    for jump_s in JUMPS_S:
        jobs = [stage.submit(f"u{n}") for n in range(12)]
        _until_running(stage, jobs)
        clock.set(jump_s)
        done = stage.finish(jobs)
        assert {job.status for job in done} == {Status.SUCCEEDED}
        assert {job.attempt for job in done} == {1}
    stats = stage.ledger.redis.hgetall(f"{stage.ledger.root}stats")
    assert not {"leases_lost|tiny", "refused|tiny", "expired|tiny"} & stats.keys()


def test_the_servers_clock_may_jump(own_stage: Stage, clock: JumpyClock) -> None:
    """Half an hour forward and back on the server costs no claim, no attempt and no worker."""
    worker = own_stage.worker(**PATIENT)
    clock.set(JUMPS_S[0])
    until(lambda: own_stage.ledger.redis.time()[0] > time.time() + JUMPS_S[0] / 2, what="it")
    paint_through_jumps(own_stage, clock)
    assert worker.process.poll() is None


def test_a_worker_that_dies_after_a_jump_is_still_noticed(
    own_stage: Stage, clock: JumpyClock
) -> None:
    """A jump gives leases a fresh start, not eternal life: the dead worker's jobs go back."""
    doomed = own_stage.worker("w1", **SLOW_BATCH | {"BENCH_BATCH_S": "4"})
    job = own_stage.submit()
    until(lambda: own_stage.status(job) == "running")
    clock.set(-1800)
    doomed.kill()
    own_stage.worker("w2", **SLOW_BATCH)
    (done,) = own_stage.finish([job])
    assert (done.status, done.worker, done.attempt) == (Status.SUCCEEDED, "w2", 2)


def test_a_workers_clock_may_jump(stage: Stage, clock: JumpyClock) -> None:
    """No worker's wall clock decides anything: leases, beats and polls go on as before."""
    worker = stage.worker(**PATIENT | clock.environment)
    paint_through_jumps(stage, clock)
    assert worker.process.poll() is None
    assert stage.alive("w1")

"""The server goes away, comes back, answers slowly or not at all."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from jobs import NewJob, Status, load_settings, open_ledger
from tests.conftest import Valkey
from tests.integration.conftest import FAST, Stage, until
from tests.integration.proxy import Proxy

pytestmark = pytest.mark.slow
SLOW_BATCH = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_BATCH_S": "0.5"}


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Valkey]:
    """Run a server of the test's own, with its data on disk."""
    folder = tmp_path / "server"
    folder.mkdir()
    server = Valkey(folder, persist=True)
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture
def proxy(own_server: Valkey) -> Iterator[Proxy]:
    """Put a proxy in front of the test's own server."""
    with contextlib.closing(Proxy(own_server.port)) as carrier:
        yield carrier


@pytest.fixture
def own_stage(own_server: Valkey, tmp_path: Path) -> Iterator[Stage]:
    """Give a stage on the test's own server."""
    settings = load_settings(redis_url=own_server.url, data_dir=tmp_path, models=("tiny",), **FAST)
    environment = {
        "REDIS_URL": own_server.url,
        "DATA_DIR": str(tmp_path),
        "MODEL": "tiny",
        "DOODLESCAPE_PAINTER": "bench.painters:idle",
        "REDIS_TIMEOUT": "1",
    } | {name.removesuffix("_s").upper(): str(value) for name, value in FAST.items()}
    built = Stage(settings, environment, tmp_path)
    yield built
    built.close()
    for worker in built.workers:
        print(f"--- {worker.name}\n{worker.log.read_text()}")


def test_a_restarted_server_keeps_every_job_and_worker(
    own_stage: Stage, own_server: Valkey
) -> None:
    """kill -9 of the server under load: what was accepted is painted, by the same worker."""
    worker = own_stage.worker(**SLOW_BATCH)
    jobs = [own_stage.submit(f"u{n}") for n in range(24)]
    until(lambda: any(own_stage.status(job) == "running" for job in jobs))
    own_server.stop(kill=True)
    own_server.start()
    done = own_stage.finish(jobs)
    assert {job.status for job in done} == {Status.SUCCEEDED}
    assert worker.process.poll() is None


def test_after_an_outage_work_resumes_without_a_lost_attempt(
    own_stage: Stage, own_server: Valkey
) -> None:
    """A server away for longer than a lease: the painted batch is kept and stored afterwards."""
    worker = own_stage.worker(**SLOW_BATCH)
    job = own_stage.submit()
    until(lambda: own_stage.status(job) == "running")
    own_server.stop(kill=True)
    time.sleep(2 * own_stage.settings.lease_s)
    own_server.start()
    (done,) = own_stage.finish([job])
    assert (done.status, done.attempt) == (Status.SUCCEEDED, 1)
    assert worker.process.poll() is None


def test_ticks_are_heard_again_after_a_reconnect(own_stage: Stage, own_server: Valkey) -> None:
    """Celery's consumer does not stop silently: after a restart a tick still wakes the worker."""
    own_stage.worker(POLL="60", JANITOR="60", HEARTBEAT="0.3")
    idle = f"{own_stage.ledger.root}idle:tiny"
    until(lambda: own_stage.ledger.redis.zcard(idle))
    own_server.stop(kill=True)
    own_server.start()
    until(lambda: own_stage.alive("w1"))
    (done,) = own_stage.finish([own_stage.submit()])
    assert done.status is Status.SUCCEEDED


def test_a_frozen_server_is_an_error_soon_not_a_hang(own_stage: Stage, own_server: Valkey) -> None:
    """A server that accepts but never answers times out, and work resumes when it wakes."""
    own_stage.worker()
    job = own_stage.submit()
    own_stage.finish([job])
    own_server.send(signal.SIGSTOP)
    impatient = open_ledger(own_stage.settings.model_copy(update={"redis_timeout_s": 0.2}))
    with pytest.raises(RedisTimeoutError):
        impatient.get(job.id)
    own_server.send(signal.SIGCONT)
    assert own_stage.finish([own_stage.submit()])[0].status is Status.SUCCEEDED


def test_a_lost_answer_makes_neither_two_jobs_nor_none(own_stage: Stage, proxy: Proxy) -> None:
    """When the connection is cut after the server acted, the retry finds what was done."""
    settings = own_stage.settings.model_copy(
        update={"redis_url": f"redis://127.0.0.1:{proxy.port}/0"}
    )
    ledger = open_ledger(settings)
    assert ledger.redis.ping()
    new = NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32), fingerprint="f")
    ledger.run("list", user="ann", limit=1, cursor="")  # loads a script, warms the connection
    ledger.submit(NewJob(id=str(uuid4()), user="bob", model="tiny", size=(32, 32)))

    proxy.lose_next_answer()
    assert ledger.submit(new).job.id == new.id
    assert len(ledger.list_jobs("ann").jobs) == 1

    ledger.claim("w", ["tiny"], max_items=1, max_pixels=10**9)
    proxy.lose_next_answer()
    (job,) = ledger.claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    assert (job.id, job.attempt) == (new.id, 1)

    proxy.lose_next_answer()
    assert ledger.complete(job, [])


def test_a_worker_behind_a_bad_line_gets_its_work_done(own_stage: Stage, proxy: Proxy) -> None:
    """Slow answers and connections cut again and again delay jobs, and lose none."""
    proxy.delay_s = 0.01
    own_stage.worker(
        REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0",
        DOODLESCAPE_PAINTER="bench.painters:sleeper",
        BENCH_BATCH_S="0.1",
    )
    jobs = [own_stage.submit(f"u{n}") for n in range(30)]
    deadline = time.monotonic() + 120
    while any(own_stage.ledger.get(job.id).live for job in jobs):
        proxy.cut()
        assert time.monotonic() < deadline
        time.sleep(0.3)
    done = own_stage.finish(jobs)
    assert {job.status for job in done} == {Status.SUCCEEDED}

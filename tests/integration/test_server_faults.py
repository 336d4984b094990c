"""The server goes away, comes back, answers slowly or not at all."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from jobs import NewJob, Status, open_ledger
from jobs.claims import Claims
from tests.api.conftest import label_map
from tests.conftest import Valkey
from tests.integration.conftest import Api, Stage
from tests.integration.proxy import Proxy
from tests.integration.test_http import multipart
from tests.waiting import until

pytestmark = pytest.mark.slow
OUTAGE_S = 20.0
SLOW_BATCH = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_BATCH_S": "0.5"}


@pytest.fixture
def proxy(own_server: Valkey) -> Iterator[Proxy]:
    """Put a proxy in front of the test's own server."""
    with contextlib.closing(Proxy(own_server.port)) as broker:
        yield broker


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


def test_an_outage_of_20_s_is_told_and_survived(
    own_stage: Stage, own_server: Valkey, serve: Callable[..., Api]
) -> None:
    """The API says 503 and when to ask again; the worker keeps its batch and stores it later."""
    worker = own_stage.worker(**SLOW_BATCH, LEASE="10")  # half the outage
    api = serve(REDIS_URL=own_stage.settings.redis_url)
    job = own_stage.submit()
    until(lambda: own_stage.status(job) == "running")
    own_server.stop(kill=True)
    gone_s = time.monotonic()

    body, headers = multipart(label_map())
    path = f"/api/v1/jobs/{uuid4()}"
    while time.monotonic() - gone_s < OUTAGE_S:
        status, answer, _ = api.ask("PUT", path, body, **headers)
        assert status == 503
        assert int(answer["Retry-After"]) >= 1
        assert api.ask("GET", "/livez")[0] == 200
        assert worker.process.poll() is None
        time.sleep(1.0)

    own_server.start()
    (done,) = own_stage.finish([job])
    assert (done.status, done.attempt) == (Status.SUCCEEDED, 1)
    until(lambda: api.ask("PUT", path, body, **headers)[0] == 202, what="the API")
    (new,) = own_stage.finish([own_stage.ledger.get(path.rpartition("/")[2])])
    assert new.status is Status.SUCCEEDED


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


def test_a_worker_that_starts_while_the_server_is_full_waits(own_stage: Stage) -> None:
    """Redis without room ends no worker: it hears ticks and paints as soon as there is some."""
    server = own_stage.ledger.redis
    job = own_stage.submit()
    server.config_set("maxmemory", 1)
    worker = own_stage.spawn("w1", POLL="60", JANITOR="60")
    until(lambda: "no ticks yet" in worker.log.read_text(), "the worker to be refused")
    server.config_set("maxmemory", 0)

    assert own_stage.finish([job])[0].status is Status.SUCCEEDED
    until(lambda: server.zcard(f"{own_stage.ledger.root}idle:tiny"), "the worker to be idle")
    assert own_stage.finish([own_stage.submit()])[0].status is Status.SUCCEEDED
    assert worker.process.poll() is None


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

    Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9)
    proxy.lose_next_answer()
    (job,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    assert (job.id, job.attempt) == (new.id, 1)

    proxy.lose_next_answer()
    assert Claims(ledger).complete(job, [])


def test_a_worker_behind_a_bad_line_gets_its_work_done(own_stage: Stage, proxy: Proxy) -> None:
    """Slow answers and connections cut again and again delay jobs, and lose none."""
    proxy.delay_s = 0.01
    own_stage.worker(
        REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0",
        DOODLESCAPE_PAINTER="bench.painters:sleeper",
        BENCH_BATCH_S="0.1",
        LEASE="10",  # the line is slow here, the worker not dead: no lease of 2 s is to run out
    )
    jobs = [own_stage.submit(f"u{n}") for n in range(30)]
    deadline = time.monotonic() + 120
    while any(own_stage.ledger.get(job.id).live for job in jobs):
        proxy.cut()
        assert time.monotonic() < deadline
        time.sleep(0.3)
    done = own_stage.finish(jobs)
    assert {job.status for job in done} == {Status.SUCCEEDED}


def test_clients_of_an_api_behind_a_bad_line_get_every_job_once(
    own_stage: Stage, proxy: Proxy, serve: Callable[..., Api]
) -> None:
    """Whatever the API answers while its line is slow and cut, repeating a PUT makes one job."""
    own_stage.worker()
    api = serve(REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0")
    session = api.ask("GET", "/")[1]["Set-Cookie"].partition(";")[0]
    body, headers = multipart(label_map())
    wanted = [str(uuid4()) for _ in range(12)]
    proxy.delay_s = 0.005
    seen = set()
    for number, job_id in enumerate(wanted):
        status = 0
        while status != 202:
            if number % 2:
                proxy.cut()
            else:
                proxy.lose_next_answer()
            status = api.ask("PUT", f"/api/v1/jobs/{job_id}", body, Cookie=session, **headers)[0]
            seen.add(status)
            assert status in (202, 503)
    proxy.delay_s = 0.0

    user = own_stage.ledger.get(wanted[0]).user
    listed = own_stage.ledger.list_jobs(user, limit=100).jobs
    assert sorted(job.id for job in listed) == sorted(wanted)
    assert {job.status for job in own_stage.finish(list(listed))} == {Status.SUCCEEDED}

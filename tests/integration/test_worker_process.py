"""A real worker process in everyday work."""

import io
import json
import signal
import socket

from celery import Celery
from PIL import Image

from jobs.server.ticks import celery_app
from tests.integration.conftest import Stage
from tests.waiting import until


def test_a_submitted_job_is_painted(stage: Stage) -> None:
    """A job goes through a real worker and its picture holds the labels and the recipe."""
    stage.worker()
    (done,) = stage.finish([stage.submit(label=42, seed=5, count=2)])
    assert done.status == "succeeded"
    assert [picture.seed for picture in done.images] == [5, 6]

    data = stage.blobs.get(done.id, done.images[0].blob)
    assert data is not None
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.convert("RGB").getpixel((3, 3)) == (42, 42, 42)
        assert json.loads(picture.info["Description"]) == {"model": "tiny", "seed": 5}


def test_sigterm_gives_back_or_finishes(stage: Stage) -> None:
    """A stopped worker leaves no running job and costs nobody an attempt."""
    worker = stage.worker(DOODLESCAPE_PAINTER="bench.painters:sleeper", BENCH_BATCH_S="0.3")
    jobs = [stage.submit(f"u{n}") for n in range(20)]
    until(lambda: any(stage.status(job) == "running" for job in jobs))
    assert worker.stop() == 0
    after = [stage.ledger.get(job.id) for job in jobs]
    assert {job.status for job in after} <= {"queued", "succeeded"}
    assert all(job.attempt == 0 for job in after if job.status == "queued")
    assert not stage.alive("w1")


def test_sighup_starts_it_again(stage: Stage) -> None:
    """The process drains, becomes a fresh worker of the same name, and no job is lost or redone."""
    worker = stage.worker(DOODLESCAPE_PAINTER="bench.painters:sleeper", BENCH_BATCH_S="0.3")
    jobs = [stage.submit(f"u{n}") for n in range(20)]
    until(lambda: any(stage.status(job) == "running" for job in jobs))

    worker.send(signal.SIGHUP)

    until(lambda: worker.log.read_text().count("model is ready") == 2, what="a second start")
    done = stage.finish(jobs)
    assert {(job.status, job.attempt) for job in done} == {("succeeded", 1)}
    assert worker.process.poll() is None


def test_it_answers_ping_while_it_paints(stage: Stage) -> None:
    """Remote control works while a batch is on the device."""
    stage.worker(DOODLESCAPE_PAINTER="bench.painters:sleeper", BENCH_BATCH_S="8")
    job = stage.submit()
    until(lambda: stage.status(job) == "running")
    app: Celery = celery_app(stage.settings)
    assert app.control.ping(timeout=8.0, limit=1) == [{"worker@w1": {"ok": "pong"}}]
    assert stage.status(job) == "running"


def test_a_hanging_webhook_receiver_holds_up_no_picture(stage: Stage) -> None:
    """Jobs are painted while their messages are not taken, and each log line is one JSON object."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        worker = stage.worker(
            WEBHOOK_SECRET=secret,
            WEBHOOK_ALLOW_PRIVATE="1",
            WEBHOOK_TIMEOUT="60",
            LOG_FORMAT="json",
        )
        first = [stage.submit(f"u{n}", webhook_url=url) for n in range(3)]
        stage.finish(first)
        with deaf.accept()[0], deaf.accept()[0]:  # both couriers are stuck now
            later = stage.finish([stage.submit(f"v{n}", webhook_url=url) for n in range(6)])
    assert {job.status for job in later} == {"succeeded"}
    assert stage.ledger.redis.zcard(f"{stage.ledger.root}outbox") == 9

    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line[:1] == "{"]
    (line,) = [one for one in lines if one.get("job") == later[0].id]
    assert (line["event"], line["user"], line["attempt"]) == ("job succeeded", "v0", 1)

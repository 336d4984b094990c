"""A rolling upgrade, and several API replicas: whoever is asked, the service answers as one."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from jobs import Job, NewJob, Status
from jobs.admin import Admin
from jobs.job import RECORD_VERSION
from tests.api.conftest import label_map
from tests.integration.conftest import Api, Stage
from tests.integration.test_http import multipart
from tests.waiting import until

pytestmark = pytest.mark.slow
SLOW = {"DOODLESCAPE_PAINTER": "bench.painters:sleeper", "BENCH_BATCH_S": "0.2", "BATCH_ITEMS": "2"}
NEWER = "tests.integration.newer"


def test_a_rolling_upgrade_loses_no_job_and_no_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new worker joins, the old one drains and leaves; each paints what it can read."""
    old = stage.worker("old", **SLOW)
    jobs = [stage.submit(f"u{n}") for n in range(12)]
    until(lambda: any(stage.status(job) == "running" for job in jobs))
    monkeypatch.setattr(NewJob, "record_version", RECORD_VERSION + 1)
    newer = [stage.submit(f"u{n}") for n in range(6)]
    stage.finish(jobs)
    assert {stage.status(job) for job in newer} == {"queued"}
    assert {job.worker for job in read(stage, jobs)} == {"old"}

    jobs = [stage.submit(f"v{n}") for n in range(6)]
    monkeypatch.undo()
    jobs += [stage.submit(f"w{n}") for n in range(12)]
    stage.spawn("new", NEWER, **SLOW)
    until(lambda: stage.alive("new"))
    assert old.stop() == 0

    done = stage.finish([*newer, *jobs])
    assert {(job.status, job.attempt) for job in done} == {(Status.SUCCEEDED, 1)}
    assert {job.worker for job in done[: len(newer) + 6]} == {"new"}


def read(stage: Stage, jobs: list[Job]) -> list[Job]:
    """Return the jobs as they are now."""
    return [stage.ledger.get(job.id) for job in jobs]


@pytest.fixture
def replicas(stage: Stage, serve: Callable[..., Api]) -> list[Api]:
    """Run two APIs on ports of their own, with one secret, and two workers."""
    shared = {"SECRET_KEY": "k" * 32, "API_PROCESSES": "1", "RATE_SUBMIT": "20/hour"}
    stage.spawn("w1")
    stage.spawn("w2")
    found = [serve(**shared), serve(**shared)]
    until(lambda: stage.alive("w1") and stage.alive("w2"))
    return found


def test_any_replica_answers_any_request(replicas: list[Api]) -> None:
    """Sessions, jobs, idempotency, polls, shares and rates are one for all replicas."""
    here, there = replicas
    session = here.ask("GET", "/")[1]["Set-Cookie"].partition(";")[0]
    body, headers = multipart(label_map())
    headers |= {"Cookie": session, "Idempotency-Key": str(uuid.uuid4())}

    status, _, first = here.ask("POST", "/api/v1/jobs", body, **headers)
    again, _, second = there.ask("POST", "/api/v1/jobs", body, **headers)
    job = json.loads(first)
    assert (status, again, json.loads(second)["id"]) == (202, 202, job["id"])

    until(lambda: seen(there, job, session)["status"] == "succeeded")
    picture = seen(there, job, session)["images"][0]["url"]
    assert (
        here.ask("GET", picture, Cookie=session)[2] == there.ask("GET", picture, Cookie=session)[2]
    )
    assert there.ask("GET", job["url"])[0] == 404  # a stranger, at the other replica too

    shared = json.loads(there.ask("POST", f"{job['url']}/share", Cookie=session)[2])
    assert here.ask("GET", f"/api/v1/shares/{shared['token']}")[0] == 200


def test_moves_and_rates_are_told_by_every_replica(stage: Stage, replicas: list[Api]) -> None:
    """A poll and a stream at one replica hear of a cancel at the other; rates are counted once."""
    here, there = replicas
    Admin(stage.ledger).pause(model="tiny")
    session = here.ask("GET", "/")[1]["Set-Cookie"].partition(";")[0]
    body, headers = multipart(label_map())
    headers |= {"Cookie": session}
    job = json.loads(here.ask("POST", "/api/v1/jobs", body, **headers)[2])
    heard: dict[str, str] = {}

    def listen(tail: str) -> None:
        heard[tail] = there.ask("GET", job["url"] + tail, Cookie=session)[2].decode()

    listeners = [threading.Thread(target=listen, args=(t,)) for t in ("?wait=20", "/events")]
    for listener in listeners:
        listener.start()
    assert here.ask("DELETE", job["url"], Cookie=session)[0] == 200
    for listener in listeners:
        listener.join(300)
    assert json.loads(heard["?wait=20"])["status"] == "cancelled"
    assert "cancelled" in heard["/events"]

    answers = [
        replicas[number % 2].ask("POST", "/api/v1/jobs", body, **headers)[0] for number in range(24)
    ]
    assert answers.count(202) + 1 <= 20
    assert set(answers) == {202, 429}


def seen(api: Api, job: dict[str, str], session: str) -> Any:
    """Look at a job with its owner's session."""
    return json.loads(api.ask("GET", f"{job['url']}?wait=2", Cookie=session)[2])

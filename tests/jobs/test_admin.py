"""The operator's command line, on a real server."""

import json
from typing import Any
from uuid import uuid4

import pytest

from jobs import Job, Ledger, NewJob, Settings, Status, open_blobs
from jobs.__main__ import main
from jobs.claims import Claims
from jobs.janitor import sweep
from jobs.workers.speed import Speed


@pytest.fixture(autouse=True)
def _environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the commands at the test's server."""
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("MODEL", "tiny")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    """Run a command and read its JSON lines."""
    assert main(["--json", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def submit(ledger: Ledger, user: str = "ann") -> Job:
    """Queue a small job."""
    return ledger.submit(NewJob(id=str(uuid4()), user=user, model="tiny", size=(32, 32))).job


def claim(ledger: Ledger, worker: str = "w") -> tuple[Job, ...]:
    """Claim one job."""
    return Claims(ledger).claim(worker, ["tiny"], max_items=1, max_pixels=10**9).jobs


def test_queues_and_workers_are_shown(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """Depth, running jobs, workers and speed per model; each living worker."""
    submit(ledger), submit(ledger)
    ledger.workers.heartbeat("w", "ready", ["tiny"], {"tiny": Speed(0, 0.5, 4)}, device="cpu")
    claim(ledger)
    (row,) = run(capsys, "queues")
    assert row | {"oldest_s": 0} == {
        "model": "tiny", "queued": 1, "oldest_s": 0, "running": 1, "workers": 1,
        "pictures_per_s": 2.0, "paused": False,
    }  # fmt: skip
    (worker,) = run(capsys, "workers")
    assert (worker["worker"], worker["state"], worker["device"]) == ("w", "ready", "cpu")
    assert main(["queues"]) == 0
    assert "pictures_per_s" in capsys.readouterr().out


@pytest.mark.parametrize("gate", [["--model", "tiny"], ["--worker", "w"]])
def test_drain_and_resume(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], gate: list[str]
) -> None:
    """A drained model or worker gets nothing until it is resumed; others go on."""
    submit(ledger)
    run(capsys, "drain", *gate)
    assert not claim(ledger, "w")
    run(capsys, "resume", *gate)
    assert claim(ledger, "w")


def test_dead_letters_are_listed_and_requeued(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """A poison job is among the dead until it is queued again."""
    job = submit(ledger)
    ledger.settings = ledger.settings.model_copy(update={"max_attempts": 1, "janitor_s": 0.0})
    claim(ledger)
    sweep(ledger)
    ledger.redis.zadd(f"{ledger.root}leases", {job.id: 1})
    sweep(ledger)
    assert run(capsys, "dead") == [{"kind": "job", "id": job.id, "user": "ann", "reason": "poison"}]
    run(capsys, "requeue")
    assert run(capsys, "dead") == []
    assert ledger.get(job.id).status is Status.QUEUED


def test_a_requeued_job_begins_to_wait_anew(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job put back after days neither expires at once nor looks as if it had waited for days."""
    job, days_ms = submit(ledger), 3 * 86_400_000
    (claimed,) = claim(ledger)
    Claims(ledger).fail(claimed, "paint-failed", "No.")
    blobs = open_blobs(ledger.settings)
    blobs.put(job.id, "map", b"x", 60)
    created_ms = round(job.created_s * 1000) - days_ms
    ledger.redis.hset(f"{ledger.root}job:{job.id}", "created", created_ms)
    run(capsys, "requeue", job.id)

    assert sweep(ledger).expired == ()
    assert run(capsys, "queues")[0]["oldest_s"] < 600
    (again,) = claim(ledger)
    assert again.created_s == created_ms / 1000
    assert again.waited_s < 600
    Claims(ledger).give_back(again)
    assert run(capsys, "queues")[0]["oldest_s"] < 600, "given back, it waits on"
    life_s = ledger.redis.ttl(f"{ledger.settings.namespace}:blobs:{{{job.id}}}")
    assert isinstance(life_s, int)
    assert life_s > ledger.settings.queue_ttl_s, "its input has to outlive the wait"


def test_purge_cancels_only_what_it_names(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Purging a user leaves the others' jobs; purging a model leaves none queued."""
    mine, other = submit(ledger, "ann"), submit(ledger, "bob")
    assert run(capsys, "purge", "--user", "ann") == [{"cancelled": 1}]
    assert ledger.get(mine.id).status is Status.CANCELLED
    assert ledger.get(other.id).status is Status.QUEUED
    assert run(capsys, "purge", "--model", "tiny") == [{"cancelled": 1}]


def test_forget_and_show(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """A job can be looked at, and is unknown once its user is forgotten."""
    job = submit(ledger)
    assert {"field": "user", "value": "ann"} in run(capsys, "show", job.id)
    assert run(capsys, "forget", "ann") == [{"forgotten": "ann", "jobs": 1}]
    assert main(["show", job.id]) == 1
    assert "NotFound" in capsys.readouterr().err


def test_a_missing_server_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a server the command says so and fails."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert main(["queues"]) == 1
    assert "check REDIS_URL" in capsys.readouterr().err

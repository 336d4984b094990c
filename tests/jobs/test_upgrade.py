"""Old and new workers side by side: a record is claimed only by who can read it."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from jobs import Job, Ledger, NewJob, load_settings
from jobs.claims import Claims
from jobs.job import RECORD_VERSION
from jobs.server.connection import connect
from jobs.workers.speed import Speed
from tests.conftest import Valkey


def submit(to: Ledger, version: int, user: str = "ann") -> Job:
    """Queue a job as a release with that record version would."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(NewJob, "record_version", version)
        new = NewJob(id=str(uuid4()), user=user, model="tiny", size=(32, 32))
        return to.submit(new).job


def claim(to: Ledger, version: int, items: int = 4) -> list[str]:
    """Claim as a worker of that record version."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "record_version", version)
        found = Claims(to).claim(f"w{version}", ["tiny"], max_items=items, max_pixels=10**9)
        return [job.id for job in found.jobs]


@given(versions=st.lists(st.integers(1, 3), max_size=30), items=st.integers(1, 4))
def test_each_worker_gets_what_it_can_read_in_order(
    valkey_server: Valkey, versions: list[int], items: int
) -> None:
    """Whatever is in the queue, a worker gets all it can read, in order, and nothing newer."""
    with Redis(port=valkey_server.port) as client:
        client.flushall()
    settings = load_settings(
        redis_url=valkey_server.url, models=("tiny",), max_queued_per_user=99, max_live_per_user=99
    )
    with connect(settings) as client:
        shared = Ledger(client, settings)
        jobs = [(submit(shared, version).id, version) for version in versions]
        for reads in (1, 2, 3):
            given_out: list[str] = []
            while batch := claim(shared, reads, items):
                assert len(batch) <= items
                given_out += batch
            assert given_out == [job_id for job_id, version in jobs if version == reads]


def test_a_job_of_the_release_before_is_still_painted(ledger: Ledger) -> None:
    """A record that an older release wrote is claimed by this one."""
    job = submit(ledger, RECORD_VERSION - 1)
    assert claim(ledger, RECORD_VERSION) == [job.id]


def test_newer_records_do_not_hide_what_is_far_behind_them(ledger: Ledger) -> None:
    """An older worker looks past a long run of records that it cannot read."""
    for number in range(30):
        submit(ledger, RECORD_VERSION + 1, f"user-{number}")
    own = submit(ledger, RECORD_VERSION, "zoe")
    assert claim(ledger, RECORD_VERSION, items=1) == [own.id]
    assert ledger.get(own.id).status == "running"


def test_names_in_the_server_stay_those_of_earlier_releases(ledger: Ledger) -> None:
    """Old and new processes share keys and fields: what they are called there never changes."""
    new = NewJob(
        id=str(uuid4()), user="ann", model="tiny", size=(32, 32), batch_key="x",
        idempotency_key="k", fingerprint="f",
    )  # fmt: skip
    ledger.submit(new)
    ledger.submit(replace(new, id=str(uuid4()), idempotency_key="", slot="page"))
    assert {"batch:tiny:ann", "live:tiny:ann", "once:ann:k", "order:tiny"} <= keys(ledger)

    ledger.workers.heartbeat("w", "ready", ["tiny"], {"tiny": Speed(1, 2, 3, 4, load_s=5)})
    claims = Claims(ledger)
    while batch := claims.claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs:
        claims.complete(batch[0], [])
    record = ledger.redis.hgetall(f"{ledger.root}job:{new.id}")
    assert {"batch": "x", "once": "k", "status": "succeeded"}.items() <= record.items()
    assert "sealed" in record
    worker = ledger.redis.hgetall(f"{ledger.root}worker:w")
    speed = {"base_s": 1, "item_s": 2, "limit": 3, "busy_s": 4}  # and nothing that is newer
    assert json.loads(worker["paces"]) == {"tiny": speed}

    submit(ledger, RECORD_VERSION, "bob")
    assert "rung" in keys(ledger)
    ledger.redis.zadd(f"{ledger.root}expiry", {new.id: 1})
    ledger.drop_due(1)
    assert {f"tomb:{new.id}", "leftovers"} <= keys(ledger)


def test_a_worker_of_the_release_before_is_read(ledger: Ledger) -> None:
    """A heartbeat that says nothing of loaded models counts as one of a worker that is ready."""
    ledger.workers.heartbeat("w", "ready", ["tiny"], {"tiny": Speed(1, 2, 3)}, loaded={"tiny": 9})
    ledger.redis.hdel(f"{ledger.root}worker:w", "loaded", "loading")
    (worker,) = ledger.workers.living()
    assert (worker.loaded, worker.speeds["tiny"].load_s) == ({}, 0.0)


def keys(ledger: Ledger) -> set[str]:
    """Return the names of all the ledger's keys, without their root."""
    found: list[str] = ledger.redis.keys(f"{ledger.root}*")  # type: ignore[assignment]
    return {key.removeprefix(ledger.root) for key in found}

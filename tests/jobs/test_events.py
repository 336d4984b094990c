"""Waiting for a job to move, and replaying what was missed."""

import threading
from uuid import uuid4

import pytest

from jobs import Events, Job, Ledger, NewJob, Status
from jobs.claims import Claims
from jobs.errors import NotFound


@pytest.fixture
def events(ledger: Ledger) -> Events:
    """Return the events of the ledger."""
    return Events(ledger)


def submit(ledger: Ledger, user: str = "ann") -> Job:
    """Queue a small job."""
    return ledger.submit(NewJob(id=str(uuid4()), user=user, model="tiny", size=(32, 32))).job


def claim(ledger: Ledger) -> Job:
    """Claim one job."""
    (job,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    return job


def test_a_wait_ends_when_the_job_moves(ledger: Ledger, events: Events) -> None:
    """The waiter gets the new version at once, and is not woken for good by another job."""
    job = submit(ledger)
    found: list[Job] = []
    waiter = threading.Thread(
        target=lambda: found.append(events.wait(job.id, "ann", job.version, 30))
    )
    waiter.start()
    submit(ledger)
    claim(ledger)
    waiter.join(10)
    assert not waiter.is_alive()
    assert (found[0].status, found[0].version) == (Status.RUNNING, 2)


def test_a_wait_without_news_ends_with_what_is(ledger: Ledger, events: Events) -> None:
    """When nothing moves the same version comes back; an old version or an end, at once."""
    job = submit(ledger)
    assert events.wait(job.id, "ann", job.version, 0.05).version == job.version
    assert events.wait(job.id, "ann", 0, 30).version == job.version
    done = ledger.cancel(job.id)
    assert events.wait(job.id, "ann", done.version, 30).status is Status.CANCELLED
    with pytest.raises(NotFound):
        events.wait(job.id, "bob", 1, 1)


def test_missed_events_are_replayed_in_order(ledger: Ledger, events: Events) -> None:
    """Reading after an id gives every later move of the user, of all their jobs and no others'."""
    first = submit(ledger)
    seen = events.last_id("ann")
    claim(ledger)
    submit(ledger, "bob")
    second = submit(ledger)
    ledger.cancel(second.id)
    moves = [(event.job_id, event.status, event.version) for event in events.read("ann", seen)]
    assert moves == [
        (first.id, Status.RUNNING, 2),
        (second.id, Status.QUEUED, 1),
        (second.id, Status.CANCELLED, 2),
    ]

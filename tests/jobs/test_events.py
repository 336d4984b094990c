"""Hearing of moves, and replaying what was missed."""

from itertools import islice
from uuid import uuid4

import pytest

from jobs import Events, Job, Ledger, NewJob, Status
from jobs.claims import Claims


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


def test_moves_are_announced_to_who_listens(ledger: Ledger, events: Events) -> None:
    """A listener is told first that it listens, then the id of every job that moves."""
    heard = events.announcements(lambda: False)
    assert next(heard) is None
    first, second = submit(ledger), submit(ledger, "bob")
    claim(ledger)
    assert list(islice(heard, 3)) == [first.id, second.id, first.id]


def test_a_listener_is_told_when_it_listens_again(ledger: Ledger, events: Events) -> None:
    """After a broken connection a listener knows that it may have missed something."""
    heard = events.announcements(lambda: False)
    assert next(heard) is None
    assert ledger.redis.client_kill_filter(_type="pubsub") == 1
    assert next(heard) is None
    job = submit(ledger)
    assert next(heard) == job.id


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

"""The life of one job in the ledger, from submit to the end of its record."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from jobs import Ledger, NewJob, Picture, Status, open_blobs
from jobs.admin import Admin
from jobs.blobs.orphans import OrphanedBlobs
from jobs.claims import Claim, Claims
from jobs.errors import (
    Expired,
    IdTaken,
    KeyInFlight,
    NotFound,
    QueueFull,
    QuotaExceeded,
    RequestMismatch,
)
from jobs.janitor import sweep
from jobs.job import MOVES, RECORD_VERSION, Job


def new(user: str = "ann", **more: object) -> NewJob:
    """Ask for a small job of `user`."""
    fields: dict[str, object] = {"id": str(uuid4()), "model": "tiny", "size": (64, 64)}
    return NewJob(user=user, **(fields | more))  # type: ignore[arg-type]


def claim(ledger: Ledger, items: int = 1, **more: object) -> Claim:
    """Claim up to `items` pictures as the worker `w1`."""
    return Claims(ledger).claim("w1", ["tiny"], max_items=items, max_pixels=10**9, **more)  # type: ignore[arg-type]


def one(ledger: Ledger) -> Job:
    """Claim exactly one job."""
    (job,) = claim(ledger).jobs
    return job


PICTURE = Picture("image-1-0.png", 7, 64, 64, "image/png")


def test_a_job_is_queued_claimed_and_succeeds(ledger: Ledger) -> None:
    """A job goes queued, running, succeeded, and its version grows with each move."""
    job = ledger.submit(new(seed=7, params={"format": "png"})).job
    assert (job.status, job.version, job.position, job.attempt) == (Status.QUEUED, 1, 1, 0)

    running = one(ledger)
    assert (running.status, running.version, running.attempt) == (Status.RUNNING, 2, 1)
    assert running.position is None
    assert running.params == {"format": "png"}

    assert Claims(ledger).complete(running, [PICTURE])
    done = ledger.get(job.id, "ann")
    assert (done.status, done.version, done.images) == (Status.SUCCEEDED, 3, (PICTURE,))
    assert done.created_s <= (done.started_s or 0) <= (done.finished_s or 0)


def test_the_same_request_makes_one_job(ledger: Ledger) -> None:
    """A repeated submit gives the first job; another request under the same id is refused."""
    ask = new(fingerprint="f1")
    assert ledger.submit(ask).created
    assert not ledger.submit(ask).created
    with pytest.raises(RequestMismatch):
        ledger.submit(new(id=ask.id, fingerprint="f2"))
    with pytest.raises(IdTaken):
        ledger.submit(new("bob", id=ask.id, fingerprint="f1"))
    assert len(claim(ledger, 9).jobs) == 1


def test_an_idempotency_key_names_one_request(ledger: Ledger) -> None:
    """A key gives the same job again, refuses another body, and is taken while in flight."""
    assert ledger.reserve_key("ann", "k", "f1") is None
    with pytest.raises(KeyInFlight):
        ledger.reserve_key("ann", "k", "f1")
    first = ledger.submit(new(idempotency_key="k", fingerprint="f1")).job

    again = ledger.submit(new(idempotency_key="k", fingerprint="f1"))
    assert (again.job.id, again.created) == (first.id, False)
    assert ledger.reserve_key("ann", "k", "f1") == first.id
    assert ledger.reserve_key("bob", "k", "f9") is None
    with pytest.raises(RequestMismatch):
        ledger.reserve_key("ann", "k", "f2")
    with pytest.raises(RequestMismatch):
        ledger.submit(new(idempotency_key="k", fingerprint="f2"))


def test_a_refused_request_frees_its_key(ledger: Ledger) -> None:
    """Releasing a reservation frees the key, but not one that has a job."""
    ledger.reserve_key("ann", "k", "f1")
    ledger.release_key("ann", "k")
    assert ledger.reserve_key("ann", "k", "f2") is None
    job = ledger.submit(new(idempotency_key="k", fingerprint="f2")).job
    ledger.release_key("ann", "k")
    assert ledger.reserve_key("ann", "k", "f2") == job.id


def test_quotas_are_refused_with_their_limit(ledger: Ledger) -> None:
    """Each limit refuses by name and lets in again when there is room."""
    ledger.settings = ledger.settings.model_copy(
        update={"max_queued_per_user": 2, "max_live_per_user": 3, "max_live_per_address": 4}
    )
    for _ in range(2):
        ledger.submit(new(address="a"))
    with pytest.raises(QuotaExceeded, match="queued limit of 2"):
        ledger.submit(new(address="a"))
    claim(ledger, 2)
    ledger.submit(new(address="a"))
    with pytest.raises(QuotaExceeded, match="live limit of 3"):
        ledger.submit(new(address="a"))
    ledger.submit(new("bob", address="a"))
    with pytest.raises(QuotaExceeded, match="address limit of 4"):
        ledger.submit(new("cid", address="a"))


def test_a_job_that_moves_to_another_address_counts_there(ledger: Ledger) -> None:
    """Replacing a waiting job from another address finds no more room there than others do."""
    small = {"max_live_per_address": 2, "max_pixels_per_address": 0}
    ledger.settings = ledger.settings.model_copy(update=small)
    ledger.submit(new("ann", slot="page", address="home"))
    for user in ("bob", "cid"):
        ledger.submit(new(user, address="office"))
    with pytest.raises(QuotaExceeded, match="address limit of 2"):
        ledger.submit(new("ann", slot="page", address="office"))
    ledger.submit(new("ann", slot="page", address="home"))

    pixels = {"max_live_per_address": 9, "max_pixels_per_address": 3 * 64 * 64 - 1}
    ledger.settings = ledger.settings.model_copy(update=pixels)
    with pytest.raises(QuotaExceeded):
        ledger.submit(new("ann", slot="page", address="office"))


def test_quotas_count_pixels(ledger: Ledger) -> None:
    """A user's and an address's queued and running pictures together stay within their pixels."""
    ledger.settings = ledger.settings.model_copy(
        update={"max_pixels_per_user": 20_000, "max_pixels_per_address": 28_000}
    )
    ledger.submit(new(address="a", count=2))  # of 64 x 64
    claim(ledger, 1)
    ledger.submit(new(address="a", count=2, slot="live"))
    with pytest.raises(QuotaExceeded, match="pixels limit of 20000"):
        ledger.submit(new(address="a"))
    ledger.submit(new(address="a", count=2, slot="live"))  # takes the place of the queued one
    with pytest.raises(QuotaExceeded, match="address-pixels limit of 28000"):
        ledger.submit(new("bob", address="a", count=3))
    ledger.submit(new("bob", address="a", count=2))


def test_a_full_queue_is_refused_for_everyone(ledger: Ledger) -> None:
    """The global depth limit refuses with QueueFull."""
    ledger.settings = ledger.settings.model_copy(update={"max_depth": 2})
    ledger.submit(new("ann"))
    ledger.submit(new("bob"))
    with pytest.raises(QueueFull):
        ledger.submit(new("cid"))


def test_bytes_are_stored_with_their_job_or_not_at_all(ledger: Ledger) -> None:
    """What lies beside a job comes in the step that makes it; a refusal or a repeat stores none."""
    blobs = open_blobs(ledger.settings)
    first, second = new(fingerprint="f"), new()

    ledger.submit(first, blobs.beside(first.id, {"map": b"\x00one", "style": b"two"}, 60))
    ledger.submit(first, blobs.beside(first.id, {"again": b"three"}, 60))
    ledger.settings = ledger.settings.model_copy(update={"max_depth": 1})
    with pytest.raises(QueueFull):
        ledger.submit(second, blobs.beside(second.id, {"map": b"four"}, 60))

    names = ("map", "style", "again")
    assert [blobs.get(first.id, name) for name in names] == [b"\x00one", b"two", None]
    assert blobs.get(second.id, "map") is None


@pytest.mark.parametrize("stage", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_cancel_is_idempotent_in_every_state(ledger: Ledger, stage: str) -> None:
    """Cancelling ends live jobs, leaves finished ones alone and refuses late writes."""
    job = ledger.submit(new()).job
    if stage != "queued":
        running = one(ledger)
    if stage == "succeeded":
        Claims(ledger).complete(running, [PICTURE])
    elif stage == "failed":
        Claims(ledger).fail(running, "paint-failed", "No.")
    elif stage == "cancelled":
        ledger.cancel(job.id, "ann")

    first = ledger.cancel(job.id, "ann")
    second = ledger.cancel(job.id, "ann")

    live = stage in ("queued", "running")
    assert first.status == (Status.CANCELLED if live else Status(stage))
    assert second.version == first.version
    assert not claim(ledger).jobs
    if stage == "running":
        assert Claims(ledger).renew([running]) == {job.id}
        assert not Claims(ledger).complete(running, [PICTURE])
        assert ledger.get(job.id).images == ()


def test_others_do_not_see_a_job(ledger: Ledger) -> None:
    """Another user's job does not exist, neither to look at nor to cancel."""
    job = ledger.submit(new()).job
    for act in (ledger.get, ledger.cancel):
        with pytest.raises(NotFound):
            act(job.id, "bob")
    assert ledger.get(job.id, "ann").status is Status.QUEUED


def test_a_late_worker_is_refused(ledger: Ledger) -> None:
    """Only the present claim may settle a job; one whose lease was lost may not."""
    ledger.submit(new())
    late = one(ledger)
    lose_leases(ledger)
    now = one(ledger)
    assert (now.id, now.attempt) == (late.id, 2)

    assert not Claims(ledger).complete(late, [PICTURE])
    assert not Claims(ledger).fail(late, "paint-failed", "No.")
    assert not Claims(ledger).give_back(late)
    assert Claims(ledger).complete(now, [PICTURE])
    assert Claims(ledger).complete(now, [PICTURE]), "asked again after a lost answer"
    assert not Claims(ledger).complete(late, [PICTURE])


def test_the_third_lost_lease_is_poison(ledger: Ledger) -> None:
    """A job that takes three workers down fails as poison, and an operator may revive it."""
    job = ledger.submit(new()).job
    for _ in range(3):
        one(ledger)
        lose_leases(ledger)
    dead = ledger.get(job.id)
    assert dead.status is Status.FAILED
    assert dead.error
    assert dead.error["code"] == "poison"

    Admin(ledger).requeue(job.id)
    assert one(ledger).attempt == 1


def test_giving_back_does_not_count(ledger: Ledger) -> None:
    """A job that was given back keeps its place and its attempts."""
    first, second = (ledger.submit(new()).job for _ in range(2))
    Claims(ledger).give_back(one(ledger))
    assert [ledger.get(job.id).position for job in (first, second)] == [1, 2]
    assert one(ledger).attempt == 1


def test_a_record_ends_as_a_tombstone(ledger: Ledger) -> None:
    """A record that is past its retention is expired for its owner and unknown to others."""
    ask = new(fingerprint="f")
    ledger.submit(ask)
    ledger.settings = ledger.settings.model_copy(update={"retention_s": 0.001, "janitor_s": 0.0})
    Claims(ledger).complete(one(ledger), [PICTURE])
    _wait_for_server_clock(ledger)
    assert sweep(ledger).dropped == (ask.id,)
    with pytest.raises(Expired):
        ledger.get(ask.id, "ann")
    with pytest.raises(NotFound):
        ledger.get(ask.id, "bob")
    with pytest.raises(Expired):
        ledger.submit(ask)
    with pytest.raises(IdTaken):
        ledger.submit(new("bob", id=ask.id))


def test_a_job_may_wait_too_long(ledger: Ledger) -> None:
    """A job that nobody painted in time becomes expired."""
    job = ledger.submit(new()).job
    ledger.settings = ledger.settings.model_copy(update={"queue_ttl_s": 0.001, "janitor_s": 0.0})
    _wait_for_server_clock(ledger)
    assert sweep(ledger).expired == (job.id,)
    assert ledger.get(job.id).status is Status.EXPIRED
    assert not claim(ledger).jobs


def test_nothing_of_a_job_outlives_its_tombstone(ledger: Ledger) -> None:
    """Once dropped, no key but the tombstone and keys that expire by themselves names the job."""
    ledger.settings = ledger.settings.model_copy(update={"retention_s": 0.001, "janitor_s": 0.0})
    ledger.submit(new(slot="s", idempotency_key="k", address="a"))
    ledger.submit(new(slot="s", address="a"))
    Claims(ledger).complete(one(ledger), [PICTURE])
    ledger.submit(new(webhook_url="https://example.org/"))
    Claims(ledger).fail(one(ledger), "paint-failed", "No.")
    _wait_for_server_clock(ledger)
    sweep(ledger)
    OrphanedBlobs(ledger, open_blobs(ledger.settings)).sweep(1.0)
    lasting = {key for key in ledger.redis.scan_iter() if ledger.redis.ttl(key) == -1}
    assert {key.removeprefix(ledger.root).split(":")[0] for key in lasting} <= {
        "arrivals", "submitted", "fences", "models", "round", "served", "stats", "swept",
        "outbox", "delivery",
    }  # fmt: skip


def all_text(ledger: Ledger) -> str:
    """Return all that the server holds: every key's name and what is in it."""
    redis, read = ledger.redis, []
    readers: dict[str, Callable[[str], object]] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "zset": lambda key: redis.zrange(key, 0, -1),
        "stream": redis.xrange,
    }
    for key in redis.scan_iter():
        read.append((key, readers[str(redis.type(key))](key)))
    return repr(read)


def test_forgetting_a_user_leaves_nothing(ledger: Ledger) -> None:
    """Deleting a user's data leaves no name of theirs, not even of jobs that were gone before."""
    ledger.settings = ledger.settings.model_copy(update={"retention_s": 0.001, "janitor_s": 0.0})
    gone = [
        ledger.submit(new("ann-b", idempotency_key=f"g{n}", webhook_url="https://example.org")).job
        for n in range(3)
    ]
    for _ in gone:
        Claims(ledger).complete(one(ledger), [PICTURE])
    other_gone = ledger.submit(new("bob")).job
    Claims(ledger).complete(one(ledger), [PICTURE])
    _wait_for_server_clock(ledger)
    assert len(sweep(ledger).dropped) == 4

    jobs = [ledger.submit(new("ann-b", slot=f"s{n}", idempotency_key=f"k{n}")) for n in range(3)]
    one(ledger)
    other = ledger.submit(new("bob")).job
    assert "ann-b" in all_text(ledger)
    assert sorted(ledger.forget("ann-b")) == sorted(made.job.id for made in jobs)
    for job in (*gone, *(made.job for made in jobs)):
        with pytest.raises(NotFound):
            ledger.get(job.id)
    assert "ann-b" not in all_text(ledger)
    assert ledger.get(other.id).position == 1
    with pytest.raises(Expired):
        ledger.get(other_gone.id, "bob")


def test_the_list_pages_newest_first(ledger: Ledger) -> None:
    """Paging gives every job of the user once, newest first, also while new ones arrive."""
    ids = [ledger.submit(new()).job.id for _ in range(5)]
    ledger.submit(new("bob"))
    first = ledger.list_jobs("ann", limit=2)
    ledger.submit(new())
    second = ledger.list_jobs("ann", limit=3, cursor=first.next_cursor)
    assert [job.id for job in first.jobs + second.jobs] == ids[::-1]
    assert second.next_cursor is None


def test_a_lost_claim_answer_is_repeated(ledger: Ledger) -> None:
    """The same claim sent twice, as after a cut connection, gives the same jobs."""
    ledger.submit(new())
    arguments: dict[str, Any] = {
        "worker": "w1", "models": ["tiny"], "max_items": 4, "max_pixels": {"tiny": 10**9},
        "item_s": 1, "full": False, "idle": True, "nonce": "n", "lease_ms": 15000,
        "reads": RECORD_VERSION,
    }  # fmt: skip
    first = ledger.run("claim", **arguments)
    second = ledger.run("claim", **arguments)
    assert first[0] == second[0] != []


def test_every_move_is_in_the_table() -> None:
    """Terminal statuses have no way out but the operator's requeue of a failed job."""
    assert {status for status, moves in MOVES.items() if moves == frozenset()} == {
        Status.SUCCEEDED, Status.CANCELLED, Status.EXPIRED,
    }  # fmt: skip
    assert MOVES[Status.FAILED] == {Status.QUEUED}


def lose_leases(ledger: Ledger) -> None:
    """Let every lease run out, as a janitor sees it that has been watching."""
    ledger.settings = ledger.settings.model_copy(update={"janitor_s": 0.0})
    sweep(ledger)
    held: list[str] = ledger.redis.zrange(f"{ledger.root}leases", 0, -1)  # type: ignore[assignment]
    for job_id in held:
        ledger.redis.zadd(f"{ledger.root}leases", {job_id: 1})
    sweep(ledger)


def _wait_for_server_clock(ledger: Ledger) -> None:
    start = ledger.redis.time()
    while ledger.redis.time() < (start[0], start[1] + 5000):
        pass

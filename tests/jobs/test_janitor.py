"""The janitor: lost leases, lost ticks, and clocks that jump."""

from uuid import uuid4

import pytest

from jobs import Job, Ledger, NewJob, Settings, Status
from jobs.claims import Claims
from jobs.janitor import sweep
from jobs.server.connection import connect
from jobs.workers.speed import Speed

HOUR_MS = 3_600_000


@pytest.fixture
def ledger(settings: Settings) -> Ledger:
    """Return a ledger whose janitor may run at any time."""
    ticked: list[str] = []
    swift = settings.model_copy(update={"janitor_s": 0.0})
    built = Ledger(connect(swift), swift, ticked.append)
    built.ticked = ticked  # type: ignore[attr-defined]
    return built


def submit(ledger: Ledger) -> Job:
    """Queue a small job."""
    return ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32))).job


def claim(ledger: Ledger, worker: str = "w") -> tuple[Job, ...]:
    """Claim one job, or count as idle."""
    return Claims(ledger).claim(worker, ["tiny"], max_items=1, max_pixels=10**9).jobs


def server_ms(ledger: Ledger) -> int:
    """Return the server's clock."""
    seconds, micros = ledger.redis.time()
    return seconds * 1000 + micros // 1000


def jump(ledger: Ledger, by_ms: int) -> None:
    """Shift what the ledger remembers of the time, as if the server's clock had jumped `by_ms`."""
    root = ledger.root
    ledger.redis.set(f"{root}swept", server_ms(ledger) - by_ms)
    leases: list[tuple[str, float]] = ledger.redis.zrange(f"{root}leases", 0, -1, withscores=True)  # type: ignore[assignment]
    for job_id, until_ms in leases:
        ledger.redis.zadd(f"{root}leases", {job_id: until_ms - by_ms})


def test_a_renewed_lease_is_kept_and_a_silent_one_goes_back(ledger: Ledger) -> None:
    """Only jobs whose worker did not renew return to the queue, in their old place."""
    submit(ledger), submit(ledger)
    sweep(ledger)
    (kept,), (silent,) = claim(ledger), claim(ledger)
    ledger.redis.zadd(f"{ledger.root}leases", {kept.id: 1, silent.id: 1})
    assert Claims(ledger).renew([kept]) == frozenset()
    assert sweep(ledger).returned == (silent.id,)
    assert ledger.get(silent.id).position == 1


@pytest.mark.parametrize("by_ms", [HOUR_MS, -HOUR_MS])
def test_a_clock_jump_costs_nobody_a_claim(ledger: Ledger, by_ms: int) -> None:
    """Forward or back, living workers get a fresh lease and dead ones still lose theirs."""
    submit(ledger)
    (job,) = claim(ledger)
    sweep(ledger)
    jump(ledger, by_ms)
    assert sweep(ledger).returned == ()
    (until_ms,) = ledger.redis.zmscore(f"{ledger.root}leases", [job.id])
    left_s = ((until_ms or 0) - server_ms(ledger)) / 1000
    assert 0 < left_s <= ledger.settings.lease_s
    assert Claims(ledger).renew([job]) == frozenset()

    ledger.redis.zadd(f"{ledger.root}leases", {job.id: 1})
    assert sweep(ledger).returned == (job.id,)


def test_a_submit_wakes_one_idle_worker_the_fastest(ledger: Ledger) -> None:
    """One tick per job, to the idle worker that paints fastest; a busy one is never woken."""
    ticked: list[str] = ledger.ticked  # type: ignore[attr-defined]
    for worker, item_s in (("slow", 2.0), ("fast", 0.1)):
        ledger.workers.heartbeat(worker, "ready", ["tiny"], {"tiny": Speed(0, item_s, 1)})
        Claims(ledger).claim(worker, ["tiny"], max_items=1, max_pixels=10**9, item_s=item_s)
    for _ in range(3):
        submit(ledger)
    assert ticked == ["fast", "slow"]


def test_a_claim_passes_the_tick_on_when_more_waits(ledger: Ledger) -> None:
    """Work that one worker leaves wakes the next idle one."""
    ticked: list[str] = ledger.ticked  # type: ignore[attr-defined]
    ledger.workers.heartbeat("idle", "ready", ["tiny"], {})
    submit(ledger), submit(ledger)
    claim(ledger, "idle"), claim(ledger, "idle"), claim(ledger, "idle")
    submit(ledger)
    assert ticked == ["idle"]
    submit(ledger)
    claim(ledger, "busy")
    assert ticked == ["idle"], "a tick was sent to it, and it has not answered yet"


def test_lost_ticks_are_sent_again(ledger: Ledger) -> None:
    """When work waits and a worker is idle, it is woken by the janitor; the dead not for ever."""
    ticked: list[str] = ledger.ticked  # type: ignore[attr-defined]
    for worker in ("dead", "alive"):
        ledger.workers.heartbeat(worker, "ready", ["tiny"], {})
    claim(ledger, "dead")
    submit(ledger)
    assert ticked == ["dead"]
    ledger.redis.delete(f"{ledger.root}worker:dead")
    claim(ledger, "other")
    claim(ledger, "alive")
    ledger.redis.zadd(f"{ledger.root}idle:tiny", {"dead": 0})
    ticked.clear()
    Claims(ledger).give_back(*_running(ledger))
    sweep(ledger)
    assert "alive" in ticked


def _running(ledger: Ledger) -> tuple[Job, ...]:
    held: list[str] = ledger.redis.zrange(f"{ledger.root}leases", 0, -1)  # type: ignore[assignment]
    return tuple(ledger.get(job_id) for job_id in held)


def test_sweeps_too_close_together_do_nothing(ledger: Ledger) -> None:
    """Many workers may sweep; only one of them does the work each time."""
    submit(ledger)
    (job,) = claim(ledger)
    ledger.settings = ledger.settings.model_copy(update={"janitor_s": 60.0})
    sweep(ledger)
    ledger.redis.zadd(f"{ledger.root}leases", {job.id: 1})
    assert sweep(ledger).returned == ()
    assert ledger.get(job.id).status is Status.RUNNING

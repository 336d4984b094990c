"""The fair order: who is painted next, and that every shown position is true."""

import contextlib
from collections import Counter, defaultdict
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jobs import Job, Ledger, NewJob, Status, load_settings
from jobs.claims import Claims
from jobs.server.connection import connect
from tests.conftest import Valkey

USERS = ["ann", "bob", "cid"]
SLOTS = ["", "", "live", "other"]


def ask(user: str, slot: str = "", **more: object) -> NewJob:
    """Ask for a small job."""
    return NewJob(id=str(uuid4()), user=user, model="tiny", size=(32, 32), slot=slot, **more)  # type: ignore[arg-type]


def drain(ledger: Ledger) -> list[Job]:
    """Claim everything, one by one."""
    order: list[Job] = []
    while jobs := Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs:
        order += jobs
    return order


def test_users_take_turns(ledger: Ledger) -> None:
    """Somebody with one job waits behind one job of each other user, not behind all of them."""
    for _ in range(5):
        ledger.submit(ask("ann"))
    ledger.submit(ask("bob"))
    assert [job.user for job in drain(ledger)] == ["ann", "bob", "ann", "ann", "ann", "ann"]


def test_quick_resubmission_gains_nothing(ledger: Ledger) -> None:
    """Someone who submits the next job when the last one starts gets every second turn, not all."""
    for _ in range(4):
        ledger.submit(ask("ann"))
    ledger.submit(ask("bob"))
    order = []
    while jobs := Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs:
        order.append(jobs[0].user)
        if jobs[0].user == "bob" and len(order) < 6:
            ledger.submit(ask("bob"))
    assert order[:7] == ["ann", "bob", "ann", "bob", "ann", "bob", "ann"]


LARGE = (2048, 2048)


def test_large_pictures_leave_turns_to_small_ones(ledger: Ledger) -> None:
    """Users share pixels: between two pictures of 2048 someone paints live as many small ones."""
    for _ in range(3):
        ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=LARGE))
    ledger.submit(NewJob(id=str(uuid4()), user="bob", model="tiny", size=(256, 256), slot="live"))
    order = ""
    while jobs := Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs:
        order += jobs[0].user[0]
        Claims(ledger).complete(jobs[0], [])
        if jobs[0].user == "bob":
            wish = NewJob(str(uuid4()), "bob", "tiny", (256, 256), slot="live")
            ledger.submit(wish)
        if order.count("a") == 3:
            break
    assert order == "a" + 64 * "b" + "a" + 64 * "b" + "a"


def test_variations_take_turns_as_pictures_do(ledger: Ledger) -> None:
    """Four variations of one job cost what four jobs cost."""
    for count in (4, 1):
        ledger.submit(NewJob(str(uuid4()), "ann", "tiny", (256, 256), count=count))
    for _ in range(6):
        ledger.submit(NewJob(str(uuid4()), "bob", "tiny", (256, 256)))
    assert "".join(job.user[0] for job in drain(ledger)) == "abbbbabb"


def test_cancelling_moves_the_users_own_jobs_up(ledger: Ledger) -> None:
    """A user whose early jobs are cancelled is not left with late turns."""
    jobs = [ledger.submit(ask("ann")).job for _ in range(4)]
    for _ in range(4):
        ledger.submit(ask("bob"))
    for job in jobs[:3]:
        ledger.cancel(job.id)
    assert [job.user for job in drain(ledger)][:2] == ["ann", "bob"]


def test_a_slot_holds_one_queued_job_at_its_old_place(ledger: Ledger) -> None:
    """The newer job of a slot replaces the older one in the queue, and keeps its place."""
    old = ledger.submit(ask("ann", "live")).job
    ledger.submit(ask("bob"))
    newer = ledger.submit(ask("ann", "live")).job
    gone = ledger.get(old.id)
    assert gone.status is Status.CANCELLED
    assert gone.error
    assert (gone.error["code"], gone.error["by"]) == ("replaced", newer.id)
    assert newer.position == 1


def test_a_running_job_of_the_slot_is_left_to_finish(ledger: Ledger) -> None:
    """Live painting always ends in a picture: only what is still queued is replaced."""
    ledger.submit(ask("ann", "live"))
    (running,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    ledger.submit(ask("ann", "live"))
    assert ledger.get(running.id).status is Status.RUNNING
    assert Claims(ledger).complete(running, [])


def test_a_given_back_live_job_yields_to_its_successor(ledger: Ledger) -> None:
    """When a newer job of the slot waits, an older one that comes back ends as replaced."""
    ledger.submit(ask("ann", "live"))
    (running,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    newer = ledger.submit(ask("ann", "live")).job
    assert Claims(ledger).give_back(running)
    assert ledger.get(running.id).status is Status.CANCELLED
    assert [job.id for job in drain(ledger)] == [newer.id]


def test_live_and_explicit_jobs_of_one_user_alternate(ledger: Ledger) -> None:
    """Neither kind starves the other inside one user's turns."""
    for _ in range(3):
        ledger.submit(ask("ann"))
    for slot in ("a", "b", "c"):
        ledger.submit(ask("ann", slot))
    kinds = [bool(job.slot) for job in drain(ledger)]
    assert kinds == [True, False, True, False, True, False]


def test_a_batch_never_skips_anyone(ledger: Ledger) -> None:
    """A claim takes the front run of equal sizes within the limits of pictures and pixels."""
    sizes = [(32, 32), (32, 32), (64, 64), (32, 32)]
    for number, size in enumerate(sizes):
        ledger.submit(NewJob(id=str(uuid4()), user=f"u{number}", model="tiny", size=size))

    def claim(items: int, pixels: int) -> list[str]:
        jobs = Claims(ledger).claim("w", ["tiny"], max_items=items, max_pixels=pixels).jobs
        return [job.user for job in jobs]

    assert claim(1, 10**9) == ["u0"]
    assert claim(8, 10**9) == ["u1"]
    assert claim(8, 1) == ["u2"], "a job above the limit still runs, alone"
    assert claim(8, 10**9) == ["u3"]


def test_each_model_has_its_own_limit_of_pixels(ledger: Ledger) -> None:
    """A model whose memory is tight gets smaller batches than another on the same worker."""
    for model in ("tight", "roomy"):
        for number in range(4):
            wish = NewJob(id=str(uuid4()), user=f"u{number}", model=model, size=(32, 32))
            ledger.submit(wish)
    limits = {"tight": 2 * 32 * 32, "roomy": 10**9}

    def claim(model: str) -> int:
        return len(Claims(ledger).claim("w", [model], max_items=8, max_pixels=limits).jobs)

    assert [claim("tight"), claim("tight"), claim("roomy")] == [2, 2, 4]


def test_variations_count_as_pictures(ledger: Ledger) -> None:
    """A batch of at most four pictures takes a job of three and leaves one of two."""
    for number, count in enumerate([3, 2]):
        ledger.submit(ask(f"u{number}", count=count))
    first = Claims(ledger).claim("w", ["tiny"], max_items=4, max_pixels=10**9).jobs
    assert [job.count for job in first] == [3]


def test_claiming_ahead_takes_only_full_batches(ledger: Ledger) -> None:
    """A busy worker stages a batch only when it cannot grow and nobody is idle."""

    def ahead() -> int:
        claim = Claims(ledger).claim(
            "w", ["tiny"], max_items=2, max_pixels=10**9, full=True, idle=False
        )
        return len(claim.jobs)

    ledger.submit(ask("ann"))
    assert ahead() == 0
    ledger.submit(ask("ann"))
    assert ahead() == 2


def test_a_job_that_fills_a_batch_is_not_claimed_ahead(ledger: Ledger) -> None:
    """A large picture is a batch of its own, and stays in the queue while another is painted."""
    for user in ("ann", "bob"):
        ledger.submit(NewJob(id=str(uuid4()), user=user, model="tiny", size=(64, 64)))

    def claim(*, ahead: bool) -> list[str]:
        jobs = Claims(ledger).claim(
            "w", ["tiny"], max_items=8, max_pixels=64 * 64, full=ahead, idle=False
        )
        return [job.user for job in jobs.jobs]

    assert claim(ahead=False) == ["ann"]
    assert claim(ahead=True) == []
    assert claim(ahead=False) == ["bob"]


class FairOrder(RuleBasedStateMachine):
    """Drive the ledger at random; positions must always tell the true claim order."""

    server: Valkey

    @initialize()
    def begin(self) -> None:
        """Start from an empty server."""
        found = load_settings(redis_url=self.server.url, models=("tiny",))
        self.client = connect(found)
        self.client.flushall()
        self.ledger = Ledger(self.client, found)
        self.queued: dict[str, Job] = {}
        self.running: list[Job] = []

    def teardown(self) -> None:
        """Claim the rest, and compare with the positions shown before."""
        if not hasattr(self, "ledger"):
            return
        with contextlib.closing(self.client):
            shown = {job_id: self.ledger.get(job_id).position for job_id in self.queued}
            order = [job.id for job in drain(self.ledger)]
            assert {job_id: place for place, job_id in enumerate(order, 1)} == shown

    @rule(
        user=st.sampled_from(USERS),
        slot=st.sampled_from(SLOTS),
        side=st.sampled_from([32, 32, 512]),
    )
    def submit(self, user: str, slot: str, side: int) -> None:
        """Queue a job; of a taken slot the older one goes."""
        if sum(job.user == user for job in self.queued.values()) >= 20:
            return
        wish = NewJob(str(uuid4()), user, "tiny", (side, side), slot=slot)
        job = self.ledger.submit(wish).job
        for other in list(self.queued.values()):
            if slot and (other.user, other.slot) == (user, slot):
                del self.queued[other.id]
        self.queued[job.id] = job

    @rule(items=st.integers(1, 4))
    def claim(self, items: int) -> None:
        """Claim a batch, which must be the front of the order, as long as sizes are equal."""
        positions = {job_id: self.ledger.get(job_id).position for job_id in self.queued}
        claimed = Claims(self.ledger).claim("w", ["tiny"], max_items=items, max_pixels=10**9).jobs
        front = sorted(positions, key=lambda job_id: positions[job_id] or 0)[:items]
        sizes = [self.queued[job_id].size for job_id in front]
        alike = next((n for n, size in enumerate(sizes) if size != sizes[0]), len(front))
        assert [job.id for job in claimed] == front[:alike]
        for job in claimed:
            del self.queued[job.id]
            self.running.append(job)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Cancel any queued job."""
        if self.queued:
            number = data.draw(st.integers(0, len(self.queued) - 1))
            job_id = list(self.queued)[number]  # ids are random: their order must not matter
            self.ledger.cancel(job_id)
            del self.queued[job_id]

    @rule()
    def give_back(self) -> None:
        """Return the latest claim; a live one may find its slot taken."""
        if not self.running:
            return
        job = self.running.pop()
        Claims(self.ledger).give_back(job)
        if self.ledger.get(job.id).status is Status.QUEUED:
            self.queued[job.id] = job

    @invariant()
    def positions_are_one_to_n(self) -> None:
        """No two queued jobs share a position, none is left out."""
        if hasattr(self, "ledger"):
            places = sorted(self.ledger.get(job_id).position or 0 for job_id in self.queued)
            assert places == list(range(1, len(places) + 1))


def test_positions_tell_the_claim_order(valkey: Valkey) -> None:
    """Under any mix of submit, replace, claim, cancel and give-back, positions are exact."""
    FairOrder.server = valkey
    case = FairOrder.TestCase
    case.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
    case().runTest()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes=st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(SLOTS)), max_size=40))
def test_waiting_users_are_served_evenly(ledger: Ledger, wishes: list[tuple[str, str]]) -> None:
    """Among users who all still wait, nobody is ever more than one job ahead of another."""
    ledger.redis.flushall()
    for user, slot in wishes:
        ledger.submit(ask(user, slot))
    order = [job.user for job in drain(ledger)]
    total, served = Counter(order), Counter[str]()
    for user in order:
        served[user] += 1
        waiting = [served[name] for name in total if served[name] < total[name]]
        assert not waiting or max(waiting) - min(waiting) <= 1


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes=st.lists(st.tuples(st.sampled_from(USERS), st.booleans()), max_size=30))
def test_each_users_kind_is_first_come_first_served(
    ledger: Ledger, wishes: list[tuple[str, bool]]
) -> None:
    """Inside one user and kind (live or explicit) the order is that of submission."""
    ledger.redis.flushall()
    sent: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for number, (user, live) in enumerate(wishes):
        job = ledger.submit(ask(user, f"slot{number}" if live else "")).job
        sent[user, live].append(job.id)
    got: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for job in drain(ledger):
        got[job.user, bool(job.slot)].append(job.id)
    assert got == sent


def test_a_worker_of_two_models_takes_the_oldest(ledger: Ledger) -> None:
    """Of the models it holds, a worker takes the one whose job has waited longest; never others."""
    for model in ("b", "a", "c"):
        ledger.submit(NewJob(id=str(uuid4()), user="ann", model=model, size=(32, 32)))
        ledger.redis.zadd(
            f"{ledger.root}waiting:{model}",
            {job: {"b": 1, "a": 2, "c": 3}[model] for job in waiting(ledger, model)},
        )
    claimed = [
        [
            job.model
            for job in Claims(ledger).claim("w", ["a", "b"], max_items=9, max_pixels=10**9).jobs
        ]
        for _ in range(3)
    ]
    assert claimed == [["b"], ["a"], []]


def waiting(ledger: Ledger, model: str) -> list[str]:
    """Return the ids that wait for a model."""
    return ledger.redis.zrange(f"{ledger.root}waiting:{model}", 0, -1)  # type: ignore[return-value]

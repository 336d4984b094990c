"""The people of the load test, and the simulation that is checked against the real service."""

import itertools
import math
import random
from uuid import uuid4

import pytest
import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.capacity import Assumed, Measured, Plan, Prices, costs, needs
from bench.figures import jain, quantile
from bench.load.people import Habits, Wish, wishes
from bench.scale import SEEN, USED, run, seen, used
from bench.simulation.fair_queue import FairQueue, Job
from bench.simulation.run import simulate
from bench.simulation.service import Costs
from jobs import Ledger, NewJob
from jobs.claims import Claims

#: Users by whether they paint live, in a slot.
LIVE = {"ann": False, "bob": False, "cid": True, "dan": True}


def test_people_wish_as_often_as_their_habits_say() -> None:
    """Over a long time the wishes per second are those that the arithmetic counts with."""
    habits = Habits()
    plan = list(itertools.islice(wishes(random.Random(1), habits), 20_000))
    seconds = sum(wish.after_s for wish in plan)

    assert len(plan) / seconds == pytest.approx(habits.jobs_per_s, rel=0.05)
    pictures = sum(wish.count for wish in plan)
    assert pictures / seconds == pytest.approx(habits.pictures_per_s, rel=0.05)


@pytest.mark.parametrize(
    ("values", "index"), [([], 1.0), ([0, 0], 1.0), ([2, 2, 2], 1.0), ([9, 0, 0], 1 / 3)]
)
def test_fairness_is_one_for_equals_and_least_for_one_who_has_all(
    values: list[float], index: float
) -> None:
    """Jain's index at its ends."""
    assert jain(values) == pytest.approx(index)


def test_quantiles_are_values_that_were_seen() -> None:
    """p50 and p99 of a hundred numbers are two of them."""
    assert (quantile(range(100), 0.5), quantile(range(100), 0.99)) == (50, 99)


submits = st.tuples(st.sampled_from(sorted(LIVE)), st.integers(1, 4))
claims = st.integers(1, 8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(submits | claims, max_size=30))
def test_the_simulated_queue_is_the_real_one(
    ledger: Ledger, moves: "list[tuple[str, int] | int]"
) -> None:
    """Submits and claims in any order take the same jobs from the simulation and the ledger."""
    queue, env = FairQueue(), simpy.Environment()
    ledger.redis.flushdb()
    real: dict[str, Job] = {}
    users = {name: number for number, name in enumerate(LIVE)}
    for move in moves:
        if isinstance(move, int):
            claim = Claims(ledger).claim(
                "w", ["tiny"], max_items=move, max_pixels=10**9, item_s=1.0
            )
            assert [real[job.id] for job in claim.jobs] == queue.claim(move)
            continue
        user, count = move
        new = NewJob(
            id=str(uuid4()), user=user, model="tiny", size=(32, 32), count=count,
            slot="live" if LIVE[user] else "", params={},
        )  # fmt: skip
        real[new.id] = Job(users[user], Wish(0.0, count, LIVE[user]), 0.0, env.event())
        ledger.submit(new)
        queue.put(real[new.id])
        assert ledger.get(new.id).position == queue.position(real[new.id])


def test_the_simulation_serves_what_is_asked_while_it_can() -> None:
    """With room, people get all pictures at once and the GPUs' time is what they cost."""
    figures = Costs(gpus=4)
    one = simulate(60, figures, seconds=120.0)
    wished = 60 * Habits().pictures_per_s

    assert one.pictures_per_s == pytest.approx(wished, rel=0.1)
    assert one.api_busy == pytest.approx(one.requests_per_s * figures.request_s)
    paint_s = figures.batch_s + figures.item_s
    assert min(one.live_s) >= paint_s + figures.publish_s - 1e-9
    assert one.gpus_busy * 4 <= one.pictures_per_s * paint_s * 1.05
    assert one.fairness > 0.99


def test_the_simulation_saturates_where_the_arithmetic_says() -> None:
    """Too few GPUs deliver full batches and no more; too few API processes, no more requests."""
    few = Costs(gpus=1, processes=4)
    most = few.batch_items / (few.batch_s + few.batch_items * few.item_s)
    one = simulate(300, few, seconds=40.0)
    assert one.pictures_per_s == pytest.approx(most, rel=0.1)
    assert one.live_s[0] > 0.5
    assert one.replaced > 0.1

    slow = simulate(300, Costs(gpus=20, request_s=0.01), seconds=40.0)
    assert slow.requests_per_s == pytest.approx(100, rel=0.05)


def test_the_plan_adds_up() -> None:
    """A day's people, their pictures and machines follow from each other."""
    plan = Plan(86_400, assumed=Assumed(session_s=100.0, peak=2.0, load=0.5, gpu_s=0.1))

    assert plan.present == pytest.approx(200)
    assert plan.gpus == math.ceil(200 * Habits().pictures_per_s * 0.1 / 0.5)
    assert dict(needs(plan))["people a day"] == "86,400"
    assert plan.shards == math.ceil(plan.jobs_per_s * Measured().redis_s / 0.5)


def test_a_gpu_pays_below_the_time_that_is_named() -> None:
    """At the break-even time of a picture, GPU and CPU cost the same."""
    rows = dict(costs(Measured(), Assumed(), Prices()))
    even_s = float(rows["and for the large one below"].split()[0]) / 1000
    rows = dict(costs(Measured(), Assumed(gpu_s=even_s), Prices()))
    gpu = rows[f"GPU, {even_s * 1000:.0f} ms a picture"]

    assert float(gpu) == pytest.approx(float(rows["or CPU, 97 M parameters, 512x512"]), rel=0.02)


@pytest.mark.slow
def test_the_load_test_measures_the_real_service() -> None:
    """A small crowd paints without errors, and every part is seen to work."""
    one = run(users=6, processes=1, gpus=1, warm_s=2.0, seconds=4.0)

    assert (one.seen["errors"], one.unfinished) == ({}, 0)
    assert one.seen["counts"]["submit"] > 0
    assert one.used.pictures > 0
    assert min(one.used.api_s, one.used.workers_s, one.used.redis_s, one.used.paint_s) > 0
    assert 0 < one.shares()["GPU"] <= 1.01
    assert (len(seen(one)), len(used(one))) == (len(SEEN), len(USED))

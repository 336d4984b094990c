"""Estimates of when a job is done, against a simulated service."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.workers.speed import Speed, SpeedMeter, eta_s, rate


def finish_times(speeds: list[Speed], pictures: int) -> list[float]:
    """Simulate: workers take full batches in order; give each picture's time of completion."""
    free = [speed.busy_s for speed in speeds]
    done: list[float] = []
    while len(done) < pictures:
        worker = min(range(len(speeds)), key=free.__getitem__)
        taken = min(speeds[worker].limit, pictures - len(done))
        free[worker] += speeds[worker].batch_s(taken)
        done += [free[worker]] * taken
    return done


@given(
    speeds=st.lists(
        st.builds(
            Speed,
            base_s=st.floats(0.01, 1),
            item_s=st.floats(0.01, 1),
            limit=st.integers(1, 8),
            busy_s=st.floats(0, 2),
        ),
        min_size=1,
        max_size=5,
    ),
    ahead=st.integers(0, 3000),
)
def test_the_estimate_is_within_30_per_cent_of_a_backlog(speeds: list[Speed], ahead: int) -> None:
    """For a known speed the estimate is near the simulated truth, deep in the queue too."""
    truth = finish_times(speeds, ahead + max(speed.limit for speed in speeds))[ahead]
    estimate = eta_s(speeds, ahead, 1)
    assert estimate is not None
    slack = max(speed.batch_s(speed.limit) for speed in speeds)
    assert estimate == pytest.approx(truth, rel=0.3, abs=slack)


def test_nobody_to_paint_means_no_estimate() -> None:
    """Without workers there is no number to give."""
    assert eta_s([], 3, 1) is None
    assert rate([]) == 0


def test_a_model_that_is_not_loaded_is_waited_for_once() -> None:
    """The load comes before a worker's first batch, and only before that."""
    loaded, away = Speed(0, 1, 1), Speed(0, 1, 1, busy_s=1, load_s=5)
    assert eta_s([away], 0, 1) == 1 + 5 + 1
    assert eta_s([away], 3, 1) == 1 + 5 + 4
    assert eta_s([away, loaded], 0, 1) == 1


def test_the_meter_learns_base_and_item_time() -> None:
    """Noisy batches of different sizes give back the line they came from."""
    meter, chance = SpeedMeter(), random.Random(5)
    for _ in range(64):
        items = chance.randint(1, 8)
        meter.add(items, (0.4 + 0.1 * items) * chance.uniform(0.97, 1.03))
    base_s, item_s = meter.measured()
    assert base_s == pytest.approx(0.4, rel=0.2)
    assert item_s == pytest.approx(0.1, rel=0.2)


def test_one_batch_size_gives_its_mean() -> None:
    """With equal batches all time is put on the items."""
    meter = SpeedMeter()
    for _ in range(3):
        meter.add(4, 2.0)
    assert meter.measured() == (0.0, 0.5)


def test_each_class_of_pixels_has_its_own_speed() -> None:
    """One picture of 2048 makes small ones no slower, and sizes never seen follow in proportion."""
    meter = SpeedMeter()
    for _ in range(4):
        meter.add(2, 0.4, 512 * 512)
    meter.add(1, 5.0, 2048 * 2048)
    assert meter.measured() == pytest.approx((0.0, 0.2))
    assert meter.batch_s(1, 2048 * 2048) == pytest.approx(5.0)
    assert meter.batch_s(2, 512 * 512) == pytest.approx(0.4)
    assert meter.batch_s(1, 256 * 256) == pytest.approx(0.05)

    speed = Speed(*meter.measured(), 8, classes=meter.classes())
    assert speed.extra_s(1, 2048 * 2048) == pytest.approx(4.8)
    assert speed.extra_s(3, 512 * 512) == pytest.approx(0, abs=1e-9)
    assert Speed(0.1, 0.2, 8).extra_s(1, 2048 * 2048) == 0, "a worker of a release before"


def test_the_warm_up_is_of_no_class() -> None:
    """A picture whose size nobody said tells the speed until one of a known size was painted."""
    meter = SpeedMeter()
    meter.add(1, 3.0)

    assert meter.classes() == {}
    assert meter.batch_s(2, 256 * 256) == 6.0

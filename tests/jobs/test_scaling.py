"""The figure that an autoscaler follows."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from jobs import Ledger, NewJob
from jobs.telemetry.metrics import WorkMeter
from jobs.telemetry.scaling import desired_workers, shown_item_s
from jobs.workers.forecast import Forecast
from jobs.workers.speed import Speed
from tests.jobs.test_metrics import samples

WAIT_S = 10.0


def forecast(queued: int, workers: int, item_s: float, busy: int = 0) -> Forecast:
    """Describe a queue of single pictures and workers that paint one in `item_s`."""
    speeds = tuple(Speed(0, item_s, 8, busy_s=float(n < busy)) for n in range(workers))
    return Forecast(queued, 1.0, workers, workers / item_s, speeds)


@given(
    queued=st.integers(0, 10_000),
    workers=st.integers(0, 50),
    item_s=st.floats(0.01, 5),
    age_s=st.floats(0, 600),
)
def test_that_many_workers_keep_the_wait(
    queued: int, workers: int, item_s: float, age_s: float
) -> None:
    """The workers asked for paint what waits within the wait; without work none is asked for."""
    wanted = desired_workers(forecast(queued, workers, item_s), age_s, WAIT_S, item_s)
    assert wanted * WAIT_S >= queued * item_s * (1 - 1e-9)
    assert (wanted == 0) == (queued == 0)
    assert desired_workers(forecast(queued + 1, workers, item_s), age_s, WAIT_S, item_s) >= wanted


def test_what_paints_is_needed_and_what_is_late_needs_more() -> None:
    """Busy workers stay though the queue is empty; jobs that grow old ask for more than speed."""
    assert desired_workers(forecast(0, 4, 1.0, busy=3), 0, WAIT_S, 1.0) == 3
    assert desired_workers(forecast(5, 2, 1.0), 5, WAIT_S, 1.0) == 1
    assert desired_workers(forecast(9, 2, 1.0), 30, WAIT_S, 1.0) == 6


def test_nobody_asks_for_more_workers_than_can_help(ledger: Ledger) -> None:
    """However old a queue is, no more workers are wanted than jobs, nor than MAX_WORKERS."""
    assert desired_workers(forecast(5, 2, 1.0, busy=1), 7 * 86_400, WAIT_S, 1.0) == 6

    ledger.settings = ledger.settings.model_copy(update={"max_workers": 3})
    for n in range(90):
        ledger.submit(NewJob(id=str(uuid4()), user=f"u{n}", model="tiny", size=(32, 32), count=4))
    assert samples(ledger)["doodlescape_desired_workers", "tiny"] == 3


def test_speed_is_remembered_when_no_worker_lives(ledger: Ledger) -> None:
    """With nobody left, past batches say how fast a worker is, and /metrics asks for enough."""
    meter = WorkMeter(ledger.redis, ledger.root)
    meter.add("tiny", {"paint_seconds": [20.0, 20.0], "batch_pictures": [4, 4]})
    meter.flush()
    for _ in range(9):
        ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32)))

    wait_s = ledger.settings.target_wait_s
    assert samples(ledger)["doodlescape_desired_workers", "tiny"] == -(-9 * 5.0 // wait_s)
    assert shown_item_s({}, {}) == 1.0

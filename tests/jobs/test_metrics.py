"""Figures for Prometheus, counted in Redis."""

from uuid import uuid4

from prometheus_client.core import Metric

from jobs import Ledger, NewJob
from jobs.claims import Claims
from jobs.telemetry.metrics import WorkMeter, read_metrics
from jobs.workers.speed import Speed


def samples(ledger: Ledger) -> dict[tuple[str, str], float]:
    """Return every sample by name and model label."""
    families: list[Metric] = list(read_metrics(ledger))
    return {
        (sample.name, sample.labels.get("model", "") + sample.labels.get("le", "")): sample.value
        for family in families
        for sample in family.samples
    }


def test_moves_and_depth_are_counted_once(ledger: Ledger) -> None:
    """Depth, totals and attempts follow the moves, whoever made them."""
    for _ in range(3):
        ledger.submit(NewJob(id=str(uuid4()), user="ann", model="tiny", size=(32, 32)))
    (job,) = Claims(ledger).claim("w", ["tiny"], max_items=1, max_pixels=10**9).jobs
    Claims(ledger).complete(job, [])
    found = samples(ledger)
    assert found["doodlescape_queue_depth", "tiny"] == 2
    assert found["doodlescape_queue_age_seconds", "tiny"] >= 0
    assert found["doodlescape_jobs_submitted_total", "tiny"] == 3
    assert found["doodlescape_jobs_succeeded_total", "tiny"] == 1
    assert found["doodlescape_jobs_pictures_total", "tiny"] == 1


def test_histograms_add_up_over_processes(ledger: Ledger) -> None:
    """Two meters, as of two workers, fill one histogram with cumulative buckets."""
    for seconds in (0.3, 200.0):
        meter = WorkMeter(ledger.redis, ledger.root)
        meter.add("tiny", {"paint_seconds": [seconds]})
        meter.flush()
    found = samples(ledger)
    assert found["doodlescape_paint_seconds_bucket", "tiny0.25"] == 0
    assert found["doodlescape_paint_seconds_bucket", "tiny0.5"] == 1
    assert found["doodlescape_paint_seconds_bucket", "tiny+Inf"] == 2
    assert found["doodlescape_paint_seconds_sum", "tiny"] == 200.3


def test_living_workers_are_shown(ledger: Ledger) -> None:
    """A worker shows its state, speed, memory and loaded models until it leaves."""
    ledger.workers.heartbeat(
        "w",
        "ready",
        ["tiny", "away"],
        {"tiny": Speed(0, 0.5, 4), "away": Speed(0, 0.5, 4, load_s=3)},
        memory={"resident": 9},
        loaded={"tiny": 7},
    )
    found = samples(ledger)
    assert found["doodlescape_worker_up", ""] == 1
    assert found["doodlescape_worker_pictures_per_second", "tiny"] == 2
    assert found["doodlescape_worker_memory_bytes", ""] == 9
    assert found["doodlescape_worker_model_bytes", "tiny"] == 7
    assert ("doodlescape_worker_model_bytes", "away") not in found
    ledger.workers.leave("w")
    assert ("doodlescape_worker_up", "") not in samples(ledger)

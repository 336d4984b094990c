"""What Prometheus sees of the jobs, read from the ledger at the moment of the scrape."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from redis import RedisError

from jobs.ledger import Ledger


def ledger_metrics(ledger: Ledger) -> Iterator[Metric]:
    """Give depth and workers per model; only `doodlescape_store_up 0` when Redis is away."""
    up = GaugeMetricFamily("doodlescape_store_up", "1 when the job store answers")
    try:
        found = [*_queues(ledger)]
        up.add_metric([], 1)
    except RedisError:
        found = []
        up.add_metric([], 0)
    yield up
    yield from found


def _queues(ledger: Ledger) -> Iterator[Metric]:
    depth = GaugeMetricFamily("doodlescape_queue_depth", "Queued jobs", labels=["model"])
    serving = GaugeMetricFamily("doodlescape_workers", "Workers that serve", labels=["model"])
    for model in ledger.settings.models:
        forecast = ledger.workers.forecast(model)
        depth.add_metric([model], forecast.queued)
        serving.add_metric([model], forecast.workers)
    yield depth
    yield serving

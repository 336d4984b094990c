"""What Prometheus sees of the jobs, read from the ledger at the moment of the scrape."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from redis import RedisError

from jobs.ledger import Ledger
from jobs.telemetry.metrics import read_metrics


def ledger_metrics(ledger: Ledger) -> Iterator[Metric]:
    """Give all that the ledger knows; only `doodlescape_store_up 0` when Redis is away."""
    found: list[Metric] = []
    try:
        found = list(read_metrics(ledger))
        up = 1.0
    except RedisError:
        up = 0.0
    yield GaugeMetricFamily("doodlescape_store_up", "1 when the job store answers", value=up)
    yield from found

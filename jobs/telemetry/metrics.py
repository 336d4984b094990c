"""Prometheus figures that are right with any number of processes, because Redis does the counting.

The scripts count moves, the workers add stage times and batch sizes, and whoever serves /metrics
reads them all at the moment of the scrape.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis import Redis
from redis.exceptions import RedisError

from jobs.ledger import Ledger
from jobs.telemetry.scaling import desired_workers, shown_item_s
from jobs.workers.speed import rate

#: Upper bounds of the histograms; the last one is +Inf.
SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
ITEMS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0)

#: Histograms by name: bounds and help text.
HISTOGRAMS: dict[str, tuple[tuple[float, ...], str]] = {
    "queue_wait_seconds": (SECONDS, "From submit to claim"),
    "decode_seconds": (SECONDS, "Reading and decoding one batch's inputs"),
    "paint_seconds": (SECONDS, "Painting one batch"),
    "publish_seconds": (SECONDS, "Encoding and storing one batch"),
    "batch_pictures": (ITEMS, "Pictures in one painted batch"),
}

#: Counters that the scripts keep, by their name there: help text.
COUNTERS = {
    "submitted": "Jobs accepted",
    "claims": "Batches claimed",
    "running": "Claims of one job (attempts)",
    "succeeded": "Jobs that ended with pictures",
    "failed": "Jobs that failed",
    "cancelled": "Jobs that were cancelled or replaced",
    "expired": "Jobs that nobody painted in time",
    "pictures": "Pictures published",
    "leases_lost": "Claims whose worker went silent",
    "given_back": "Claims returned by stopping workers",
    "refused": "Late writes that were refused",
    "poison": "Jobs that took every worker down",
}


class WorkMeter:
    """Gather batches' figures, and add them to the histograms in Redis now and then."""

    def __init__(self, redis: "Redis", root: str) -> None:
        self._redis = redis
        self._key = f"{root}histograms"
        self._gathered: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, model: str, figures: dict[str, Sequence[float]]) -> None:
        """Observe values per histogram name; they are seen after the next `flush`."""
        with self._lock:
            for name, values in figures.items():
                bounds = HISTOGRAMS[name][0]
                for value in values:
                    bucket = bisect_left(bounds, value)
                    self._gathered[f"{name}|{model}|{bucket}"] += 1
                    self._gathered[f"{name}|{model}|sum"] += value  # type: ignore[assignment]

    def flush(self) -> None:
        """Send what was gathered.

        Raises:
            RedisError: the server is away; the figures then wait for the next time.
        """
        with self._lock:
            gathered, self._gathered = self._gathered, Counter()
        try:
            pipe = self._redis.pipeline(transaction=True)
            for field, value in gathered.items():
                pipe.hincrbyfloat(self._key, field, value)
            pipe.execute()
        except RedisError:
            with self._lock:
                self._gathered.update(gathered)
            raise


def read_metrics(ledger: Ledger) -> Iterator[Metric]:
    """Yield all that the ledger and its workers know.

    Raises:
        RedisError: the server is away.
    """
    yield from _queues(ledger)
    yield from _counters(ledger)
    yield from _histograms(ledger)
    yield from _workers(ledger)


def _queues(ledger: Ledger) -> Iterator[Metric]:
    depth = GaugeMetricFamily("doodlescape_queue_depth", "Queued jobs", labels=["model"])
    age = GaugeMetricFamily(
        "doodlescape_queue_age_seconds", "Age of the oldest queued job", labels=["model"]
    )
    desired = GaugeMetricFamily(
        "doodlescape_desired_workers", "Workers that would keep the wait short", labels=["model"]
    )
    redis, root = ledger.redis, ledger.root
    settings, histograms = ledger.settings, _read_histograms(ledger)
    models: Any = redis.smembers(f"{root}models")
    for model in sorted({*models, *settings.models}):
        oldest: Any = redis.zrange(f"{root}waiting:{model}", 0, 0, withscores=True)
        age_s = max(0.0, time.time() - oldest[0][1] / 1000) if oldest else 0.0
        forecast = ledger.forecasts.of(model)
        item_s = shown_item_s(
            histograms.get(("paint_seconds", model), {}),
            histograms.get(("batch_pictures", model), {}),
        )
        depth.add_metric([model], float(redis.zcard(f"{root}order:{model}")))
        age.add_metric([model], age_s)
        wanted = desired_workers(forecast, age_s, settings.target_wait_s, item_s)
        desired.add_metric([model], float(min(wanted, settings.max_workers)))
    yield from (depth, age, desired)
    for name, key, text in (
        ("doodlescape_claims_open", "leases", "Jobs that are claimed now"),
        ("doodlescape_webhooks_waiting", "outbox", "Webhook deliveries to be made"),
        ("doodlescape_webhooks_dead", "undelivered", "Webhook deliveries given up"),
        ("doodlescape_jobs_dead", "dead", "Poison jobs kept for the operator"),
    ):
        yield GaugeMetricFamily(name, text, value=float(redis.zcard(f"{root}{key}")))


def _counters(ledger: Ledger) -> Iterator[Metric]:
    stats: Any = ledger.redis.hgetall(f"{ledger.root}stats")
    families = {
        name: CounterMetricFamily(f"doodlescape_jobs_{name}", text, labels=["model"])
        for name, text in COUNTERS.items()
    }
    hooks = CounterMetricFamily(
        "doodlescape_webhooks", "Webhook tries by outcome", labels=["outcome"]
    )
    for field, value in sorted(stats.items()):
        name, model = field.split("|", 1)
        if name in families:
            families[name].add_metric([model], float(value))
        elif name.startswith("webhook_"):
            hooks.add_metric([name.removeprefix("webhook_")], float(value))
    yield from families.values()
    yield hooks


def _read_histograms(ledger: Ledger) -> dict[tuple[str, str], dict[str, float]]:
    """Return the parts (bucket number or sum) of each histogram by its name and model."""
    fields: Any = ledger.redis.hgetall(f"{ledger.root}histograms")
    found: dict[tuple[str, str], dict[str, float]] = {}
    for field, value in fields.items():
        name, model, part = field.split("|")
        found.setdefault((name, model), {})[part] = float(value)
    return found


def _histograms(ledger: Ledger) -> Iterator[Metric]:
    found = _read_histograms(ledger)
    for name, (bounds, text) in HISTOGRAMS.items():
        family = HistogramMetricFamily(f"doodlescape_{name}", text, labels=["model"])
        for model in sorted(model for named, model in found if named == name):
            parts = found[name, model]
            total, buckets = 0.0, []
            for number, bound in enumerate([*map(str, bounds), "+Inf"]):
                total += parts.get(str(number), 0.0)
                buckets.append((bound, total))
            family.add_metric([model], buckets, parts.get("sum", 0.0))
        yield family


def _workers(ledger: Ledger) -> Iterator[Metric]:
    labels = ["worker", "state", "device"]
    up = GaugeMetricFamily("doodlescape_worker_up", "Living workers", labels=labels)
    held = GaugeMetricFamily("doodlescape_worker_jobs", "Jobs a worker holds", labels=["worker"])
    speed = GaugeMetricFamily(
        "doodlescape_worker_pictures_per_second", "Measured speed", labels=["worker", "model"]
    )
    memory = GaugeMetricFamily(
        "doodlescape_worker_memory_bytes", "Memory in use", labels=["worker", "kind"]
    )
    loaded = GaugeMetricFamily(
        "doodlescape_worker_model_bytes", "Weights of a loaded model", labels=["worker", "model"]
    )
    for worker in ledger.workers.living():
        up.add_metric([worker.name, worker.state, worker.device], 1.0)
        held.add_metric([worker.name], float(worker.jobs))
        for model, measured in worker.speeds.items():
            speed.add_metric([worker.name, model], rate([measured]))
        for model, weight_bytes in worker.loaded.items():
            loaded.add_metric([worker.name, model], float(weight_bytes))
        for kind, amount in worker.memory.items():
            memory.add_metric([worker.name, kind], float(amount))
    yield from (up, held, speed, memory, loaded)

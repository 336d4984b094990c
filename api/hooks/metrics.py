"""Prometheus metrics that are right with several API processes.

Counters of the API live in files that all processes share (prometheus_client's multiprocess mode,
switched on by `api/server.py`); everything about jobs is read from the ledger at the moment
of the scrape, so it is the same whichever process answers.
"""

import os
import time
from collections.abc import Iterable, Iterator

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import RedisError

from api.hooks.deferral import is_deferred
from jobs.ledger import Ledger
from jobs.telemetry.metrics import read_metrics

REQUESTS = Counter(
    "doodlescape_http_requests_total", "HTTP requests answered", ["method", "route", "status"]
)
SECONDS = Histogram(
    "doodlescape_http_request_seconds",
    "Time to answer an HTTP request, without long polls and event streams",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
REFUSALS = Counter("doodlescape_refusals_total", "Requests refused, by error code", ["code"])


def install(app: Flask) -> None:
    """Count and time every request."""
    app.before_request(_start)
    app.after_request(_finish)


def exposition(ledger: Ledger) -> Response:
    """Answer a scrape: the counters of all processes, then what the ledger says now."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for collector in (REQUESTS, SECONDS, REFUSALS):
            registry.register(collector)
    registry.register(_Gathered(_ledger_metrics(ledger)))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Gathered(Collector):
    """Metrics that were gathered already: a registry asks for them twice."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _ledger_metrics(ledger: Ledger) -> Iterator[Metric]:
    """Yield all that the ledger knows; only `doodlescape_store_up 0` when Redis is away."""
    found: list[Metric] = []
    try:
        found = list(read_metrics(ledger))
        up = 1.0
    except RedisError:
        up = 0.0
    yield GaugeMetricFamily("doodlescape_store_up", "1 when the job store answers", value=up)
    yield from found


def _start() -> None:
    g.started_s = time.perf_counter()


def _finish(response: Response) -> Response:
    if is_deferred(response):
        return response
    # The rule, not the path: one series per route, and none per unknown address.
    route = request.url_rule.rule if request.url_rule else "(none)"
    is_timed = "wait" not in request.args and not response.is_streamed and "started_s" in g
    seconds = time.perf_counter() - g.started_s if is_timed else None
    count_answer(request.method, route, response.status_code, seconds)
    if "error_code" in g:
        REFUSALS.labels(g.error_code).inc()
    return response


def count_answer(method: str, route: str, status: int, seconds: float | None) -> None:
    """Count an answered request, and its time if that says something of this service."""
    REQUESTS.labels(method, route, status).inc()
    if seconds is not None:
        SECONDS.labels(method, route).observe(seconds)

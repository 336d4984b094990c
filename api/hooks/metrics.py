"""Prometheus metrics that are right with several API processes.

Counters of the API live in files that all processes share (prometheus_client's multiprocess mode,
switched on by `api/gunicorn_conf.py`); everything about jobs is read from the ledger at the moment
of the scrape, so it is the same whichever process answers.
"""

import os
import time
from collections.abc import Iterable

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

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


def exposition(ledger_metrics: Iterable[Metric]) -> Response:
    """Answer a scrape: the counters of all processes, then what the ledger says now."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for collector in (REQUESTS, SECONDS, REFUSALS):
            registry.register(collector)
    registry.register(_Ready(ledger_metrics))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Ready(Collector):
    """Metrics that were gathered already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _start() -> None:
    g.started_s = time.perf_counter()


def _finish(response: Response) -> Response:
    # The rule, not the path: one series per route, and none per unknown address.
    route = request.url_rule.rule if request.url_rule else "(none)"
    REQUESTS.labels(request.method, route, response.status_code).inc()
    if "error_code" in g:
        REFUSALS.labels(g.error_code).inc()
    if "wait" not in request.args and not response.is_streamed and "started_s" in g:
        SECONDS.labels(request.method, route).observe(time.perf_counter() - g.started_s)
    return response

"""Is it up, can it work, and how is it doing."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response, request
from redis import RedisError

from api.hooks import metrics
from api.hooks.guard import check_scrape
from api.openapi.operation import Answer, Operation, operation
from api.schemas.health import Liveness, Readiness, ReadyQuery
from api.state import service
from api.submit.body import read_query
from jobs.server.condition import try_to_write, warnings_of
from jobs.server.refusals import code_of

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
@operation(Operation("Health", {200: Answer("The process answers.", Liveness)}, public=True))
def livez() -> Response:
    """Tell that the process is up."""
    return _json({"status": "ok"}, 200)


@blueprint.get("/readyz")
@operation(
    Operation(
        "Health",
        {
            200: Answer("Redis takes jobs and a worker serves.", Readiness),
            503: Answer("Something is missing; `reasons` says what.", Readiness),
        },
        ("invalid-field", "unknown-field"),
        query=ReadyQuery,
        public=True,
    )
)
def readyz() -> Response:
    """Tell whether jobs are painted now.

    Ready means that Redis takes what is written and a worker that holds a model serves. With
    `?workers=0` it means that jobs are taken, whether somebody paints now or not: so a load
    balancer asks.
    """
    app = service()
    least = read_query(request, ReadyQuery).workers
    reasons: list[str] = []
    warnings: list[str] = []
    workers = 0
    if not app.catalogue.cards():
        reasons.append("no checkpoint is installed")
    try:
        try_to_write(app.ledger.redis, app.ledger.root)
        warnings = warnings_of(app.ledger.redis)
        serving = {
            worker.name
            for model in app.settings.models
            for worker in app.ledger.workers.serving(model)
        }
        workers = len(serving)
        if workers < least:
            reasons.append("no worker is ready" if least == 1 else "too few workers are ready")
    except RedisError as error:
        code = code_of(error)
        reasons.append(f"the job store {f'refuses ({code})' if code else 'does not answer'}")
    body = {
        "status": "unready" if reasons else "ready",
        "workers": workers,
        "reasons": reasons,
        "warnings": warnings,
    }
    return _json(body, 503 if reasons else 200)


@blueprint.get("/metrics")
def scrape() -> Response:
    """Answer a Prometheus scrape."""
    check_scrape(service().settings)
    return metrics.exposition(service().ledger)


def _json(body: Mapping[str, object], status: int) -> Response:
    response = Response(json.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response

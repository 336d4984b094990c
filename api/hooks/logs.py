"""One structured log line per request, with request id, user and job."""

import logging
import re
import secrets
import time
from logging import DEBUG, INFO

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("api")
ENABLED = logging.getLogger("api").isEnabledFor
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"/livez", "/readyz", "/metrics"}


def install(app: Flask) -> None:
    """Put an id on every request, and log it when it is answered."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    g.log_started_s = time.perf_counter()


def _finish(response: Response) -> Response:
    if "request_id" not in g:  # refused before any of our hooks ran
        return response
    response.headers["X-Request-ID"] = g.request_id
    # Reads that went well would drown the rest: a page polls, a load balancer asks for health.
    quiet = request.method == "GET" and (response.status_code < 400 or request.path in QUIET)
    level = DEBUG if quiet else INFO
    if not ENABLED(level):  # asked first: structlog would build the whole line before dropping it
        return response
    log.log(
        level,
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round((time.perf_counter() - g.log_started_s) * 1000, 1),
        address=request.remote_addr,
        user=g.caller.user if "caller" in g else None,
        job=(request.view_args or {}).get("job_id") or g.get("job_id"),
        code=g.get("error_code"),
    )
    return response

"""One structured log line per request, with request id, user and job."""

import logging
import re
import secrets
import time
from collections.abc import Mapping
from logging import DEBUG, INFO
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.wrappers import Request

log = structlog.get_logger("api")
ENABLED = logging.getLogger("api").isEnabledFor
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = {"/livez", "/readyz", "/metrics"}


def install(app: Flask) -> None:
    """Put an id on every request, and log it when it is answered."""
    app.before_request(_start)
    app.after_request(_finish)


def request_id_of(environ: Mapping[str, Any]) -> str:
    """Return the id that a request came with, if it is one, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def logs_reads() -> bool:
    """Tell whether reads that went well are logged, which would drown the rest."""
    return ENABLED(DEBUG)


def begin(request_id: str) -> None:
    """Put an id on all lines that this thread logs from now on."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=request_id)


def log_answer(
    req: Request, status: int, seconds: float, user: str | None, job: str | None, code: str | None
) -> None:
    """Log an answered request; what is read without trouble only for who debugs."""
    # A page polls, a load balancer asks for health.
    quiet = req.method == "GET" and (status < 400 or req.path in QUIET)
    level = DEBUG if quiet else INFO
    if not ENABLED(level):  # asked first: structlog would build the whole line before dropping it
        return
    log.log(
        level,
        "request",
        method=req.method,
        path=req.path,
        status=status,
        ms=round(seconds * 1000, 1),
        address=req.remote_addr,
        user=user,
        job=job,
        code=code,
    )


def _start() -> None:
    g.request_id = request_id_of(request.environ)
    begin(g.request_id)
    g.log_started_s = time.perf_counter()


def _finish(response: Response) -> Response:
    if "request_id" not in g:  # refused before any of our hooks ran
        return response
    response.headers["X-Request-ID"] = g.request_id
    log_answer(
        request,
        response.status_code,
        time.perf_counter() - g.log_started_s,
        user=g.caller.user if "caller" in g else None,
        job=(request.view_args or {}).get("job_id") or g.get("job_id"),
        code=g.get("error_code"),
    )
    return response

"""An error that the caller is told about, and how it becomes problem+json (RFC 9457)."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g

from api.problems import PROBLEMS

MEDIA_TYPE = "application/problem+json"


@dataclass
class ApiError(Exception):
    """An error the caller is told about.

    `code` is a key of PROBLEMS. `detail` names what was wrong in this request. `extra` joins the
    body (value, limit, errors, ...); a `remedy` in it replaces the table's. `retry_after_s` becomes
    the Retry-After header, rounded up to whole seconds.
    """

    code: str
    detail: str
    extra: dict[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the HTTP status of the code."""
        return PROBLEMS[self.code].status


def respond(error: ApiError) -> Response:
    """Write an error as application/problem+json."""
    problem = PROBLEMS[error.code]
    g.error_code = error.code  # for the log line and the metrics
    body = {
        "type": f"/api/docs#{error.code}",
        "title": problem.title,
        "status": problem.status,
        "code": error.code,
        "detail": error.detail,
        "remedy": problem.remedy,
        **error.extra,
    }
    response = Response(json.dumps(body), problem.status, error.headers, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = retry_after(error.retry_after_s)
    return response


def retry_after(wait_s: float) -> str:
    """Write a wait as a Retry-After value: whole seconds, at least 1 (RFC 9110, 10.2.3)."""
    return str(max(1, math.ceil(wait_s)))

"""What can go wrong, as a tree:

DoodlescapeError
+-- Unreachable           nobody answered for as long as the client is patient
+-- Refused               the service said no: `code` is stable, `remedy` says what to do
|   +-- InvalidRequest    400, 413, 415, 422: the picture or a field
|   +-- NotAuthorized     401, 403: the API key
|   +-- NotFound          404: never existed, or is somebody else's
|   +-- Conflict          409: the id is in use, or the job has no picture yet
|   +-- Expired           410: was kept for a while and is gone
|   +-- Busy              429, 503: your limit or the service's; `retry_after_s`
+-- JobNotDone            the job ended without a picture, or has not ended; `job`
    +-- JobFailed         `job.error` says why
    +-- JobCancelled
    +-- JobExpired        it waited for longer than the service keeps a job
    +-- StillWaiting      the time given to `wait` is over; the job goes on
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doodlescape_client.job import Job


class DoodlescapeError(Exception):
    """Anything that this client raises on purpose."""


class Unreachable(DoodlescapeError):
    """Nobody answered."""


@dataclass
class Refused(DoodlescapeError):
    """The service answered with an error (RFC 9457).

    `code` never changes between versions; `detail` names value and limit, `remedy` what to do.
    `extra` holds what else the answer said: limits, unknown colours with pixel counts, fields.
    """

    status: int
    code: str
    detail: str
    remedy: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    retry_after_s: float | None = None

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.detail} {self.remedy}".rstrip()


class InvalidRequest(Refused):
    """The picture or a field is wrong."""


class NotAuthorized(Refused):
    """The API key is missing, wrong or revoked."""


class NotFound(Refused):
    """Never existed, or belongs to somebody else."""


class Conflict(Refused):
    """The id is in use, or the job has no picture yet."""


class Expired(Refused):
    """The job was kept for a while and is gone."""


class Busy(Refused):
    """Your own limit (429) or everyone's (503) is reached."""


class JobNotDone(DoodlescapeError):
    """There is no picture; `job` is the job as it was seen last."""

    def __init__(self, job: Job) -> None:
        said = f": {job.error.message} ({job.error.code})" if job.error else ""
        super().__init__(f"Job {job.id} is {job.status}{said}")
        self.job = job


class JobFailed(JobNotDone):
    """The job failed."""


class JobCancelled(JobNotDone):
    """The job was cancelled, by you or by a newer job of its slot."""


class JobExpired(JobNotDone):
    """The job waited for too long."""


class StillWaiting(JobNotDone, TimeoutError):
    """The job has not ended in the time that was given; it goes on without you."""


ENDED = {"failed": JobFailed, "cancelled": JobCancelled, "expired": JobExpired}
_BY_STATUS: dict[int, type[Refused]] = {
    **dict.fromkeys((400, 413, 415, 422), InvalidRequest),
    **dict.fromkeys((401, 403), NotAuthorized),
    404: NotFound,
    409: Conflict,
    410: Expired,
    **dict.fromkeys((429, 503), Busy),
}


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
    """Read an error answer; a body that is no problem+json (a proxy's page) keeps its status."""
    try:
        said = dict(json.loads(body))
    except (ValueError, TypeError):
        said = {}
    known = {name: said.pop(name, "") for name in ("code", "detail", "remedy", "title")}
    extra = {name: value for name, value in said.items() if name not in ("type", "status")}
    retry = headers.get("Retry-After", "")
    return _BY_STATUS.get(status, Refused)(
        status,
        known["code"] or f"http-{status}",
        known["detail"] or known["title"] or f"The service answered with status {status}.",
        known["remedy"],
        extra,
        float(retry) if retry.isdigit() else None,
    )

"""Accept a submission as a job: first its blobs, then its record.

Where both lie in one Redis they are stored in one step. A refusal leaves nothing behind. What ended
in a time-out may have been accepted all the same, so its blobs and its Idempotency-Key stay, until
they are asked for again or run out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from redis import RedisError

from api.errors import ApiError
from api.state import Service
from api.submit.intake import check_submission
from api.submit.submission import Submission
from api.submit.webhooks import check_webhook_url
from jobs.blobs import BlobStoreFull
from jobs.errors import (
    Expired,
    IdTaken,
    JobError,
    KeyInFlight,
    NotFound,
    QueueFull,
    QuotaExceeded,
    RequestMismatch,
)
from jobs.job import Job, NewJob
from jobs.ledger import Accepted
from jobs.lua.scripts import Beside
from jobs.server.refusals import refusal_of
from jobs.telemetry.spans import submit_span
from spade.maps.pictures import LabelMapError

IN_FLIGHT_RETRY_S = 1.0


def accept(app: Service, submission: Submission) -> Job:
    """Queue a submission, or find the job that the same request made before.

    Raises:
        ApiError: refused; nothing is queued and nothing is stored.
        LabelMapError: the same, because of a picture.
        jobs.errors.Expired: the job of an earlier request has been dropped.
    """
    with _refusals():
        if submission.is_chosen:
            return _chosen(app, submission)
        return _reserved(app, submission) if submission.key else _queue(app, submission)


def _chosen(app: Service, submission: Submission) -> Job:
    """Queue under the client's own id; what is refused now may have been accepted before.

    Looking first would cost every job a round trip for the few that come twice.
    """
    try:
        return _queue(app, submission)
    except (ApiError, LabelMapError, BlobStoreFull):
        known = _known(app, submission)
        if known is None:
            raise
        return known


def _known(app: Service, submission: Submission) -> Job | None:
    try:
        job = app.ledger.get(submission.job_id, submission.caller.user)
    except NotFound:
        return None
    if job.fingerprint != submission.fingerprint:
        raise RequestMismatch
    return job


def _reserved(app: Service, submission: Submission) -> Job:
    user, key = submission.caller.user, submission.key
    known = app.ledger.reserve_key(user, key, submission.fingerprint)
    if known is not None:
        return app.ledger.get(known, user)
    try:
        return _queue(app, submission)
    except (ApiError, LabelMapError, JobError):  # after a time-out the job may yet be made
        with suppress(Exception):  # the first error is the one to tell; a held key runs out
            app.ledger.release_key(user, key)
        raise


def _queue(app: Service, submission: Submission) -> Job:
    options = submission.options
    _check_count(options.count, app.settings.max_count)
    job, blobs = check_submission(submission, app.catalogue, app.picture_limits)
    _check_pixels(job, app.settings.max_paint_pixels)
    if options.webhook_url is not None:
        check_webhook_url(options.webhook_url, app.settings)
    beside = app.blobs.beside(job.id, blobs, app.settings.blob_ttl_s)
    if beside is not None:
        return _submit(app, job, beside).job
    for name, data in blobs.items():
        app.blobs.put(job.id, name, data, app.settings.blob_ttl_s)
    try:
        made = _submit(app, job)
    except JobError:  # only a refusal; after a time-out the script may still run and need them
        _drop(app, job.id, blobs)
        raise
    # The same request came before, or the client asked twice since the first answer got lost: what
    # the job names is in use, whoever stored it.
    _drop(app, job.id, blobs.keys() - set(map(str, made.job.params.values())))
    return made.job


def _submit(app: Service, job: NewJob, beside: Beside | None = None) -> Accepted:
    try:
        with submit_span(job) as traced:
            return app.ledger.submit(traced, beside)
    except RedisError as error:
        if beside is not None and refusal_of(error) == "full":
            raise BlobStoreFull(str(error)) from error
        raise


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise ApiError(
            "invalid-field",
            f"'count' is {count}; this service paints at most {limit} variations of a job.",
            {"errors": [{"field": "count", "detail": f"at most {limit}", "value": count}]},
        )


def _check_pixels(job: NewJob, limit: int) -> None:
    if job.pixels > limit:
        height, width = job.size
        raise ApiError(
            "too-many-pixels",
            f"{job.count} x {width}x{height} are {job.pixels} pixels; this service paints at most "
            f"{limit} in one job. Ask for a smaller size or fewer variations.",
            {"value": job.pixels, "limit": limit},
        )


def _drop(app: Service, job_id: str, names: Iterable[str]) -> None:
    with suppress(Exception):  # blobs run out by themselves
        for name in names:
            app.blobs.delete(job_id, name)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell what the ledger refuses in the words of the API."""
    try:
        yield
    except RequestMismatch:
        raise ApiError(
            "idempotency-conflict", "This id or Idempotency-Key came before with another body."
        ) from None
    except IdTaken:
        raise ApiError("job-id-taken", "This id names a job that is not yours.") from None
    except KeyInFlight:
        raise ApiError(
            "idempotency-in-flight",
            "The first request with this Idempotency-Key is still being worked on.",
            retry_after_s=IN_FLIGHT_RETRY_S,
        ) from None
    except Expired:
        raise ApiError(
            "job-expired", "This request made a job before, which has been dropped since."
        ) from None
    except QuotaExceeded as error:
        raise ApiError(
            "quota-exceeded",
            f"{_QUOTAS[error.kind]}: {error.limit}.",
            {"quota": error.kind, "limit": error.limit},
            retry_after_s=error.retry_after_s,
        ) from None
    except QueueFull as error:
        raise ApiError(
            "queue-full",
            f"The queue holds {error.limit} jobs, its limit.",
            {"limit": error.limit},
            retry_after_s=error.retry_after_s,
        ) from None


_QUOTAS = {
    "queued": "You have as many queued jobs as one user may",
    "live": "You have as many queued and running jobs as one user may",
    "address": "Your network address has as many queued and running jobs as one may",
    "pixels": "Your jobs, with this one, would paint more pixels than one user's may",
    "address-pixels": "The jobs from your network address would paint more pixels than one's may",
}

"""Accept a wish as a job: first its blobs, then its record; a refusal leaves nothing behind."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from api.errors import ApiError
from api.hooks.identity import Caller
from api.schemas import JobOptions
from api.state import Service
from api.submit.intake import read_order
from api.submit.orders import Order
from api.submit.webhooks import check_webhook_url
from jobs.blobs import BlobStoreFull
from jobs.errors import (
    Expired,
    IdTaken,
    KeyInFlight,
    NotFound,
    QueueFull,
    QuotaExceeded,
    RequestMismatch,
)
from jobs.job import Job, NewJob

IN_FLIGHT_RETRY_S = 1.0


@dataclass(frozen=True)
class Wish:
    """A request for a job, read but not yet checked against a model.

    `is_chosen` tells that the client chose the id, so that it may have been used before.
    `key` is its Idempotency-Key or ''; `fingerprint` stands for options and files together.
    """

    job_id: str
    is_chosen: bool
    key: str
    fingerprint: str
    options: JobOptions
    files: dict[str, bytes]


def accept(app: Service, who: Caller, wish: Wish) -> Job:
    """Queue a wish, or find the job that the same request made before.

    Raises:
        ApiError: refused; nothing is queued and nothing is stored.
        jobs.errors.Expired: the job of an earlier request has been dropped.
    """
    with _refusals():
        if wish.is_chosen:
            return _chosen(app, who, wish)
        return _reserved(app, who, wish) if wish.key else _queue(app, who, wish)


def _chosen(app: Service, who: Caller, wish: Wish) -> Job:
    """Queue under the client's own id; what is refused now may have been accepted before.

    Looking first would cost every job a round trip for the few that come twice.
    """
    try:
        return _queue(app, who, wish)
    except (ApiError, BlobStoreFull):
        known = _known(app, who, wish)
        if known is None:
            raise
        return known


def _known(app: Service, who: Caller, wish: Wish) -> Job | None:
    try:
        job = app.ledger.get(wish.job_id, who.user)
    except NotFound:
        return None
    if job.fingerprint != wish.fingerprint:
        raise RequestMismatch
    return job


def _reserved(app: Service, who: Caller, wish: Wish) -> Job:
    known = app.ledger.reserve_key(who.user, wish.key, wish.fingerprint)
    if known is not None:
        return app.ledger.get(known, who.user)
    try:
        return _queue(app, who, wish)
    except Exception:
        with suppress(Exception):  # the first error is the one to tell; a held key runs out
            app.ledger.release_key(who.user, wish.key)
        raise


def _queue(app: Service, who: Caller, wish: Wish) -> Job:
    _check_count(wish.options.count, app.settings.max_count)
    order = read_order(wish.options, wish.files, app.catalogue, app.picture_limits)
    if wish.options.webhook_url is not None:
        check_webhook_url(wish.options.webhook_url, app.settings)
    names = _store(app, wish.job_id, order)
    try:
        made = app.ledger.submit(_record(who, wish, order, names))
    except Exception:
        _drop(app, wish.job_id, names)
        raise
    if not made.created:  # the same request came twice at once; the other one's blobs are in use
        _drop(app, wish.job_id, names)
    return made.job


def _check_count(count: int, limit: int) -> None:
    if count > limit:
        raise ApiError(
            "invalid-field",
            f"'count' is {count}; this service paints at most {limit} variations of a job.",
            {"errors": [{"field": "count", "detail": f"at most {limit}", "value": count}]},
        )


def _record(who: Caller, wish: Wish, order: Order, names: dict[str, str]) -> NewJob:
    return NewJob(
        id=wish.job_id,
        user=who.user,
        model=order.card.name,
        size=order.size,
        count=wish.options.count,
        seed=order.seed,
        params={**names, **order.params},
        fingerprint=wish.fingerprint,
        address=who.address,
        slot=wish.options.slot or "",
        batch=order.batch,
        webhook_url=wish.options.webhook_url or "",
        idempotency_key=wish.key,
    )


def _store(app: Service, job_id: str, order: Order) -> dict[str, str]:
    """Store the bytes under fresh names, so that a refused request overwrites nobody's."""
    mark = secrets.token_hex(4)
    names = {param: f"{param.replace('_', '-')}-{mark}" for param in order.blobs}
    for param, name in names.items():
        app.blobs.put(job_id, name, order.blobs[param], app.settings.blob_ttl_s)
    return names


def _drop(app: Service, job_id: str, names: dict[str, str]) -> None:
    with suppress(Exception):  # leftovers run out by themselves
        for name in names.values():
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
}

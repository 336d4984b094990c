"""Represent ledger jobs as JSON, with validators and waiting times for the client."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, request
from pydantic import BaseModel
from werkzeug.wrappers import Request

from api.errors import retry_after
from api.hooks.deferral import deferral
from api.schemas.jobs import ImageView, JobErrorView, JobView, LinkView, ShareView
from api.state import service
from jobs.job import Job, Kind, Picture, Status
from jobs.ledger import Ledger

PREFIX = "/api/v1"
#: A poll is worth its cost about this often; the ETA of a long queue is not worth waiting out.
POLL_LEAST_S, POLL_MOST_S, POLL_UNKNOWN_S = 1.0, 15.0, 5.0


def job_url(job_id: str, ticket: str | None, tail: str = "") -> str:
    """Return the address of a job or of something below it."""
    query = f"?ticket={ticket}" if ticket else ""
    return f"{PREFIX}/jobs/{job_id}{tail}{query}"


def job_view(job: Job, ticket: str | None = None) -> JobView:
    """Show a job to its owner; `ticket` goes into every link."""
    return _view(job, ticket, *_eta(service().ledger, job))


def _view(job: Job, ticket: str | None, eta_s: float | None, reason: str | None) -> JobView:
    params, painted = job.params, job.kind is Kind.PAINT
    prompt, done = params.get("prompt"), job.status is Status.SUCCEEDED
    has_map = done or (painted and not prompt)
    understood = LinkView(url=job_url(job.id, ticket, "/understood")) if prompt and done else None
    return JobView(
        id=job.id,
        url=job_url(job.id, ticket),
        kind=job.kind.value,
        status=job.status.value,
        version=job.version,
        position=job.position,
        eta_s=eta_s,
        eta_reason=reason,
        attempt=job.attempt,
        model=job.model,
        width=job.size[1],
        height=job.size[0],
        count=job.count,
        seed=None if job.kind is Kind.TRACE else job.seed,
        style=params.get("style"),
        look=params.get("look"),
        borders=params.get("borders", "drawn"),
        format=params["format"],
        slot=job.slot or None,
        prompt=prompt,
        understood=understood,
        label_map=LinkView(url=job_url(job.id, ticket, "/label-map")) if has_map else None,
        images=image_views(
            job.images if painted else (),
            lambda n: job_url(job.id, ticket, f"/images/{n}"),
            (lambda n: job_url(job.id, ticket, f"/images/{n}/preview"))
            if params.get("preview")
            else None,
        ),
        error=_error(job),
        share=share_view(job) if job.share else None,
        created_at=utc(job.created_s),
        started_at=utc(job.started_s) if job.started_s else None,
        finished_at=utc(job.finished_s) if job.finished_s else None,
        expires_at=utc(job.expires_s) if job.expires_s else None,
    )


def image_views(
    images: Iterable[Picture],
    url: Callable[[int], str],
    preview: Callable[[int], str] | None = None,
) -> list[ImageView]:
    """Show the pictures of a job; the functions give the addresses of each, counted from 0."""
    return [
        ImageView(
            url=url(number),
            preview=preview(number) if preview else None,
            seed=image.seed,
            look=image.look,
            width=image.width,
            height=image.height,
        )
        for number, image in enumerate(images)
    ]


def share_view(job: Job) -> ShareView:
    """Show the link of a job that is shared."""
    return ShareView(token=job.share, url=f"/s/{job.share}")


def utc(seconds: float) -> datetime:
    """Return seconds since the epoch as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def json_response(body: BaseModel, status: int = 200) -> Response:
    """Answer with a body as JSON."""
    return Response(body.model_dump_json(), status, mimetype="application/json")


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """What is answered with a job; a 304 has no body."""

    status: int
    headers: dict[str, str]
    body: str


def job_answer(
    ledger: Ledger,
    job: Job,
    req: Request,
    ticket: str | None,
    *,
    status: int = 200,
    wait_s: float = 0.0,
) -> JobAnswer:
    """Answer with a job as JSON, or 304 to who has it, and say when to ask again.

    The ETag is made of version and position, because a queued job's position changes without a
    move; it is weak, because the ETA may differ under the same ETag. Unless the client has an older
    one, it may be kept waiting for `wait_s`.
    """
    eta_s, reason = _eta(ledger, job)
    headers = {"ETag": f'W/"{_etag(job)}"', "Cache-Control": "private, no-cache"}
    if job.live:
        headers["Retry-After"] = retry_after(_poll_s(eta_s))
    is_known = req.if_none_match.contains_weak(_etag(job))
    if wait_s and job.live and (is_known or not req.if_none_match):
        headers |= deferral(req.environ, wait_s, job.version)
    if status == 200 and is_known:
        return JobAnswer(304, headers, "")
    headers["Content-Type"] = "application/json"
    return JobAnswer(status, headers, _view(job, ticket, eta_s, reason).model_dump_json())


def submit_answer(ledger: Ledger, job: Job, req: Request, ticket: str | None) -> JobAnswer:
    """Answer a submit with its job, and say where that is."""
    answer = job_answer(ledger, job, req, ticket, status=202)
    answer.headers["Location"] = job_url(job.id, ticket)
    return answer


def job_response(job: Job, ticket: str | None, *, wait_s: float = 0.0) -> Response:
    """Answer the request at hand with a job."""
    answer = job_answer(service().ledger, job, request, ticket, wait_s=wait_s)
    return Response(answer.body, answer.status, answer.headers)


def _etag(job: Job) -> str:
    return f"{job.version}.{job.position or 0}"


def _poll_s(eta_s: float | None) -> float:
    return POLL_UNKNOWN_S if eta_s is None else min(max(eta_s, POLL_LEAST_S), POLL_MOST_S)


def _eta(ledger: Ledger, job: Job) -> tuple[float | None, str | None]:
    """Return the seconds until a live job is done, or a code for why nobody can tell."""
    eta = ledger.forecasts.eta(job) if job.live else None
    if eta is None:
        return None, None
    return (None, eta.reason) if eta.seconds is None else (round(eta.seconds, 2), None)


def _error(job: Job) -> JobErrorView | None:
    if job.error is None:
        return None
    return JobErrorView(code=job.error["code"], message=job.error["message"])

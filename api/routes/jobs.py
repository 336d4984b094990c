"""Jobs: post, put, look, list, cancel, forget."""

import re
import uuid
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request, session

from api.errors import ApiError
from api.hooks.identity import caller, owner_of, remember, ticket_for, ticket_in_use
from api.openapi import Answer, Operation, operation
from api.routes.imports import BODY_ERRORS
from api.schemas import JobOptions, JobPage, JobView, ListQuery, TicketQuery, WaitQuery
from api.state import service
from api.submit.accept import Wish, accept
from api.submit.body import read_body, read_query
from api.submit.intake import FILES, fingerprint
from api.views import PREFIX, has_news, job_response, job_url, job_view, wait_for_change
from jobs.blobs.leftovers import Leftovers
from jobs.telemetry.spans import span

blueprint = Blueprint("jobs", __name__, url_prefix=PREFIX)

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")
FILE_TEXTS = {
    "label_map": "8-bit PNG, palette or grey, whose pixels are label ids of the model's label set.",
    "doodle": "Picture whose colours are those of `palette`.",
    "photo": "Photo whose label map is wanted; it goes with model, slot and webhook_url only.",
    "style_image": "Picture whose style (light, weather) is taken, for models that can.",
}
CHOICES = (("label_map",), ("doodle", "palette"), ("photo",))
SUBMIT_ERRORS = (
    *BODY_ERRORS, "size-not-allowed", "unknown-style", "style-unsupported",
    "borders-unsupported", "tracing-unsupported",
    "webhook-refused", "quota-exceeded", "queue-full", "store-full", "idempotency-conflict",
    "job-expired",
)  # fmt: skip
JOB_HEADERS = {"ETag": "Version and position.", "Retry-After": "When to ask again, seconds."}
JOB_ID = {"job_id": "$response.body#/id"}
ACCEPTED = Answer(
    "Accepted: the job.",
    JobView,
    headers={"Location": "Address of the job.", **JOB_HEADERS},
    links={
        "jobs_look": JOB_ID,
        "jobs_cancel": JOB_ID,
        "events_stream": JOB_ID,
        "images_image": {**JOB_ID, "number": "0"},
        "images_label_map": JOB_ID,
        "shares_share": JOB_ID,
        "shares_unshare": JOB_ID,
    },
)
submission = partial(
    Operation,
    "Jobs",
    {202: ACCEPTED},
    body=JobOptions,
    files=FILE_TEXTS,
    required_files=CHOICES,
)
NOT_THERE = ("job-not-found", "job-expired", "invalid-field", "unknown-field")


@blueprint.post("/jobs")
@operation(
    submission(
        errors=(*SUBMIT_ERRORS, "idempotency-in-flight"),
        headers={
            "Idempotency-Key": {
                "type": "string",
                "pattern": f"^{IDEMPOTENCY_KEY.pattern}$",
                "description": "A text of your own; the same text with the same body is the same "
                "job. Kept for a day, per session or API key.",
            }
        },
    )
)
def submit() -> Response:
    """Queue a picture to be painted, or a photo to be traced.

    To have a picture painted, send either `label_map`, or `doodle` with `palette`. A doodle of a
    size that the model does not paint is resampled to the model's native size, taking for each
    pixel the nearest one, so labels are never mixed; a label map is refused unless you send
    `resize=nearest`.

    To have a photo traced, send `photo`. The job ends with a label map, of the largest size that
    the model paints in about the photo's shape; it can be painted as it is.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise ApiError(
            "invalid-field",
            f"Idempotency-Key has {len(key)} characters; 1 to 128 visible ASCII ones are taken.",
            {"errors": [{"field": "Idempotency-Key", "detail": "1 to 128 visible ASCII"}]},
        )
    return _submit(str(uuid.uuid4()), is_chosen=False, key=key or "")


@blueprint.put("/jobs/<job_id>")
@operation(submission(errors=(*SUBMIT_ERRORS, "job-id-taken")))
def put(job_id: str) -> Response:
    """Queue a picture under a UUID of your own.

    Safe to repeat: the same body under the same id is the same job.
    """
    try:
        job_id = str(uuid.UUID(job_id))
    except ValueError:
        raise ApiError(
            "invalid-field",
            f"The id must be a UUID, for instance {uuid.uuid4()}.",
            {"errors": [{"field": "job_id", "detail": "not a UUID", "value": job_id[:64]}]},
        ) from None
    return _submit(job_id, is_chosen=True)


def _submit(job_id: str, *, is_chosen: bool, key: str = "") -> Response:
    who = caller()
    with span(f"{request.method} /jobs"):
        options, files = read_body(request, JobOptions, FILES)
        wish = Wish(job_id, is_chosen, key, fingerprint(options, files), options, files)
        job = accept(service(), who, wish)
    remember(who)
    g.job_id = job.id
    ticket = ticket_for(job.id) if who.is_new else None
    response = job_response(job, ticket, 202)
    response.headers["Location"] = job_url(job.id, ticket)
    return response


@blueprint.get("/jobs/<job_id>")
@operation(
    Operation(
        "Jobs",
        {
            200: Answer("The job.", JobView, headers=JOB_HEADERS),
            304: Answer("Unchanged since If-None-Match.", headers=JOB_HEADERS),
        },
        NOT_THERE,
        query=WaitQuery,
        headers={"If-None-Match": {"type": "string", "description": "The ETag you have."}},
    )
)
def look(job_id: str) -> Response:
    """Look at a job.

    With If-None-Match, an unchanged job is a 304. With `wait`, the answer comes when the state
    changes, or after that many seconds; send If-None-Match with it, so that a change between two
    polls is not waited for in vain. Retry-After says when asking again is worth it.
    """
    wait_s = read_query(request, WaitQuery).wait
    job = service().ledger.get(job_id, owner_of(job_id))
    if wait_s and job.live and not has_news(job):
        job = wait_for_change(job, min(wait_s, service().settings.max_wait_s))
    return job_response(job, ticket_in_use(job_id))


@blueprint.delete("/jobs/<job_id>")
@operation(
    Operation(
        "Jobs",
        {200: Answer("The job, cancelled or as it ended before.", JobView)},
        (*NOT_THERE, "origin-refused"),
        query=TicketQuery,
    )
)
def cancel(job_id: str) -> Response:
    """Cancel a job.

    A queued job is cancelled at once; a running one too, and its result is dropped. A finished
    one stays as it is. Safe to repeat.
    """
    read_query(request, TicketQuery)
    job = service().ledger.cancel(job_id, owner_of(job_id))
    return job_response(job, ticket_in_use(job_id))


@blueprint.get("/jobs")
@operation(
    Operation(
        "Jobs",
        {200: Answer("A page of jobs.", JobPage)},
        ("invalid-field", "unknown-field"),
        query=ListQuery,
    )
)
def list_jobs() -> Response:
    """List your jobs, newest first."""
    query, who = read_query(request, ListQuery), caller()
    page = service().ledger.list_jobs(who.user, query.limit, query.cursor)
    next_url = None
    if page.next_cursor is not None:
        more = urlencode({"limit": query.limit, "cursor": page.next_cursor})
        next_url = f"{PREFIX}/jobs?{more}"
    body = JobPage(jobs=[job_view(job) for job in page.jobs], next=next_url)
    response = Response(body.model_dump_json(), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.delete("/jobs")
@operation(Operation("Jobs", {204: Answer("Nothing is left.")}, ("origin-refused",)))
def forget() -> Response:
    """Delete all your data.

    Cancels your jobs and drops them with their pictures and links; a browser's session ends too.
    """
    app, who = service(), caller()
    Leftovers(app.ledger, app.blobs).try_to_drop(app.ledger.forget(who.user))
    session.clear()
    return Response(status=204)

"""Submits: a job is posted, or put under an id of the client's own."""

import re
import uuid
from functools import partial

from flask import Blueprint, Response, g, request

from api.errors import ApiError
from api.hooks.identity import caller, owner_by_id, remember, ticket_for
from api.openapi.operation import Answer, Operation, operation
from api.representation import PREFIX, submit_answer
from api.routes.imports import BODY_ERRORS
from api.schemas.jobs import JobOptions, JobView
from api.state import service
from api.submit.take import take

#: Also of what else can be done with jobs, see `api.routes.jobs`.
blueprint = Blueprint("jobs", __name__, url_prefix=PREFIX)

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")
FILE_TEXTS = {
    "label_map": "8-bit PNG, palette or grey, whose pixels are label ids of the model's label set.",
    "doodle": "Picture whose colours are those of `palette`.",
    "photo": "Photo whose label map is wanted; it goes with model, slot and webhook_url only.",
    "style_image": "Picture whose style (light, weather) is taken, for models that can.",
}
CHOICES = (("label_map",), ("doodle", "palette"), ("photo",), ("prompt",))
SUBMIT_ERRORS = (
    *BODY_ERRORS, "size-not-allowed", "unknown-style", "style-unsupported", "unknown-look",
    "looks-unsupported",
    "borders-unsupported", "tracing-unsupported", "words-unsupported",
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
        "words_understood": JOB_ID,
        "shares_share": JOB_ID,
        "shares_unshare": JOB_ID,
    },
)
submit_operation = partial(
    Operation,
    "Jobs",
    {202: ACCEPTED},
    body=JobOptions,
    files=FILE_TEXTS,
    required_files=CHOICES,
)


@blueprint.post("/jobs")
@operation(
    submit_operation(
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
    """Queue a picture to be painted, a photo to be traced, or words to be composed.

    To have a picture painted, send either `label_map`, or `doodle` with `palette`. A doodle of a
    size that the model does not paint is resampled to the model's native size, taking for each
    pixel the nearest one, so labels are never mixed; a label map is refused unless you send
    `resize=nearest`.

    To have a photo traced, send `photo`. The job ends with a label map, of the largest size that
    the model paints in about the photo's shape; it can be painted as it is.

    To begin from words, send `prompt`, with `width` and `height` if the native size is not wanted:
    one job gives the layout and its pictures, or with `layout_only` the layout alone.
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
@operation(submit_operation(errors=(*SUBMIT_ERRORS, "job-id-taken")))
def put(job_id: str) -> Response:
    """Queue a picture under a UUID of your own.

    Safe to repeat: the same body under the same id is the same job, even without cookie or key.
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
    if who.is_new and is_chosen:
        who = owner_by_id(who, job_id)
    job = take(service(), request, who, job_id, is_chosen=is_chosen, key=key)
    if not (who.is_new and is_chosen):  # the one that owns it by its id owns nothing else
        remember(who)
    g.job_id = job.id
    ticket = ticket_for(job.id) if who.is_new else None
    answer = submit_answer(service().ledger, job, request, ticket)
    return Response(answer.body, answer.status, answer.headers)

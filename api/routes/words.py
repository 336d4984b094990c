"""What was understood of the words that a layout was composed of."""

from flask import Blueprint, Response, request

from api.errors import ApiError
from api.hooks.identity import owner_of
from api.openapi.operation import JOB_ERRORS, Answer, Operation, operation
from api.representation import PREFIX
from api.routes.images import blob_of, not_finished
from api.schemas.jobs import TicketQuery
from api.schemas.words import UnderstoodView
from api.state import service
from api.submit.body import read_query
from jobs.job import Status

blueprint = Blueprint("words", __name__, url_prefix=PREFIX)


@blueprint.get("/jobs/<job_id>/understood")
@operation(
    Operation(
        "Pictures",
        {200: Answer("What was understood.", UnderstoodView)},
        (*JOB_ERRORS, "no-words", "job-not-finished"),
        query=TicketQuery,
    )
)
def understood(job_id: str) -> Response:
    """Get what was understood of a prompt, and what was not.

    Materials, places, sizes and light; unknown words, with one that looks like each; and what was
    decided where wishes exclude each other or could not be kept.
    """
    read_query(request, TicketQuery)
    job = service().ledger.get(job_id, owner_of(job_id))
    if "prompt" not in job.params:
        raise ApiError("no-words", "The job was made from a picture, not from words.")
    if job.status is not Status.SUCCEEDED:
        raise not_finished(job, "tells what was understood")
    return Response(blob_of(job, job.params["understood"]), mimetype="application/json")

"""Jobs that were submitted: look, wait, list, cancel, forget."""

from urllib.parse import urlencode

from flask import Response, request, session

from api.errors import ApiError
from api.hooks.identity import caller, owner_of, ticket_in_use
from api.openapi.operation import JOB_ERRORS, Answer, Operation, operation
from api.representation import PREFIX, job_response, job_view, json_response
from api.routes.submit import JOB_HEADERS, blueprint
from api.schemas.jobs import EndQuery, JobPage, JobView, ListQuery, WaitQuery
from api.state import service
from api.submit.body import read_query
from jobs.blobs.orphans import OrphanedBlobs


@blueprint.get("/jobs/<job_id>")
@operation(
    Operation(
        "Jobs",
        {
            200: Answer("The job.", JobView, headers=JOB_HEADERS),
            304: Answer("Unchanged since If-None-Match.", headers=JOB_HEADERS),
        },
        JOB_ERRORS,
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
    settings = service().settings
    longest_s = settings.longest_wait_s
    if wait_s > longest_s:
        raise ApiError(
            "invalid-field",
            f"'wait' is {wait_s:g}; a poll may wait for {longest_s:g} seconds at most.",
            {"errors": [{"field": "wait", "detail": f"at most {longest_s:g}", "value": wait_s}]},
        )
    job = service().ledger.get(job_id, owner_of(job_id))
    return job_response(job, ticket_in_use(job_id), wait_s=min(wait_s, settings.max_wait_s))


@blueprint.delete("/jobs/<job_id>")
@operation(
    Operation(
        "Jobs",
        {
            200: Answer("The job, cancelled or as it ended before.", JobView),
            204: Answer("With erase: nothing of it is left."),
        },
        (*JOB_ERRORS, "origin-refused"),
        query=EndQuery,
    )
)
def cancel(job_id: str) -> Response:
    """Cancel a job, or erase it.

    A queued job is cancelled at once; a running one too, and its result is dropped. A finished
    one stays as it is. Safe to repeat. With `erase`, whatever state it is in, the job is dropped
    with its pictures and its link; there is no such job afterwards.
    """
    app, erase = service(), read_query(request, EndQuery).erase
    if erase:
        dropped = app.ledger.erase(job_id, owner_of(job_id))
        OrphanedBlobs(app.ledger, app.blobs).try_to_drop(dropped)
        return Response(status=204)
    job = app.ledger.cancel(job_id, owner_of(job_id))
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
    response = json_response(body)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.delete("/jobs")
@operation(Operation("Jobs", {204: Answer("Nothing is left.")}, ("origin-refused",)))
def forget() -> Response:
    """Delete all your data.

    Cancels your jobs and drops them with their pictures and links; a browser's session ends too.
    """
    app, who = service(), caller()
    OrphanedBlobs(app.ledger, app.blobs).try_to_drop(app.ledger.forget(who.user))
    session.clear()
    return Response(status=204)

"""Take a request for a job: read it, check it, queue it."""

from werkzeug.wrappers import Request

from api.hooks.identity import Caller
from api.schemas.jobs import JobOptions
from api.state import Service
from api.submit.accept import accept
from api.submit.body import read_body
from api.submit.intake import FILES
from api.submit.submission import Submission
from jobs.job import Job
from jobs.telemetry.spans import span


def take(
    app: Service, request: Request, who: Caller, job_id: str, *, is_chosen: bool, key: str = ""
) -> Job:
    """Return the job that a request asks for, queued; see `Submission` for the arguments.

    Raises:
        ApiError: refused, as are the other errors of `read_body` and `accept`.
    """
    with span(f"{request.method} /jobs"):
        options, files = read_body(request, JobOptions, FILES, app.settings.max_body_bytes)
        return accept(app, Submission(who, job_id, is_chosen, key, options, files))

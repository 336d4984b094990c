"""Looks at a job of the caller's own session, as most requests are."""

import re

from werkzeug.wrappers import Request

from api.errors import ApiError
from api.front.wsgi import Environ
from api.hooks.deferral import COUNTED, is_again
from api.hooks.limits import read_rate
from api.hooks.logs import logs_reads
from api.representation import PREFIX, JobAnswer, job_answer
from api.schemas.jobs import WaitQuery
from api.state import Service
from api.submit.body import read_query
from jobs.errors import Expired, NotFound
from jobs.job import Job
from jobs.rates import RateLimited, look

_JOB = re.compile(rf"{PREFIX}/jobs/([0-9a-f-]{{36}})")


class Polls:
    """GET /jobs/ID."""

    def __init__(self, service: Service) -> None:
        self._service, self._settings = service, service.settings

    def takes(self, environ: Environ) -> bool:
        """Tell whether a request may be one that is answered here."""
        return (
            environ["REQUEST_METHOD"] == "GET"
            and _JOB.fullmatch(environ["PATH_INFO"]) is not None
            and not logs_reads()
        )

    def answer(self, request: Request, user: str) -> JobAnswer | None:
        """Answer with the user's job; None leaves it to Flask."""
        wait_s = self._wait_s(request)
        job = None if wait_s is None else self._look(request.environ, user)
        if wait_s is None or job is None:
            return None
        return job_answer(self._service.ledger, job, request, None, wait_s=wait_s)

    def _wait_s(self, request: Request) -> float | None:
        """Return how long the client would wait; None if it asks for more than that, or wrongly."""
        try:
            asked = read_query(request, WaitQuery)
        except ApiError:
            return None
        if asked.ticket is not None or asked.wait > self._settings.longest_wait_s:
            return None
        return min(asked.wait, self._settings.max_wait_s)

    def _look(self, environ: Environ, user: str) -> Job | None:
        """Return the user's job, counted as one look; None where Flask has to say why not."""
        ledger, job_id = self._service.ledger, environ["PATH_INFO"][-36:]
        try:
            if is_again(environ):
                return ledger.get(job_id, user)
            return look(ledger, job_id, user, read_rate(self._settings, user))
        except RateLimited:
            return None
        except (NotFound, Expired):
            environ[COUNTED] = True
            return None

"""Submits of the caller's own session under ids of its own, as pages send them."""

import re
import time

from werkzeug.wrappers import Request

from api.front.wsgi import Environ
from api.hooks.deferral import COUNTED
from api.hooks.identity import Caller, counted_address, is_foreign_write
from api.hooks.limits import submit_rates
from api.hooks.logs import begin, log_answer, request_id_of
from api.representation import PREFIX, JobAnswer, submit_answer
from api.state import Service
from api.submit.take import take
from jobs.rates import RateLimited, count

_JOB = re.compile(PREFIX + r"/jobs/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


class Submits:
    """PUT /jobs/ID."""

    def __init__(self, service: Service) -> None:
        self._service, self._settings = service, service.settings

    def takes(self, environ: Environ) -> bool:
        """Tell whether a request may be one that is answered here."""
        return environ["REQUEST_METHOD"] == "PUT" and bool(_JOB.fullmatch(environ["PATH_INFO"]))

    def answer(self, request: Request, user: str) -> JobAnswer | None:
        """Queue the user's job and answer with it; None leaves it to Flask."""
        length = request.content_length
        if length is None or length > self._settings.max_body_bytes:
            return None
        if is_foreign_write(request, self._settings.public_url):
            return None
        started_s = time.perf_counter()
        who = Caller(user, counted_address(request.remote_addr or "unknown"))
        try:
            count(self._service.ledger, *submit_rates(self._settings, who, request))
        except RateLimited:
            return None
        request.environ[COUNTED] = True
        begin(request_id_of(request.environ))  # which Shortcuts has chosen
        job = take(self._service, request, who, request.path[-36:], is_chosen=True)
        answer = submit_answer(self._service.ledger, job, request, None)
        seconds = time.perf_counter() - started_s
        log_answer(request, answer.status, seconds, user=user, job=job.id, code=None)
        return answer

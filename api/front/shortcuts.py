"""Answer what most requests of a page are, looks at jobs and submits, before Flask is asked.

Whatever else there is to say, and every doubt, is Flask's; each rule is that of `api/hooks`,
`api/submit` or `api/representation`.
"""

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Flask, Request

from api.front.polls import Polls
from api.front.submits import Submits
from api.front.wsgi import Environ, Wsgi
from api.hooks.deferral import FAILED, TOO_SLOW, WAIT_HEADER
from api.hooks.guard import asks_for, own_names
from api.hooks.headers import security_headers
from api.hooks.identity import session_user
from api.hooks.logs import request_id_of
from api.hooks.metrics import count_answer
from api.representation import PREFIX, JobAnswer
from api.state import Service

_ROUTE = f"{PREFIX}/jobs/<job_id>"


class Shortcuts:
    """A WSGI application in front of Flask's."""

    def __init__(self, app: Flask, service: Service, *, secure: bool) -> None:
        self._app = app
        self._flask: Wsgi = app.wsgi_app
        self._kinds = (Polls(service), Submits(service))
        self._names = own_names(service.settings)
        # What a session adds: it decides the answer.
        self._headers = security_headers(secure=secure) | {"Vary": "Cookie"}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer with the caller's job; let Flask answer all else."""
        started_s = time.perf_counter()
        answer = self._answer(environ) if _is_of_a_session(environ) else None
        if answer is None:
            return self._flask(environ, start_response)
        body = answer.body.encode()
        headers = {**answer.headers, **self._headers, "X-Request-ID": environ["HTTP_X_REQUEST_ID"]}
        if body:
            headers["Content-Length"] = str(len(body))
        if WAIT_HEADER not in headers:
            waited = "wait=" in environ["QUERY_STRING"]
            seconds = None if waited else time.perf_counter() - started_s
            count_answer(environ["REQUEST_METHOD"], _ROUTE, answer.status, seconds)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", [*headers.items()])
        return (body,)

    def _answer(self, environ: Environ) -> JobAnswer | None:
        kind = next((kind for kind in self._kinds if kind.takes(environ)), None)
        if kind is None:
            return None
        request = Request(environ)
        if not asks_for(self._names, request):
            return None
        session = self._app.session_interface.open_session(self._app, request)
        user = session_user(session) if session else None
        if user is None:
            return None
        environ["HTTP_X_REQUEST_ID"] = request_id_of(environ)  # one for log, answer and Flask
        try:
            return kind.answer(request, user)
        except Exception as error:
            # Flask tells it in its words, without asking once more.
            environ[FAILED] = error
            return None


def _is_of_a_session(environ: Environ) -> bool:
    return (
        "HTTP_COOKIE" in environ and "HTTP_AUTHORIZATION" not in environ and TOO_SLOW not in environ
    )

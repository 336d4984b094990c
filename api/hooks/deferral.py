"""How Flask and the door (api/front) speak of requests that are not answered yet.

A view that would wait answers as things stand, and says so in a header: the door keeps that answer
back and asks again when there may be news. The same request then counts once.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from api.errors import ApiError
from api.hooks.identity import caller

#: In an answer: for how many seconds it may be kept back, and the job's version in it.
WAIT_HEADER = "doodlescape-wait"
#: In a request's environment: the version that was kept back; that nothing is kept back any more;
#: that the body did not come in time.
SEEN, LAST, TOO_SLOW = "doodlescape.seen", "doodlescape.last", "doodlescape.too-slow"
#: That `api.front.shortcuts` has counted it; what went wrong there.
COUNTED, FAILED = "doodlescape.counted", "doodlescape.failed"
Environ = Mapping[str, Any]


def install(app: Flask) -> None:
    """Tell what went wrong before Flask was asked."""
    app.before_request(_refuse)


def is_again(environ: Environ) -> bool:
    """Tell whether this request was asked before, and counted then."""
    return SEEN in environ


def is_counted(environ: Environ) -> bool:
    """Tell whether the rate limits have this request already."""
    return COUNTED in environ or is_again(environ)


def is_deferred(response: Response) -> bool:
    """Tell whether an answer is kept back, and so does not count."""
    return WAIT_HEADER in response.headers


def deferral(environ: Environ, wait_s: float, version: int) -> dict[str, str]:
    """Return the header that keeps an answer back for so long unless the job's version changes.

    There is none when the version is news to who asked, or the time is up.
    """
    if LAST in environ or environ.get(SEEN, version) != version:
        return {}
    return {WAIT_HEADER: f"{wait_s:.3f} {version}"}


def _refuse() -> None:
    if FAILED in request.environ:
        caller()  # for the log, and for Vary: it was refused as what its session asked
        raise request.environ[FAILED]
    if TOO_SLOW in request.environ:
        raise ApiError("body-too-slow", "The rest of the body did not come, or far too slowly.")

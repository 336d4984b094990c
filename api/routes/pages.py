"""The studio page and its files, straight from `frontend/`."""

import contextlib

from flask import Blueprint, Response, abort, make_response, request, send_from_directory
from redis import RedisError

from api.hooks.identity import caller, remember
from api.open_graph import open_graph
from api.page import STATIC, studio_page
from api.state import service
from jobs.errors import NotFound

A_YEAR_S = 365 * 24 * 3600
blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> Response:
    """Send the studio page, and the session cookie with it."""
    remember(caller())
    return _revalidated(Response(studio_page().index, mimetype="text/html"))


@blueprint.get("/s/<token>")
def shared(token: str) -> Response:
    """Send the studio page, which then shows what was shared; its head tells other sites of it.

    A link that is dead, or cannot be looked up now, gives the page alone.
    """
    remember(caller())
    page = studio_page().index
    with contextlib.suppress(NotFound, RedisError):
        tags = open_graph(service().shares.find(token), _origin())
        page = page.replace("  </head>", f"{tags}  </head>", 1)
    return _revalidated(Response(page, mimetype="text/html"))


@blueprint.get("/v/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """Send a file of the page's present version, which browsers may keep; there is no other."""
    if version != studio_page().version:
        abort(404)
    response = make_response(send_from_directory(STATIC, name))
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    return response


@blueprint.get("/sw.js")
def worker() -> Response:
    """Send the script that keeps the page in the browser, to be asked for anew each time.

    The page itself comes out of the browser then, so the session cookie comes with this.
    """
    if not service().settings.offline_page:
        abort(404)  # a page that is kept already lets go of itself when it hears this
    remember(caller())
    return _revalidated(Response(studio_page().worker, mimetype="text/javascript"))


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """Send a file of the page by a name that lasts; browsers ask again each time."""
    response = make_response(send_from_directory(STATIC, name))
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Send the icon that browsers ask for unasked."""
    return static("favicon.svg")


def _origin() -> str:
    return (service().settings.public_url or request.host_url).rstrip("/")


def _revalidated(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response

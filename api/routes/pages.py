"""The studio page and its files, straight from `frontend/`."""

from pathlib import Path

from flask import Blueprint, Response, make_response, send_from_directory

from api.hooks.identity import caller, remember

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"
blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def index() -> Response:
    """Send the studio page, and the session cookie with it."""
    remember(caller())
    response = make_response(send_from_directory(FRONTEND, "index.html"))
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/s/<token>")
def shared(token: str) -> Response:  # noqa: ARG001 - the page reads it from its address
    """Send the studio page, which then shows what was shared."""
    return index()


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """Send a file of the page; browsers ask again each time and mostly get a 304."""
    response = make_response(send_from_directory(FRONTEND / "static", name))
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Send the icon that browsers ask for unasked."""
    return static("favicon.svg")

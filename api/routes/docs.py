"""The OpenAPI document, and the same for people: plain HTML, no script, no third party."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, send_from_directory

from api.errors import PROBLEMS
from api.openapi import build

blueprint = Blueprint("docs", __name__, url_prefix="/api", template_folder="../templates")


def _document() -> dict[str, Any]:
    """Build the document once per application; routes do not change afterwards."""
    cache: dict[str, Any] = current_app.extensions.setdefault("openapi", {})
    return cache or (cache.update(build(current_app._get_current_object())) or cache)  # type: ignore[attr-defined]


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Send the OpenAPI 3.1 document."""
    response = Response(json.dumps(_document()), mimetype="application/json")
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/docs")
def docs() -> str:
    """Send the reference for people."""
    return render_template("docs.html", document=_document(), problems=PROBLEMS, resolve=_resolve)


@blueprint.get("/docs.css")
def style() -> Response:
    """Send the style of the reference."""
    return send_from_directory(f"{current_app.root_path}/static", "docs.css")


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a $ref into the document's components."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = _document()["components"]["schemas"].get(name, schema)
    return found

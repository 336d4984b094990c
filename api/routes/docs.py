"""The OpenAPI document, and the same for people: plain HTML, no script, no third party."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, send_from_directory
from markupsafe import Markup, escape

from api.openapi.document import build
from api.problems import PROBLEMS

blueprint = Blueprint("docs", __name__, url_prefix="/api", template_folder="../templates")
TAGS = ("Jobs", "Pictures", "Sharing", "Label maps", "Models", "Health")


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
    document = _document()
    return render_template(
        "docs.html", sections=_sections(document), document=document, problems=PROBLEMS
    )


@blueprint.get("/docs.css")
def style() -> Response:
    """Send the style of the reference."""
    return send_from_directory(f"{current_app.root_path}/static", "docs.css")


@blueprint.app_template_filter("prose")
def prose(text: str) -> Markup:
    """Set what stands between backticks as code."""
    parts = [escape(part) for part in text.split("`")]
    wrap = Markup("<code>{}</code>").format
    return Markup("").join(wrap(part) if n % 2 else part for n, part in enumerate(parts))


def _document() -> dict[str, Any]:
    """Build the document once per application; its routes do not change."""
    cache: dict[str, Any] = current_app.extensions.setdefault("openapi", {})
    if not cache:
        cache.update(build(current_app))
    return cache


def _sections(document: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Return (method, path, operation) by tag, in the order in which one would read them."""
    sections: dict[str, list[tuple[str, str, dict[str, Any]]]] = {tag: [] for tag in TAGS}
    for path, methods in document["paths"].items():
        for method, spec in methods.items():
            sections[spec["tags"][0]].append((method.upper(), path, spec))
    return sections

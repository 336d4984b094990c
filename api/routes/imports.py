"""Pictures from elsewhere become label maps."""

from flask import Blueprint, Response, request

from api.errors import ApiError
from api.openapi.operation import Answer, Operation, operation
from api.representation import PREFIX, json_response
from api.schemas.imports import ImportOptions, ImportView
from api.state import service
from api.submit.body import read_body
from api.submit.imports import import_picture

blueprint = Blueprint("imports", __name__, url_prefix=PREFIX)
BODY_ERRORS = (
    "malformed-request", "malformed-json", "malformed-multipart", "body-too-large",
    "unsupported-media-type",
    "unknown-field", "missing-field", "invalid-field", "conflicting-fields", "unknown-model",
    "not-an-image", "truncated", "too-many-pixels", "too-many-bytes", "sixteen-bit", "animated",
    "wrong-mode", "transparent", "unknown-colours", "unknown-label-ids", "unknown-palette",
    "origin-refused",
)  # fmt: skip


@blueprint.post("/import")
@operation(
    Operation(
        "Label maps",
        {200: Answer("What became of the picture.", ImportView)},
        BODY_ERRORS,
        body=ImportOptions,
        files={"picture": "The picture: PNG, JPEG, WebP, GIF or BMP."},
        required_files=(("picture",),),
    )
)
def create() -> Response:
    """Read a picture as a label map.

    Nothing is stored and nothing is painted. Colours outside the palette are listed with their
    pixel counts; with `match=exact` they stay unlabelled, with `match=nearest` they take the
    closest label.
    """
    app = service()
    options, files = read_body(request, ImportOptions, ("picture",), app.settings.max_body_bytes)
    if "picture" not in files:
        raise ApiError(
            "missing-field",
            "'picture' is missing; send a file.",
            {"errors": [{"field": "picture", "detail": "missing"}]},
        )
    card = app.catalogue.find(options.model)
    return json_response(import_picture(files["picture"], options, card, app.picture_limits))

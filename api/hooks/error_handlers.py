"""Error handlers: whatever a handler raises is answered as problem+json."""

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from redis import RedisError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.errors import ApiError, respond
from api.problems import PROBLEMS
from jobs.blobs import BlobBroken, BlobStoreFull
from jobs.errors import Expired, NotFound
from jobs.server.refusals import code_of, refusal_of
from spade.maps.pictures import LabelMapError

RETRY_STORE_S, RETRY_FULL_S = 2.0, 10.0


def install(app: Flask) -> None:
    """Answer every error of the application, of the job service and of its store."""
    app.register_error_handler(ApiError, respond)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(LabelMapError, _from_label_map)

    @app.errorhandler(NotFound)
    def _not_found(_: NotFound) -> Response:
        return respond(ApiError("job-not-found", "No such job, or it is not yours."))

    @app.errorhandler(Expired)
    def _expired(_: Expired) -> Response:
        return respond(ApiError("job-expired", "The job and its pictures have been dropped."))

    app.register_error_handler(BlobStoreFull, _no_room)

    @app.errorhandler(BlobBroken)
    def _broken(error: BlobBroken) -> Response:
        app.logger.error("a blob cannot be used: %s", error)
        return _away("This picture cannot be read or stored now.")

    @app.errorhandler(RedisError)
    def _refused(error: RedisError) -> ResponseReturnValue:
        refusal, code = refusal_of(error), code_of(error)
        if not refusal:  # a mistake of ours
            return app.handle_exception(error)
        app.logger.warning("the job store refuses or does not answer: %s", error)
        if refusal == "full":
            return _no_room(error)
        state = f"refuses to work now ({code})" if code else "does not answer"
        return _away(f"The job store {state}; nothing that was accepted is lost.")


def _no_room(_: Exception) -> Response:
    detail = "There is no room for another job or picture."
    return respond(ApiError("store-full", detail, retry_after_s=RETRY_FULL_S))


def _away(detail: str) -> Response:
    return respond(ApiError("store-unavailable", detail, retry_after_s=RETRY_STORE_S))


_BY_STATUS = {
    400: "malformed-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
}


def _from_http(error: HTTPException) -> Response:
    """Turn werkzeug's own errors (routing, body limits) into ours, keeping Allow and redirects."""
    status = error.code or 500
    if status < 400:
        return Response(status=status, headers=error.get_headers())
    if isinstance(error, RequestEntityTooLarge):
        return respond(_too_large())
    code = _BY_STATUS.get(status, "malformed-request" if status < 500 else "internal")
    headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Accept-Ranges")}
    return respond(ApiError(code, error.description or PROBLEMS[code].title, headers=headers))


def _too_large() -> ApiError:
    limit, sent = current_app.config["MAX_CONTENT_LENGTH"], request.content_length
    size = "is longer than allowed" if sent is None else f"has {sent} bytes"
    return ApiError(
        "body-too-large",
        f"The body {size}; at most {limit} are read.",
        {"value": sent, "limit": limit},
    )


def _from_label_map(error: LabelMapError) -> Response:
    code = error.code if error.code in PROBLEMS else "invalid-field"
    return respond(ApiError(code, str(error), dict(error.detail)))

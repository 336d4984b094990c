"""Error handlers: whatever a handler raises is answered as problem+json."""

from flask import Flask, Response, current_app, request
from redis import RedisError
from redis.exceptions import ClusterDownError, OutOfMemoryError, ReadOnlyError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.errors import ApiError, respond
from api.problems import PROBLEMS
from jobs.blobs import BlobStoreFull
from jobs.errors import Expired, NotFound
from spade.maps.pictures import LabelMapError

RETRY_STORE_S = 2.0


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

    @app.errorhandler(BlobStoreFull)
    def _no_room(_: BlobStoreFull) -> Response:
        wait_s = RETRY_STORE_S * 5
        return respond(
            ApiError("store-full", "There is no room for another picture.", retry_after_s=wait_s)
        )

    # A server that is away, loading, read-only or full; any other ResponseError is our own mistake.
    @app.errorhandler(RedisConnectionError)
    @app.errorhandler(RedisTimeoutError)
    @app.errorhandler(ReadOnlyError)
    @app.errorhandler(OutOfMemoryError)
    @app.errorhandler(ClusterDownError)
    def _store_away(error: RedisError) -> Response:
        app.logger.warning("the job store does not answer: %s", error)
        return respond(
            ApiError(
                "store-unavailable",
                "The job store does not answer; nothing that was accepted is lost.",
                retry_after_s=RETRY_STORE_S,
            )
        )


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
    limits = current_app.config
    limit, sent = limits["MAX_CONTENT_LENGTH"], request.content_length
    size = "is longer than allowed" if sent is None else f"has {sent} bytes"
    return ApiError(
        "body-too-large",
        f"The body {size}; at most {limit} are read, in at most "
        f"{limits['MAX_FORM_PARTS']} parts, of which text fields may hold "
        f"{limits['MAX_FORM_MEMORY_SIZE']}.",
        {"value": sent, "limit": limit},
    )


def _from_label_map(error: LabelMapError) -> Response:
    code = error.code if error.code in PROBLEMS else "invalid-field"
    return respond(ApiError(code, str(error), dict(error.detail)))

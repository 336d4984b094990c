"""The one table of error codes.

A program tells errors apart by `code`, which never changes; `title` and `detail` are for people.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """What a code stands for: its HTTP status, its title, and what the caller can do about it."""

    status: int
    title: str
    remedy: str


PROBLEMS: dict[str, Problem] = {
    # The request as a whole
    "malformed-request": Problem(400, "The request cannot be read", "Send well-formed HTTP."),
    "malformed-json": Problem(400, "The body is not JSON", "Send one JSON object in UTF-8."),
    "malformed-multipart": Problem(
        400, "The multipart body cannot be read", "Send a complete body, with a boundary."
    ),
    "bad-key": Problem(
        401, "The API key is not valid", "Make one: python -m api keys create NAME."
    ),
    "origin-refused": Problem(
        403,
        "Another site may not write here",
        "Use an API key, or the page of this service, whose address PUBLIC_URL names.",
    ),
    "metrics-refused": Problem(
        403, "The metrics are not for everyone", "Send METRICS_TOKEN as a bearer token."
    ),
    "host-refused": Problem(
        421, "The request is for another host", "Name this host in ALLOWED_HOSTS or PUBLIC_URL."
    ),
    "not-found": Problem(404, "There is nothing at this address", "See /api/docs."),
    "method-not-allowed": Problem(405, "This address does not take that method", "See Allow."),
    "body-too-slow": Problem(
        408, "The request body came too slowly", "Send it again, over a better connection."
    ),
    "body-too-large": Problem(413, "The request body is too large", "Send a smaller picture."),
    "unsupported-media-type": Problem(
        415,
        "The body has another media type",
        "Send multipart/form-data or application/json, or gzip.",
    ),
    "not-acceptable": Problem(406, "No such representation", "Ask for application/json."),
    # Fields
    "unknown-field": Problem(422, "A field is not known", "Leave it out; see /api/docs."),
    "missing-field": Problem(422, "A field is missing", "Add it; see /api/docs."),
    "invalid-field": Problem(422, "A field has a wrong value", "See /api/docs for its values."),
    "conflicting-fields": Problem(422, "Fields contradict each other", "Send only one of them."),
    "unknown-model": Problem(422, "There is no such model", "Choose one of GET /api/v1/models."),
    "unknown-style": Problem(422, "The model has no such style", "See GET /api/v1/models."),
    "style-unsupported": Problem(
        422, "The model takes no style", "Leave style out, or choose another model."
    ),
    "unknown-look": Problem(
        422, "The model has no such look", "List them: GET /api/v1/models/{name}/looks."
    ),
    "looks-unsupported": Problem(
        422, "The model has no looks", "Leave look out, or choose a model that has looks."
    ),
    "borders-unsupported": Problem(
        422, "The model paints borders as drawn", "Leave borders out, or choose another model."
    ),
    "tracing-unsupported": Problem(
        422, "The model cannot trace photos", "Choose a model whose abilities say segment."
    ),
    "words-unsupported": Problem(
        422, "The model cannot compose from words", "Choose one whose abilities say compose."
    ),
    "nothing-to-share": Problem(
        422, "The job painted no picture", "Paint its label map, and share that job."
    ),
    "webhook-refused": Problem(
        422, "The webhook address is refused", "Give a public https address without credentials."
    ),
    # Pictures
    "not-an-image": Problem(415, "The file is not a picture we read", "Send a PNG."),
    "truncated": Problem(422, "The picture ends too early", "Send the whole file again."),
    "too-many-pixels": Problem(413, "The picture has too many pixels", "Send a smaller one."),
    "too-many-bytes": Problem(413, "The file has too many bytes", "Send a smaller one."),
    "sixteen-bit": Problem(422, "The picture has 16 bits a channel", "Save it with 8 bits."),
    "animated": Problem(422, "The picture has several frames", "Send one frame."),
    "wrong-mode": Problem(
        422, "The picture has the wrong kind of pixels", "Label maps: 8-bit grey or palette."
    ),
    "transparent": Problem(422, "The picture has see-through pixels", "Flatten it first."),
    "unknown-colours": Problem(
        422, "Some colours are not in the palette", "Repaint them, or send match=nearest."
    ),
    "unknown-label-ids": Problem(
        422, "Some label ids are not in the model's label set", "See GET /api/v1/models."
    ),
    "unknown-palette": Problem(422, "There is no such palette", "See GET /api/v1/models."),
    "size-not-allowed": Problem(
        422, "The model does not paint this size", "Send an allowed size, or resize=nearest."
    ),
    # Jobs
    "job-not-found": Problem(404, "You have no such job", "List yours: GET /api/v1/jobs."),
    "image-not-found": Problem(404, "The job has no such picture", "See images[] of the job."),
    "no-words": Problem(404, "The job has no words", "Send a prompt to have a layout composed."),
    "share-not-found": Problem(404, "There is nothing at this link", "Ask who shared it."),
    "job-expired": Problem(410, "The job was kept for a while and is gone", "Post it again."),
    "job-not-finished": Problem(409, "The job has no picture yet", "Poll it until it succeeded."),
    "job-id-taken": Problem(409, "The id is in use", "Choose a new random UUID."),
    "idempotency-conflict": Problem(
        422, "The same id or Idempotency-Key came with another body", "Use a new one."
    ),
    "idempotency-in-flight": Problem(
        409, "The first request with this Idempotency-Key still runs", "Repeat it a little later."
    ),
    # Limits
    "rate-limited": Problem(429, "Too many requests", "Wait as long as Retry-After says."),
    "quota-exceeded": Problem(
        429, "You have as many jobs waiting as one may", "Wait for one to end, or cancel one."
    ),
    "too-many-streams": Problem(
        429, "You have as many event streams open as one may", "Close one, or poll."
    ),
    "queue-full": Problem(503, "The service is full", "Wait as long as Retry-After says."),
    "store-unavailable": Problem(
        503, "The job store cannot be used now", "Repeat the request; nothing was lost."
    ),
    "streams-full": Problem(503, "The service has no room for another event stream", "Poll."),
    "store-full": Problem(503, "The store is full", "Wait as long as Retry-After says."),
    "internal": Problem(500, "Something broke on our side", "Repeat it; tell us if it stays."),
}

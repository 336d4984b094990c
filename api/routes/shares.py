"""Public, read-only links to finished jobs; everything of one lies below its token."""

from flask import Blueprint, Response, request

from api.errors import ApiError
from api.hooks.identity import owner_of
from api.openapi.operation import JOB_ERRORS, Answer, Operation, operation
from api.representation import PREFIX, image_views, json_response, share_view, utc
from api.routes.images import (
    HEADERS,
    PICTURE_TYPES,
    label_map_response,
    not_finished,
    picture_response,
)
from api.schemas.jobs import LinkView, SharedView, ShareView, TicketQuery
from api.state import service
from api.submit.body import read_query
from jobs.errors import IllegalMove, NotFound
from jobs.job import Job, Kind

blueprint = Blueprint("shares", __name__, url_prefix=PREFIX)
TOKEN = {"token": "$response.body#/token"}
LINKED = Answer(
    "The link.",
    ShareView,
    headers={"Location": "Its address."},
    links={
        "shares_look": TOKEN,
        "shares_image": {**TOKEN, "number": "0"},
        "shares_label_map": TOKEN,
    },
)
OWN_ERRORS = (*JOB_ERRORS, "origin-refused")


@blueprint.post("/jobs/<job_id>/share")
@operation(
    Operation(
        "Sharing",
        {201: LINKED},
        (*OWN_ERRORS, "job-not-finished", "nothing-to-share"),
        query=TicketQuery,
    )
)
def share(job_id: str) -> Response:
    """Publish a finished job under an unguessable link.

    Whoever has the link may see the pictures and the label map, and paint on from there; nothing
    tells who made it. Sharing again gives the same link. A shared job is kept longer.
    """
    read_query(request, TicketQuery)
    job = service().ledger.get(job_id, owner_of(job_id))
    if job.kind is not Kind.PAINT:
        raise ApiError("nothing-to-share", "The job made a label map; there is no picture of it.")
    try:
        job = service().shares.share(job.id, job.user)
    except IllegalMove:
        raise not_finished(job, "can be shared") from None
    view = share_view(job)
    response = json_response(view, 201)
    response.headers["Location"] = view.url
    return response


@blueprint.delete("/jobs/<job_id>/share")
@operation(Operation("Sharing", {204: Answer("The link is dead.")}, OWN_ERRORS, query=TicketQuery))
def unshare(job_id: str) -> Response:
    """Take a link back.

    Safe to repeat.
    """
    read_query(request, TicketQuery)
    job = service().ledger.get(job_id, owner_of(job_id))
    service().shares.unshare(job.id, job.user)
    return Response(status=204)


@blueprint.get("/shares/<token>")
@operation(
    Operation("Sharing", {200: Answer("What was shared.", SharedView)}, ("share-not-found",))
)
def look(token: str) -> Response:
    """See what is behind a link."""
    job = _find(token)
    below = f"{PREFIX}/shares/{token}"
    card = service().catalogue.cards().get(job.model)
    view = SharedView(
        model=job.model,
        label_set=card.label_set if card else "",
        seed=job.seed,
        style=job.params["style"],
        borders=job.params.get("borders", "drawn"),
        created_at=utc(job.created_s),
        images=image_views(job.images, lambda number: f"{below}/images/{number}"),
        label_map=LinkView(url=f"{below}/label-map"),
    )
    response = json_response(view)
    response.headers["Cache-Control"] = "no-cache"  # a link that is taken back dies at once
    return response


@blueprint.get("/shares/<token>/images/<int:number>")
@operation(
    Operation(
        "Sharing",
        {
            200: Answer("The picture.", media_types=PICTURE_TYPES, headers=HEADERS),
            304: Answer("You have it already."),
        },
        ("share-not-found", "image-not-found", "job-expired"),
    )
)
def image(token: str, number: int) -> Response:
    """Get a shared picture."""
    return _revalidated(picture_response(_find(token), number))


@blueprint.get("/shares/<token>/label-map")
@operation(
    Operation(
        "Sharing",
        {
            200: Answer("The label map.", media_types=("image/png",), headers=HEADERS),
            304: Answer("You have it already."),
        },
        ("share-not-found", "image-not-found", "job-expired"),
    )
)
def label_map(token: str) -> Response:
    """Get a shared label map.

    This is what Remix paints on from.
    """
    return _revalidated(label_map_response(_find(token)))


def _revalidated(response: Response) -> Response:
    """Let caches keep the bytes but ask each time, so that a link taken back dies at once."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _find(token: str) -> Job:
    try:
        return service().shares.find(token)
    except NotFound:
        raise ApiError("share-not-found", "The link was taken back, or never was.") from None

"""The bytes of a job: its pictures and its label map."""

import numpy as np
from flask import Blueprint, Response, request

from api.errors import ApiError
from api.hooks.identity import owner_of
from api.openapi.operation import JOB_ERRORS, Answer, Operation, operation
from api.representation import PREFIX
from api.schemas.jobs import TicketQuery
from api.state import service
from api.submit.body import read_query
from jobs.blobs.packing import unpack
from jobs.job import Job, Kind, Picture, Status
from spade.maps.labelmap import write_label_map

blueprint = Blueprint("images", __name__, url_prefix=PREFIX)
PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")
PREVIEW_TYPE = "image/jpeg"
HEADERS = {"ETag": "Never changes.", "Cache-Control": "Immutable."}
IMAGE_ERRORS = (*JOB_ERRORS, "image-not-found", "job-not-finished")


def _of_bytes(what: str, media_types: tuple[str, ...]) -> Operation:
    answers = {
        200: Answer(f"The {what}.", media_types=media_types, headers=HEADERS),
        304: Answer("You have it already."),
    }
    return Operation("Pictures", answers, IMAGE_ERRORS, query=TicketQuery)


@blueprint.get("/jobs/<job_id>/images/<int:number>")
@operation(_of_bytes("picture", PICTURE_TYPES))
def image(job_id: str, number: int) -> Response:
    """Get a painted picture."""
    read_query(request, TicketQuery)
    return picture_response(service().ledger.get(job_id, owner_of(job_id)), number)


@blueprint.get("/jobs/<job_id>/images/<int:number>/preview")
@operation(_of_bytes("preview", PICTURE_TYPES))
def preview(job_id: str, number: int) -> Response:
    """Get a painted picture as a small JPEG.

    Where the job asked for no `preview`, or its worker made none, this is the picture itself.
    """
    read_query(request, TicketQuery)
    return preview_response(service().ledger.get(job_id, owner_of(job_id)), number)


@blueprint.get("/jobs/<job_id>/label-map")
@operation(_of_bytes("label map", ("image/png",)))
def label_map(job_id: str) -> Response:
    """Get the label map that is painted, or that was traced or composed.

    A palette PNG whose index is the label id.
    """
    read_query(request, TicketQuery)
    return label_map_response(service().ledger.get(job_id, owner_of(job_id)))


def picture_response(job: Job, number: int) -> Response:
    """Answer with a picture of a job.

    Raises:
        ApiError: the job has not succeeded, or has fewer pictures.
    """
    picture = _picture_of(job, number)
    etag = f"{job.id}-{job.attempt}-{number}"
    response = _unchanged(etag) or _bytes(blob_of(job, picture.blob), etag, picture.media_type)
    kind = picture.media_type.partition("/")[2]
    response.headers["Content-Disposition"] = (
        f'inline; filename="doodlescape-{picture.seed}.{kind}"'
    )
    return response


def preview_response(job: Job, number: int) -> Response:
    """Answer with the preview of a picture, or with the picture where there is none.

    Raises:
        ApiError: the job has not succeeded, or has fewer pictures.
    """
    picture = _picture_of(job, number)
    etag = f"{job.id}-{job.attempt}-{number}-preview"
    if known := _unchanged(etag):
        return known
    small = job.params.get("preview") and service().blobs.get(job.id, picture.preview)
    return _bytes(small, etag, PREVIEW_TYPE) if small else picture_response(job, number)


def _picture_of(job: Job, number: int) -> Picture:
    if job.status is not Status.SUCCEEDED:
        raise not_finished(job, "has pictures")
    pictures = job.images if job.kind is Kind.PAINT else ()
    if number >= len(pictures):
        raise ApiError(
            "image-not-found",
            f"The job has {len(pictures)} pictures, counted from 0; there is no {number}.",
            {"value": number, "limit": len(pictures) - 1},
        )
    return pictures[number]


def label_map_response(job: Job) -> Response:
    """Answer with the label map of a job as a palette PNG."""
    etag = f"{job.id}-labels"
    known = _unchanged(etag)
    if known:
        return known
    is_made = job.kind is not Kind.PAINT or "prompt" in job.params
    if is_made and job.status is not Status.SUCCEEDED:
        raise not_finished(job, "has a label map")
    name = job.params["label_map"] if job.kind is Kind.PAINT else job.images[0].blob
    labels = np.frombuffer(unpack(blob_of(job, name), job.size), np.uint8).reshape(job.size)
    card = service().catalogue.cards().get(job.model)
    if card is None:
        raise ApiError("image-not-found", f"The model '{job.model}' is no longer installed.")
    return _bytes(write_label_map(labels, card.labels), etag, "image/png")


def not_finished(job: Job, what: str) -> ApiError:
    """Return the error for a job from which nothing can be had yet; `what` says what cannot."""
    return ApiError(
        "job-not-finished",
        f"The job is {job.status.value}; only one that succeeded {what}.",
        {"value": job.status.value},
        retry_after_s=1 if job.live else None,
    )


def blob_of(job: Job, name: str) -> bytes:
    """Return bytes of a job.

    Raises:
        ApiError: they have been dropped.
    """
    data = service().blobs.get(job.id, name)
    if data is None:
        raise ApiError("job-expired", "The pictures of this job have been dropped.")
    return data


def _unchanged(etag: str) -> Response | None:
    """Answer 304 without reading the bytes when the client has them."""
    if request.if_none_match.contains(etag):
        return _headers(Response(status=304), etag)
    return None


def _bytes(data: bytes, etag: str, media_type: str) -> Response:
    return _headers(Response(data, mimetype=media_type), etag)


def _headers(response: Response, etag: str) -> Response:
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response

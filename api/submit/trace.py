"""From a photo to a job that traces it: photos as telephones make them, decoded small."""

import io

from PIL import Image

from api.catalogue import ModelCard
from api.errors import ApiError
from api.schemas.jobs import JobOptions
from api.submit.submission import Blobs, Submission
from jobs.job import Kind, NewJob
from spade.maps.photos import read_photo
from spade.maps.pictures import Limits

#: Options of a job that mean something for a photo too.
FITTING = frozenset({"model", "slot", "webhook_url"})


def check_trace(submission: Submission, card: ModelCard, limits: Limits) -> tuple[NewJob, Blobs]:
    """Check a submission of a photo against the model it names.

    Raises:
        ApiError: the model cannot trace, or there is more than a photo.
        LabelMapError: the photo cannot be read, or is too large.
    """
    if not card.abilities.segment:
        raise ApiError(
            "tracing-unsupported",
            f"'{card.name}' cannot turn a photo into a label map.",
            {"value": card.name},
        )
    refuse_more(
        submission, FITTING | {"photo"}, "A photo is traced, not painted", "not with a photo"
    )
    photo = Image.fromarray(read_photo(submission.files["photo"], limits, max(card.max_size)))
    size = map_size(card, (photo.height, photo.width))
    buffer = io.BytesIO()
    scaled = photo.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    scaled.save(buffer, "PNG", compress_level=1)
    params = {"kind": Kind.TRACE.value, "style": None, "format": "png"}
    return submission.new_job(
        card, size, {"photo": buffer.getvalue()}, kind=Kind.TRACE, params=params
    )


def refuse_more(submission: Submission, fitting: frozenset[str], why: str, detail: str) -> None:
    """Refuse fields and files that do not go with what is asked for; `fitting` are those that do.

    Raises:
        ApiError: `conflicting-fields`, naming each.
    """
    options, fields = submission.options, JobOptions.model_fields
    given = {name for name in fields if getattr(options, name) != fields[name].default}
    more = sorted((given | submission.files.keys()) - fitting)
    if more:
        named = ", ".join(f"'{name}'" for name in more)
        raise ApiError(
            "conflicting-fields",
            f"{why}; it does not go with {named}.",
            {"errors": [{"field": name, "detail": detail} for name in more]},
        )


def map_size(card: ModelCard, photo: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a photo's label map, (height, width), in about the photo's shape.

    The model paints it, so the map can be painted as it comes. Its sides are twice the native ones
    at most: in more pixels the segmenter sees no more.
    """
    multiple = card.size_multiple
    if multiple is None:
        return card.native_size
    largest = [
        min(most, 2 * native) for most, native in zip(card.max_size, card.native_size, strict=True)
    ]
    scale = min(most / side for most, side in zip(largest, photo, strict=True))
    height, width = (
        min(most, max(1, round(side * scale / multiple)) * multiple)
        for most, side in zip(largest, photo, strict=True)
    )
    return height, width

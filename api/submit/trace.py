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
    _refuse_more(submission.options, submission.files)
    photo = Image.fromarray(read_photo(submission.files["photo"], limits, max(card.max_size)))
    size = map_size(card, (photo.height, photo.width))
    buffer = io.BytesIO()
    scaled = photo.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    scaled.save(buffer, "PNG", compress_level=1)
    params = {"kind": Kind.TRACE.value, "style": None, "format": "png"}
    return submission.new_job(
        card, size, {"photo": buffer.getvalue()}, kind=Kind.TRACE, params=params
    )


def _refuse_more(options: JobOptions, files: dict[str, bytes]) -> None:
    fields = JobOptions.model_fields
    given = {name for name in fields if getattr(options, name) != fields[name].default}
    more = sorted((given - FITTING) | (files.keys() - {"photo"}))
    if more:
        named = ", ".join(f"'{name}'" for name in more)
        raise ApiError(
            "conflicting-fields",
            f"A photo is traced, not painted; it does not go with {named}.",
            {"errors": [{"field": name, "detail": "not with a photo"} for name in more]},
        )


def map_size(card: ModelCard, photo: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size that the model paints in about a photo's shape, (height, width).

    So the label map can be painted as it comes.
    """
    multiple = card.size_multiple
    if multiple is None:
        return card.native_size
    scale = min(most / side for most, side in zip(card.max_size, photo, strict=True))
    height, width = (
        min(most, max(1, round(side * scale / multiple)) * multiple)
        for most, side in zip(card.max_size, photo, strict=True)
    )
    return height, width

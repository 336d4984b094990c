"""From a photo to what a worker can trace: the same limits and errors as every other picture."""

import io

from PIL import Image

from api.catalogue import ModelCard
from api.errors import ApiError
from api.schemas import JobOptions
from api.submit.orders import Order
from jobs.job import Kind
from spade.maps.labelmap import Limits, read_rgb

#: Options of a job that mean something for a photo too.
FITTING = frozenset({"model", "slot", "webhook_url"})


def read_tracing(
    card: ModelCard, options: JobOptions, files: dict[str, bytes], limits: Limits
) -> Order:
    """Check a request for a photo's label map against the model it names.

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
    _refuse_more(options, files)
    photo = Image.fromarray(read_rgb(files["photo"], limits))
    size = map_size(card, (photo.height, photo.width))
    buffer = io.BytesIO()
    scaled = photo.resize((size[1], size[0]), Image.Resampling.LANCZOS)
    scaled.save(buffer, "PNG", compress_level=1)
    params = {"kind": Kind.TRACE.value, "style": None, "format": "png"}
    return Order(card, Kind.TRACE, size, 0, {"photo": buffer.getvalue()}, params)


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
    """Give the largest size that the model paints with about the shape (height, width) of a photo.

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

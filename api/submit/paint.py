"""From a label map or a doodle to a job that paints it, or to an error that helps."""

import io
import secrets
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from api.catalogue import ModelCard
from api.errors import ApiError
from api.schemas.jobs import MAX_SEED, JobOptions
from api.submit.submission import Blobs, Submission
from jobs.blobs.packing import pack
from jobs.job import FITTING, NewJob
from spade.maps.labelmap import read_doodle, read_label_map, resize_nearest
from spade.maps.looks import read_blend
from spade.maps.photos import read_photo
from spade.maps.pictures import Limits

STYLE_SIDE = 512  # style encoders see 256 or 512 pixels a side; more would only fill the store


def check_paint(submission: Submission, card: ModelCard, limits: Limits) -> tuple[NewJob, Blobs]:
    """Check a submission of a label map or doodle against the model it names.

    Raises:
        ApiError: the model does not paint this size, or not in this style or look or with these
            borders.
        LabelMapError: the picture cannot be read, is too large, or has unknown labels or colours.
    """
    options, files = submission.options, submission.files
    check_appearance(card, options, files)
    label_map = _fit(_read_labels(options, files, card, limits), options, files, card)
    inputs = {"label_map": pack(label_map.tobytes())} | style_input(files, limits)
    height, width = label_map.shape
    return submission.new_job(
        card, (height, width), inputs, seed=seed_of(options), params=paint_params(options)
    )


def check_appearance(card: ModelCard, options: JobOptions, files: dict[str, bytes]) -> None:
    """Refuse a style, look or borders that the model has not."""
    _check_style(card, options, files)
    _check_look(card, options, files)
    _check_borders(card, options)


def style_input(files: dict[str, bytes], limits: Limits) -> dict[str, bytes]:
    """Return the style picture, small, or nothing."""
    if "style_image" not in files:
        return {}
    return {"style_image": _shrink(read_photo(files["style_image"], limits, STYLE_SIDE))}


def paint_params(options: JobOptions) -> dict[str, Any]:
    """Return the parameters of a job that say how it is painted."""
    params: dict[str, Any] = {"style": options.style, "format": options.format}
    if options.borders != "drawn":
        params["borders"] = options.borders
    if options.look is not None:
        params["look"] = options.look
    if options.preview and options.format == "png":
        params["preview"] = True
    return params


def seed_of(options: JobOptions) -> int:
    """Return the seed that is asked for, or a random one whose variations stay in range."""
    if options.seed is not None:
        return options.seed
    return secrets.randbelow(MAX_SEED - options.count)


def _read_labels(
    options: JobOptions, files: dict[str, bytes], card: ModelCard, limits: Limits
) -> npt.NDArray[np.uint8]:
    if "label_map" in files:
        return read_label_map(files["label_map"], card.labels, limits)
    if options.palette is None:
        raise ApiError(
            "missing-field",
            f"A doodle needs 'palette', one of: {', '.join(card.palettes)}.",
            {"errors": [{"field": "palette", "detail": "missing"}], "allowed": card.palettes},
        )
    return read_doodle(files["doodle"], options.palette, card.labels, options.match, limits)


def _fit(
    label_map: npt.NDArray[np.uint8],
    options: JobOptions,
    files: dict[str, bytes],
    card: ModelCard,
) -> npt.NDArray[np.uint8]:
    """Bring a label map to a size that the model paints, if the caller lets us."""
    height, width = label_map.shape
    if card.allows((height, width)):
        return label_map
    if (options.resize or ("nearest" if "doodle" in files else "none")) == "nearest":
        return resize_nearest(label_map, card.native_size)
    raise ApiError(
        "size-not-allowed",
        f"The picture is {width}x{height}; '{card.name}' paints {card.sizes_text()}. "
        "Send such a size, or resize=nearest to have it resampled without mixing labels.",
        {"value": [height, width], "native_size": card.native_size, "max_size": card.max_size},
    )


def _check_style(card: ModelCard, options: JobOptions, files: dict[str, bytes]) -> None:
    wanted = options.style is not None or "style_image" in files
    if options.style is not None and "style_image" in files:
        raise ApiError("conflicting-fields", "Send 'style' or 'style_image', not both.")
    if wanted and not card.abilities.style:
        raise ApiError("style-unsupported", f"'{card.name}' takes no style.", {"value": card.name})
    if "style_image" in files and not card.abilities.style_image:
        raise ApiError(
            "style-unsupported",
            f"'{card.name}' takes no picture as its style; "
            f"it has styles of its own: {', '.join(card.styles) or 'none'}.",
            {"value": card.name, "allowed": list(card.styles)},
        )
    if options.style is not None and options.style not in card.styles:
        raise ApiError(
            "unknown-style",
            f"'{card.name}' has no style '{options.style}'; "
            f"it has: {', '.join(card.styles) or 'none'}.",
            {"value": options.style, "allowed": list(card.styles)},
        )


def _check_look(card: ModelCard, options: JobOptions, files: dict[str, bytes]) -> None:
    if options.look is None:
        return
    if not card.bank:
        raise ApiError(
            "looks-unsupported",
            f"'{card.name}' has no looks to choose from; it takes no 'look'.",
            {"value": options.look},
        )
    if "style_image" in files:
        raise ApiError(
            "conflicting-fields",
            "Send 'look' or 'style_image', not both: a picture lends its own style.",
        )
    if options.look == FITTING:
        return
    for look in _blended(options.look):
        if look not in card.look_ids:
            raise ApiError(
                "unknown-look",
                f"'{card.name}' has no look '{look}' among its {len(card.bank)}; "
                f"GET /api/v1/models/{card.name}/looks lists them, and look={FITTING} takes those "
                "that suit the picture.",
                {"value": options.look},
            )
    if options.style is not None:
        raise ApiError(
            "conflicting-fields",
            f"Send 'look' or 'style', not both: a preset narrows only what look={FITTING} takes.",
        )


def _blended(look: str) -> tuple[str, str]:
    try:
        blend = read_blend(look)
    except ValueError as error:
        row = {"field": "look", "detail": str(error)}
        raise ApiError("invalid-field", f"{error}.", {"errors": [row]}) from error
    return blend.first, blend.second


def _check_borders(card: ModelCard, options: JobOptions) -> None:
    if options.borders == "natural" and not card.abilities.natural_borders:
        raise ApiError(
            "borders-unsupported",
            f"'{card.name}' paints borders as they are drawn; it takes no borders=natural.",
            {"value": options.borders, "allowed": ["drawn"]},
        )


def _shrink(picture: npt.NDArray[np.uint8]) -> bytes:
    """Encode `[H, W, 3] uint8 RGB` as a PNG of at most STYLE_SIDE a side, without metadata."""
    image = Image.fromarray(picture)
    image.thumbnail((STYLE_SIDE, STYLE_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

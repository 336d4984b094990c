"""From the fields and files of a request to what a worker can paint, or to an error that helps."""

import hashlib
import io
import secrets

import numpy as np
import numpy.typing as npt
from PIL import Image

from api.catalogue import Catalogue, ModelCard
from api.errors import PROBLEMS, ApiError
from api.schemas import MAX_SEED, JobOptions
from api.submit.orders import Order
from api.submit.photos import read_tracing
from jobs.blobs.packing import pack
from jobs.job import Kind
from spade.maps.labelmap import (
    LabelMapError,
    Limits,
    read_doodle,
    read_label_map,
    read_rgb,
    resize_nearest,
)
from spade.maps.labels import PALETTES

FILES = ("label_map", "doodle", "photo", "style_image")
INPUTS = frozenset({"label_map", "doodle", "photo"})
# Fields that the first release did not have: a request that it has taken is still the same one.
LATER_FIELDS = frozenset({"borders"})
STYLE_SIDE = 512  # style encoders see 256 or 512 pixels a side; more would only fill the store


def fingerprint(options: JobOptions, files: dict[str, bytes]) -> str:
    """Digest a request, so that it is recognised when it comes again; boundaries do not count."""
    unsaid = {name for name in LATER_FIELDS if name not in options.model_fields_set}
    digest = hashlib.sha256(options.model_dump_json(exclude=unsaid).encode())
    for name in sorted(files):
        digest.update(f"\n{name} {len(files[name])}\n".encode())
        digest.update(files[name])
    return digest.hexdigest()


def read_order(
    options: JobOptions, files: dict[str, bytes], catalogue: Catalogue, limits: Limits
) -> Order:
    """Check a request against the model it names.

    Raises:
        ApiError: naming the value, the limit and the remedy.
    """
    card = find_card(catalogue, options.model)
    _check_input(files)
    with label_map_errors():
        read = read_tracing if "photo" in files else _read_painting
        return read(card, options, files, limits)


def _read_painting(
    card: ModelCard, options: JobOptions, files: dict[str, bytes], limits: Limits
) -> Order:
    _check_style(card, options, files)
    _check_borders(card, options)
    label_map = _fit(_read_labels(options, files, card, limits), options, files, card)
    blobs = {"label_map": pack(label_map.tobytes())}
    if "style_image" in files:
        blobs["style_image"] = _shrink(read_rgb(files["style_image"], limits))
    height, width = label_map.shape
    params = {"style": options.style, "format": options.format}
    if options.borders != "drawn":
        params["borders"] = options.borders
    return Order(card, Kind.PAINT, (height, width), _seed(options), blobs, params)


def _seed(options: JobOptions) -> int:
    """Give the wished seed, or a random one whose variations stay in range."""
    if options.seed is not None:
        return options.seed
    return secrets.randbelow(MAX_SEED - options.count)


def _check_input(files: dict[str, bytes]) -> None:
    sent = sorted(files.keys() & INPUTS)
    if len(sent) == 1:
        return
    named = " and ".join(f"'{name}'" for name in sent)
    raise ApiError(
        "conflicting-fields" if sent else "missing-field",
        "Send one of 'label_map' (label ids), 'doodle' (colours) and 'photo' (to be traced)"
        + (f", not {named}." if sent else " as a file."),
        {"errors": [{"field": name, "detail": "one of three"} for name in sent or ["label_map"]]},
    )


def find_card(catalogue: Catalogue, name: str | None) -> ModelCard:
    """Find a model by name, the default one for None.

    Raises:
        ApiError: `unknown-model`, listing those there are.
    """
    cards = catalogue.cards()
    card = cards.get(name or catalogue.default_name() or "")
    if card is None:
        known = ", ".join(cards) or "none (no checkpoint is installed)"
        raise ApiError(
            "unknown-model",
            f"No model '{name}'; there are: {known}.",
            {"value": name, "allowed": list(cards)},
        )
    return card


class label_map_errors:  # noqa: N801 - reads as a statement
    """Turn a LabelMapError inside the block into an ApiError of the same code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, LabelMapError):
            code = error.code if error.code in PROBLEMS else "invalid-field"
            raise ApiError(code, str(error), dict(error.detail)) from None


def _read_labels(
    options: JobOptions, files: dict[str, bytes], card: ModelCard, limits: Limits
) -> npt.NDArray[np.uint8]:
    if "label_map" in files:
        return read_label_map(files["label_map"], card.labels, limits)
    if options.palette is None:
        raise ApiError(
            "missing-field",
            f"A doodle needs 'palette', one of: {', '.join(palettes_of(card))}.",
            {"errors": [{"field": "palette", "detail": "missing"}], "allowed": palettes_of(card)},
        )
    return read_doodle(files["doodle"], options.palette, card.labels, options.match, limits)


def palettes_of(card: ModelCard) -> list[str]:
    """List the palettes that have a colour for some label of the model."""
    return [name for name in PALETTES if card.labels.palette(name)]


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

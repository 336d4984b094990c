"""Turn a picture from elsewhere into a label map: known palettes, or label ids stored as grey."""

import base64
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from api.catalogue import ModelCard
from api.errors import ApiError
from api.schemas.imports import ColourView, ImportOptions, ImportView
from spade.maps.colours import distinct_colours, nearest_labels, pack_rgb
from spade.maps.labelmap import colour_picture, palette_of, read_label_map, write_label_map
from spade.maps.labels import LabelSet, Rgb
from spade.maps.pictures import LabelMapError, Limits, read_rgb

LABEL_IDS = "label-ids"
LISTED_COLOURS = 100


def import_picture(
    data: bytes, options: ImportOptions, card: ModelCard, limits: Limits
) -> ImportView:
    """Read a picture as a label map of the model's label set.

    Colours outside the palette are counted and reported; `match` decides whether they become the
    closest label or stay unlabelled.

    Raises:
        LabelMapError: the picture cannot be read, or the palette is not known.
        ApiError: other colours cannot stay unlabelled in this label set.
    """
    if options.palette == LABEL_IDS:
        return _view(LABEL_IDS, read_label_map(data, card.labels, limits), [], 0, card.labels)
    pixels = read_rgb(data, limits)
    if options.palette == "auto" and _is_grey(pixels):
        try:
            label_map = read_label_map(data, card.labels, limits)
            return _view(LABEL_IDS, label_map, [], 0, card.labels)
        except LabelMapError:
            pass  # a grey drawing, then; read it by its colours
    return _from_colours(pixels, options, card.labels, card.palettes)


def _is_grey(pixels: npt.NDArray[np.uint8]) -> bool:
    return bool((pixels[..., :1] == pixels[..., 1:]).all())


@dataclass(frozen=True)
class _Reading:
    """A picture seen through one palette."""

    palette: str
    colours: dict[Rgb, int]
    known: npt.NDArray[np.bool_]  # by distinct colour
    matched: int  # pixels


def _from_colours(
    pixels: npt.NDArray[np.uint8],
    options: ImportOptions,
    label_set: LabelSet,
    palettes: list[str],
) -> ImportView:
    packed, inverse = distinct_colours(pixels)
    counts = np.bincount(inverse, minlength=len(packed))
    names = palettes if options.palette == "auto" else [options.palette]
    readings = [_look(packed, counts, name, label_set) for name in names]
    best = max(readings, key=lambda reading: reading.matched)
    labels = nearest_labels(packed, best.colours)
    missing = [_colour(packed, counts, labels, i, label_set) for i in _unknown(best, counts)]
    if options.match == "exact" and missing:
        labels = np.where(best.known, labels, _unlabelled(label_set)).astype(np.uint8)
    label_map = labels[inverse].reshape(pixels.shape[:2])
    return _view(best.palette, label_map, missing, label_map.size - best.matched, label_set)


def _look(
    packed: npt.NDArray[np.int32], counts: npt.NDArray[np.int64], name: str, label_set: LabelSet
) -> _Reading:
    colours = palette_of(label_set, name)
    known = np.isin(packed, [pack_rgb(colour) for colour in colours])
    return _Reading(name, colours, known, int(counts[known].sum()))


def _unknown(reading: _Reading, counts: npt.NDArray[np.int64]) -> list[int]:
    """List the unmatched colours, the most frequent first."""
    order = np.argsort(-counts, kind="stable")
    return [int(i) for i in order[~reading.known[order]][:LISTED_COLOURS]]


def _colour(
    packed: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    labels: npt.NDArray[np.uint8],
    index: int,
    label_set: LabelSet,
) -> ColourView:
    label = label_set.by_id(int(labels[index]))
    return ColourView(
        colour=f"#{packed[index]:06x}",
        pixels=int(counts[index]),
        nearest={"id": label.id, "name": label.name},
    )


def _unlabelled(label_set: LabelSet) -> int:
    if label_set.unlabelled_id is None:
        raise ApiError(
            "unknown-colours",
            f"The label set '{label_set.name}' has no label for 'unlabelled'; send match=nearest.",
        )
    return label_set.unlabelled_id


def _view(
    palette: str,
    label_map: npt.NDArray[np.uint8],
    missing: list[ColourView],
    unmatched: int,
    label_set: LabelSet,
) -> ImportView:
    height, width = label_map.shape
    preview = io.BytesIO()
    Image.fromarray(colour_picture(label_map, label_set)).save(preview, "PNG")
    return ImportView(
        palette=palette,
        width=width,
        height=height,
        pixels=label_map.size,
        unmatched_pixels=unmatched,
        unmatched_share=unmatched / label_map.size,
        colours=missing,
        label_map=base64.b64encode(write_label_map(label_map, label_set)).decode(),
        preview=base64.b64encode(preview.getvalue()).decode(),
    )

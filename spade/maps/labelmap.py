"""Read and write label maps: bytes from outside in, exact label ids out, and never a guess."""

import io
from collections import Counter
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from spade.maps.colours import LISTED, distinct_colours, exact_labels, nearest_labels
from spade.maps.labels import LabelSet, Rgb, parse_colour
from spade.maps.pictures import (
    DEFAULT_LIMITS,
    LabelMapError,
    Limits,
    check_png_header,
    open_still,
    read_rgb,
    refuse_transparent,
)

LabelMap = npt.NDArray[np.uint8]


def read_label_map(data: bytes, label_set: LabelSet, limits: Limits = DEFAULT_LIMITS) -> LabelMap:
    """Decode an 8-bit PNG, palette or grey, whose pixels are label ids.

    Returns:
        `[H, W] uint8` label ids of `label_set`.

    Raises:
        LabelMapError: not such a picture, too large, or an id that the set lacks.
    """
    check_png_header(data)
    picture = open_still(data, limits)
    if picture.mode == "LA":  # grey that some programs save with an opacity that says nothing
        refuse_transparent(np.asarray(picture)[..., 1])
        picture = picture.getchannel("L")
    if picture.mode not in ("P", "L"):
        raise _wrong_mode(picture)
    label_map = np.asarray(picture, dtype=np.uint8)
    check_label_ids(label_map, label_set)
    return label_map


def _wrong_mode(picture: Image.Image) -> LabelMapError:
    pixels = np.asarray(picture.convert("RGB"))
    if (pixels[..., :1] == pixels[..., 1:]).all():
        remedy = "its pixels are grey, so save it as 8-bit grey without colours"
    else:
        remedy = "send colours as 'doodle' with 'palette'"
    return LabelMapError(
        "wrong-mode",
        f"a label map is an 8-bit palette or grey PNG, this one is {picture.mode}; {remedy}",
        mode=picture.mode,
    )


def read_doodle(
    data: bytes,
    palette: str,
    label_set: LabelSet,
    match: Literal["exact", "nearest"] = "exact",
    limits: Limits = DEFAULT_LIMITS,
) -> LabelMap:
    """Decode a picture whose colours stand for labels.

    Args:
        data: any still 8-bit picture that Pillow reads.
        palette: one of `spade.maps.labels.PALETTES`.
        label_set: the labels that may come out.
        match: `exact` refuses every colour outside the palette; `nearest` takes the closest
            colour of the palette in CIELAB (CIE76).
        limits: what is refused before it is decoded.

    Returns:
        `[H, W] uint8` label ids of `label_set`.

    Raises:
        LabelMapError: unreadable, too large, or colours that are not in the palette.
    """
    colours = palette_of(label_set, palette)
    pixels = read_rgb(data, limits)
    packed, inverse = distinct_colours(pixels)
    if match == "exact":
        labels = exact_labels(packed, inverse, colours)
    else:
        labels = nearest_labels(packed, colours)
    label_map: LabelMap = labels[inverse].reshape(pixels.shape[:2])
    return label_map


def palette_of(label_set: LabelSet, palette: str) -> dict[Rgb, int]:
    """Return label id by colour.

    Raises:
        LabelMapError: no such palette, or it has no colour for this label set.
    """
    try:
        colours = label_set.palette(palette)
    except KeyError as error:
        raise LabelMapError("unknown-palette", str(error.args[0]), palette=palette) from None
    if not colours:
        raise LabelMapError(
            "unknown-palette",
            f"palette '{palette}' has no colour for the label set '{label_set.name}'",
            palette=palette,
        )
    return colours


def check_label_ids(label_map: LabelMap, label_set: LabelSet) -> None:
    """Refuse ids that the label set lacks.

    Raises:
        LabelMapError: code `unknown-label-ids`, with id and pixel count of each in `detail`.
    """
    strange = label_map.tobytes().translate(
        None, delete=label_set.ids.tobytes()
    )  # a third of a count's time
    if strange:
        counts = Counter(strange)
        listed = [{"id": i, "pixels": counts[i]} for i in sorted(counts)]
        text = ", ".join(f"{row['id']} ({row['pixels']} pixels)" for row in listed[:LISTED])
        raise LabelMapError(
            "unknown-label-ids",
            f"label ids that '{label_set.name}' lacks: {text}; "
            "use the ids that GET /api/v1/models lists",
            label_set=label_set.name,
            ids=listed,
        )


def resize_nearest(label_map: LabelMap, size: tuple[int, int]) -> LabelMap:
    """Resize `[H, W]` labels to `size` (height, width) by taking pixel centres, never mixing."""
    rows = (np.arange(size[0]) * 2 + 1) * label_map.shape[0] // (2 * size[0])
    columns = (np.arange(size[1]) * 2 + 1) * label_map.shape[1] // (2 * size[1])
    return np.ascontiguousarray(label_map[rows[:, None], columns[None, :]])


def write_label_map(label_map: LabelMap, label_set: LabelSet, theme: str = "natural") -> bytes:
    """Encode `[H, W] uint8` label ids as a palette PNG whose index is the id.

    The colours are those of `theme`; a text chunk names the label set.
    """
    picture = Image.fromarray(label_map)
    picture.putpalette(_png_palette(label_set, theme))
    info = PngImagePlugin.PngInfo()
    info.add_text("label-set", label_set.name)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def colour_picture(
    label_map: LabelMap, label_set: LabelSet, theme: str = "natural"
) -> npt.NDArray[np.uint8]:
    """Show `[H, W]` label ids as `[H, W, 3] uint8 RGB` in the colours of `theme`."""
    table = np.array(_png_palette(label_set, theme), dtype=np.uint8).reshape(256, 3)
    return table[label_map]


def _png_palette(label_set: LabelSet, theme: str) -> list[int]:
    flat = [0] * 768
    for label in label_set.labels:
        flat[3 * label.id : 3 * label.id + 3] = parse_colour(label.colours[theme])
    return flat

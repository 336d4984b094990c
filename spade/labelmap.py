"""Read and write label maps: bytes from outside in, exact label ids out, and never a guess."""

import io
import struct
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from spade.labels import LabelSet, Rgb, parse_colour

LabelMap = npt.NDArray[np.uint8]
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
LISTED = 10
TABLE_PAYS = 2**19  # pixels from which a table of all colours beats sorting
CHUNK = 2**14  # colours compared at a time, so that the distances stay in the cache
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # other decoders would only be attack surface


@dataclass(frozen=True)
class Limits:
    """What a picture from outside may weigh before it is decoded."""

    max_bytes: int = 8 * 2**20
    max_pixels: int = 2048 * 2048


DEFAULT_LIMITS = Limits()


class LabelMapError(ValueError):
    """A picture that cannot become a label map.

    `code` is stable and machine-readable; the text names value, limit and remedy; `detail` holds
    the same facts for programs.
    """

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


def read_label_map(data: bytes, label_set: LabelSet, limits: Limits = DEFAULT_LIMITS) -> LabelMap:
    """Decode an 8-bit PNG, palette or grey, whose pixels are label ids.

    Returns:
        `[H, W] uint8` label ids of `label_set`.

    Raises:
        LabelMapError: not such a picture, too large, or an id that the set lacks.
    """
    _check_png_header(data)
    picture = _open(data, limits)
    if picture.mode not in ("P", "L"):
        raise LabelMapError(
            "wrong-mode",
            f"a label map is an 8-bit palette or grey PNG, this one is {picture.mode}; "
            "send colours as 'doodle' with 'palette'",
            mode=picture.mode,
        )
    label_map = np.asarray(picture, dtype=np.uint8)
    check_label_ids(label_map, label_set)
    return label_map


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
        palette: one of `spade.labels.PALETTES`.
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
    labels = _match_exact(packed, inverse, colours) if match == "exact" else None
    if labels is None:
        labels = nearest_labels(packed, colours)
    return labels[inverse].reshape(pixels.shape[:2])


def unmatched_share(data: bytes, palette: str, label_set: LabelSet) -> float:
    """Return the share of pixels, in [0, 1], whose colour is not in the palette.

    Raises:
        LabelMapError: as `read_doodle`.
    """
    known = [pack_rgb(rgb) for rgb in palette_of(label_set, palette)]
    packed, inverse = distinct_colours(read_rgb(data))
    return float(np.mean(~np.isin(packed, known)[inverse]))


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


def read_rgb(data: bytes, limits: Limits = DEFAULT_LIMITS) -> npt.NDArray[np.uint8]:
    """Decode any still 8-bit picture to `[H, W, 3] uint8 RGB`.

    Raises:
        LabelMapError: unreadable, truncated, animated, 16-bit, transparent or too large.
    """
    if data.startswith(PNG_SIGNATURE):
        _refuse_sixteen_bit(data)
    picture = _open(data, limits)
    if picture.mode.startswith(("I", "F")):
        raise _sixteen_bit(picture.mode)
    if picture.has_transparency_data:
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
        if alpha.min() < 255:
            raise LabelMapError(
                "transparent",
                f"{int((alpha < 255).sum())} pixels are transparent; save the picture opaque",
                pixels=int((alpha < 255).sum()),
            )
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def check_label_ids(label_map: LabelMap, label_set: LabelSet) -> None:
    """Refuse ids that the label set lacks.

    Raises:
        LabelMapError: code `unknown-label-ids`, with id and pixel count of each in `detail`.
    """
    counts = np.bincount(label_map.ravel(), minlength=256)
    unknown = np.flatnonzero((counts > 0) & (label_set.channel_of_id < 0))
    if unknown.size:
        listed = [{"id": int(i), "pixels": int(counts[i])} for i in unknown]
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


def _check_png_header(data: bytes) -> None:
    if not data.startswith(PNG_SIGNATURE):
        raise LabelMapError(
            "not-an-image", "a label map must be a PNG file; its first bytes are not a PNG's"
        )
    _refuse_sixteen_bit(data)
    depth = data[24] if len(data) > 24 else 0
    if depth and depth != 8:
        raise LabelMapError(
            "wrong-mode",
            f"a label map has 8 bits a pixel, this one has {depth}; save it as an 8-bit PNG",
            bits=depth,
        )


def _refuse_sixteen_bit(data: bytes) -> None:
    # Pillow would silently reduce 16-bit colour to 8, so the header is read here.
    if len(data) > 24 and struct.unpack("B", data[24:25])[0] == 16:
        raise _sixteen_bit("16-bit PNG")


def _sixteen_bit(mode: str) -> LabelMapError:
    return LabelMapError(
        "sixteen-bit", f"the picture is {mode}; save it with 8 bits a channel", mode=mode
    )


def _open(data: bytes, limits: Limits) -> Image.Image:
    if len(data) > limits.max_bytes:
        raise LabelMapError(
            "too-many-bytes",
            f"the file has {len(data)} bytes, at most {limits.max_bytes} are taken; "
            "send a smaller picture",
            bytes=len(data),
            max_bytes=limits.max_bytes,
        )
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LabelMapError(
            "too-many-pixels",
            f"the picture is far too large ({error}); at most {limits.max_pixels} pixels",
            max_pixels=limits.max_pixels,
        ) from None
    except UnidentifiedImageError:
        raise LabelMapError(
            "not-an-image", "the file is no picture that can be read; send a PNG"
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise _truncated(error) from None
    _check_opened(picture, limits)
    return picture


def _check_opened(picture: Image.Image, limits: Limits) -> None:
    width, height = picture.size
    if width * height > limits.max_pixels:
        raise LabelMapError(
            "too-many-pixels",
            f"the picture is {width}x{height} = {width * height} pixels, "
            f"at most {limits.max_pixels} are taken; scale it down",
            pixels=width * height,
            max_pixels=limits.max_pixels,
        )
    if getattr(picture, "is_animated", False):
        raise LabelMapError(
            "animated", "the picture is animated; send a single still frame", frames=2
        )
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise _truncated(error) from None


def _truncated(error: Exception) -> LabelMapError:
    return LabelMapError(
        "truncated", f"the picture is damaged or cut off ({error}); send the whole file"
    )


def pack_rgb(rgb: Rgb) -> int:
    """Pack a colour into one number, 0xrrggbb."""
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2]


def distinct_colours(
    pixels: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """List the packed colours of `[H, W, 3] uint8 RGB`, and for each pixel its place in the list.

    Both are int32, the first in rising order. Large pictures go through a table of all 2^24
    colours, which is many times faster than sorting millions of pixels.
    """
    wide = pixels.reshape(-1, 3).astype(np.int32)
    packed = wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2]
    if len(packed) < TABLE_PAYS:
        distinct, inverse = np.unique(packed, return_inverse=True)
        return distinct, inverse.astype(np.int32)
    seen = np.zeros(1 << 24, dtype=np.bool_)
    seen[packed] = True
    distinct = np.flatnonzero(seen).astype(np.int32)
    place = np.empty(1 << 24, dtype=np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, place[packed]


def _match_exact(
    packed: npt.NDArray[np.int32], inverse: npt.NDArray[np.int32], colours: dict[Rgb, int]
) -> LabelMap:
    known = np.array(sorted(pack_rgb(rgb) for rgb in colours), dtype=np.int32)
    labels_by_colour = {pack_rgb(rgb): label for rgb, label in colours.items()}
    labels = np.array([labels_by_colour[colour] for colour in known.tolist()], dtype=np.uint8)
    place = np.searchsorted(known, packed).clip(max=len(known) - 1)
    unknown = np.flatnonzero(known[place] != packed)
    if unknown.size:
        raise _unknown_colours(packed, np.bincount(inverse, minlength=len(packed)), unknown)
    matched: LabelMap = labels[place]
    return matched


def _unknown_colours(
    packed: npt.NDArray[np.int32], counts: npt.NDArray[np.int64], unknown: npt.NDArray[np.int64]
) -> LabelMapError:
    if len(unknown) > LISTED * 10:  # millions need not be sorted to find the most frequent
        most = np.argpartition(-counts[unknown], LISTED * 10)[: LISTED * 10]
        frequent = np.sort(unknown[most])
    else:
        frequent = unknown
    frequent = frequent[np.argsort(-counts[frequent], kind="stable")]
    listed = [{"colour": f"#{packed[i]:06x}", "pixels": int(counts[i])} for i in frequent]
    text = ", ".join(f"{row['colour']} ({row['pixels']} pixels)" for row in listed[:LISTED])
    return LabelMapError(
        "unknown-colours",
        f"{len(unknown)} colours are not in the palette: {text}; "
        "repaint them, or ask for match=nearest",
        colours=listed,
        distinct=len(unknown),
    )


def nearest_labels(packed: npt.NDArray[np.int32], colours: dict[Rgb, int]) -> LabelMap:
    """Give for each packed colour the label whose colour is closest in CIELAB (CIE76)."""
    known = _to_lab(np.array([pack_rgb(rgb) for rgb in colours], dtype=np.int32))
    labels = np.array(list(colours.values()), dtype=np.uint8)
    nearest = np.empty(len(packed), dtype=np.int64)
    for start in range(0, len(packed), CHUNK):
        part = _to_lab(packed[start : start + CHUNK])
        distance = (known**2).sum(axis=-1) - 2 * part @ known.T  # less |part|^2, the same for all
        nearest[start : start + CHUNK] = distance.argmin(axis=1)
    found: LabelMap = labels[nearest]
    return found


def _linear_light() -> npt.NDArray[np.float64]:
    """Give linear light in [0, 1] for each 8-bit sRGB value (IEC 61966-2-1)."""
    value = np.arange(256) / 255
    linear: npt.NDArray[np.float64] = np.where(
        value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    )
    return linear


LINEAR = _linear_light()


def _to_lab(packed: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Convert `[N]` packed sRGB to `[N, 3]` CIELAB, D65 (CIE 15)."""
    linear = LINEAR[np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1)]
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1
    )

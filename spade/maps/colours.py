"""Match the colours of a picture with those of a palette, exactly or to the nearest one."""

import numpy as np
import numpy.typing as npt

from spade.maps.labels import Rgb
from spade.maps.pictures import LabelMapError

Labels = npt.NDArray[np.uint8]
LISTED = 10
TABLE_PAYS = 2**19  # pixels from which a table of all colours beats sorting
CHUNK = 2**14  # colours compared at a time, so that the distances stay in the cache


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


def exact_labels(
    packed: npt.NDArray[np.int32], inverse: npt.NDArray[np.int32], colours: dict[Rgb, int]
) -> Labels:
    """Give for each packed colour its label; `inverse` is the place of each pixel in the list.

    Raises:
        LabelMapError: code `unknown-colours`, with the most frequent ones in `detail`.
    """
    known = np.array(sorted(pack_rgb(rgb) for rgb in colours), dtype=np.int32)
    labels_by_colour = {pack_rgb(rgb): label for rgb, label in colours.items()}
    labels = np.array([labels_by_colour[colour] for colour in known.tolist()], dtype=np.uint8)
    place = np.searchsorted(known, packed).clip(max=len(known) - 1)
    unknown = np.flatnonzero(known[place] != packed)
    if unknown.size:
        raise _unknown_colours(packed, np.bincount(inverse, minlength=len(packed)), unknown)
    matched: Labels = labels[place]
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


def nearest_labels(packed: npt.NDArray[np.int32], colours: dict[Rgb, int]) -> Labels:
    """Give for each packed colour the label whose colour is closest in CIELAB (CIE76)."""
    known = _to_lab(np.array([pack_rgb(rgb) for rgb in colours], dtype=np.int32))
    labels = np.array(list(colours.values()), dtype=np.uint8)
    nearest = np.empty(len(packed), dtype=np.int64)
    for start in range(0, len(packed), CHUNK):
        part = _to_lab(packed[start : start + CHUNK])
        distance = (known**2).sum(axis=-1) - 2 * part @ known.T  # less |part|^2, the same for all
        nearest[start : start + CHUNK] = distance.argmin(axis=1)
    found: Labels = labels[nearest]
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

"""Read a pair's files: a photo upright and in sRGB, and exact labels, whatever wrote them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.data.layouts import Pair
from spade.maps.colours import distinct_colours, exact_labels, pack_rgb
from spade.maps.labels import PALETTES, LabelSet
from spade.maps.photos import read_photo
from spade.maps.pictures import Limits, turn_of

# One's own files may be large.
LIMITS = Limits(max_bytes=64 * 2**20, max_decoded_pixels=100_000_000)
LOSSY_FORMATS = ("JPEG", "MPO")
LISTED = 3

Labels = npt.NDArray[np.uint8]


def read_pair(
    pair: Pair, label_set: LabelSet
) -> tuple[Image.Image, Image.Image, Image.Image | None]:
    """Return a photo, RGB, with its label ids, one byte a pixel, and its instance map.

    They are of one size. Maps that were drawn on the photo as the file holds it are turned with it.

    Raises:
        OSError: a file that is not there, or no picture.
        ValueError: damaged files, other sizes, or what is no label map of this label set.
    """
    photo = Image.fromarray(read_photo(pair.photo.read_bytes(), LIMITS))
    labels = Image.fromarray(read_labels(pair.labels, label_set))
    instances = None if pair.instances is None else _open(pair.instances)
    if labels.size == photo.size[::-1] and (turn := _turn(pair.photo)) is not None:
        labels = labels.transpose(turn)
        instances = None if instances is None else instances.transpose(turn)
    if labels.size != photo.size:
        raise ValueError(
            f"{pair.labels} is {_size(labels)}, its photo {_size(photo)}; "
            "bring both to one size, the label map without smoothing"
        )
    return photo, labels, instances


def read_labels(path: Path, label_set: LabelSet) -> Labels:
    """Return the label ids `[H, W] uint8` in a file.

    Its pixels are ids; or, in colour, those of one of the set's palettes or grey ids, to the bit.

    Raises:
        OSError: no such file, or no picture.
        ValueError: JPEG, more than 8 bits, ids or colours or transparency that mean nothing.
    """
    picture = _open(path)
    if picture.format in LOSSY_FORMATS:
        raise ValueError(f"{path} is a JPEG, which changes labels; save label maps as PNG")
    if picture.mode not in ("P", "L", "RGB", "RGBA", "LA"):
        raise ValueError(f"{path} is {picture.mode}; a label map is 8-bit palette or grey")
    if picture.mode in ("RGBA", "LA") and np.asarray(picture)[..., -1].min() < 255:
        raise ValueError(f"{path} has transparent pixels; save it opaque")
    if picture.mode in ("P", "L"):
        return np.array(picture, dtype=np.uint8)
    return _of_colours(np.asarray(picture.convert("RGB")), path, label_set)


def _of_colours(pixels: npt.NDArray[np.uint8], path: Path, label_set: LabelSet) -> Labels:
    packed, inverse = distinct_colours(pixels)
    palettes = {name: label_set.palette(name) for name in PALETTES}
    palettes["grey"] = {(i, i, i): i for i in label_set.ids.tolist()}
    known = {name: {pack_rgb(rgb) for rgb in colours} for name, colours in palettes.items()}
    fits = [name for name, colours in known.items() if colours.issuperset(packed.tolist())]
    if not fits:
        strange = [
            c for c in packed.tolist() if not any(c in colours for colours in known.values())
        ]
        shown = ", ".join(f"#{colour:06x}" for colour in (strange or packed.tolist())[:LISTED])
        raise ValueError(
            f"{path} is in colours of no palette of '{label_set.name}', such as {shown}; "
            "a label map is 8-bit palette or grey, pixel = label id"
        )
    readings = [exact_labels(packed, inverse, palettes[name]) for name in fits]
    if any((one != readings[0]).any() for one in readings):
        raise ValueError(
            f"{path} is in colours that mean different labels in the palettes {', '.join(fits)}; "
            "save label ids as 8-bit grey"
        )
    return readings[0][inverse].reshape(pixels.shape[:2])


def _open(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def _turn(photo: Path) -> Image.Transpose | None:
    with Image.open(photo) as header:
        return turn_of(header)


def _size(picture: Image.Image) -> str:
    return f"{picture.width}x{picture.height}"

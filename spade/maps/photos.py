"""Read photos as telephones and cameras make them; doodles and label maps stay strict."""

import io
import threading
from contextlib import nullcontext

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from spade.maps.pictures import (
    DEFAULT_LIMITS,
    FORMATS,
    LabelMapError,
    Limits,
    decode,
    opaque,
    open_header,
    refuse_sixteen_bit,
    too_many_pixels,
    upright,
)

try:
    from pillow_heif import register_heif_opener
except ImportError:  # the extra "heic" is not installed
    HEIC = False
else:
    register_heif_opener()
    HEIC = True

PHOTO_FORMATS = (*FORMATS, "AVIF", *(("HEIF",) if HEIC else ()))
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_LARGE = 8 * 2**20
_one_large = threading.Lock()  # a large photo takes hundreds of megabytes while it is decoded
# Pillow warns of files from 89 megapixels on; the limits here have spoken before.
Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, DEFAULT_LIMITS.max_photo_pixels)


def read_photo(
    data: bytes, limits: Limits = DEFAULT_LIMITS, side: int | None = None
) -> npt.NDArray[np.uint8]:
    """Decode a photo to `[H, W, 3] uint8 RGB` in sRGB, turned as its EXIF data says.

    Args:
        data: JPEG (MPO too), PNG, WebP, AVIF, HEIC where its decoder is installed, GIF or BMP.
        limits: `max_photo_pixels` is for what is sent, `max_decoded_pixels` for what is decoded:
            a JPEG is decoded at a fraction of its size where `side` allows it.
        side: pixels of the longer side that are enough; the photo comes out between that size and
            a few times as large. None = its own size.

    Raises:
        LabelMapError: unreadable, truncated, animated, 16-bit, transparent or too large.
    """
    refuse_sixteen_bit(data)
    _refuse_undecodable(data)
    picture = open_header(data, limits.max_bytes, limits.max_photo_pixels, PHOTO_FORMATS)
    if side is not None:
        picture.draft(None, _at_least(picture, side))  # only a JPEG can
    whole = picture.size if not picture.info.get("progressive") else _sent_size(data)
    pixels = whole[0] * whole[1]
    if pixels > limits.max_decoded_pixels:
        raise too_many_pixels(whole, limits.max_decoded_pixels, f"as {picture.format}")
    with _one_large if pixels > _LARGE else nullcontext():
        decode(picture)
        small = _reduced(picture, side)
    return np.asarray(_srgb(opaque(upright(small))), dtype=np.uint8)


def _refuse_undecodable(data: bytes) -> None:
    if not HEIC and data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise LabelMapError(
            "not-an-image",
            "the photo is HEIC, for which this service has no decoder installed (its operator: "
            "pip install '.[heic]'); send it as JPEG or AVIF",
        )


def _sent_size(data: bytes) -> tuple[int, int]:
    """Return the size in the header: a progressive JPEG is held whole, however small it comes."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
        return picture.size


def _at_least(picture: Image.Image, side: int) -> tuple[int, int]:
    """Return the smallest (width, height) in the photo's shape that is still large enough."""
    scale = min(1.0, side / max(picture.size))
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _reduced(picture: Image.Image, side: int | None) -> Image.Image:
    """Average whole blocks of pixels, while the longer side stays at least twice `side`."""
    factor = max(picture.size) // (2 * side) if side else 1
    if factor < 2:
        return picture
    if picture.mode in ("P", "1", "PA"):  # indices have no average
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.reduce(factor)


def _srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            found = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            found = None  # a damaged profile, or one for another kind of pixels
        if found is not None:
            return found
    return picture.convert("RGB")

"""Decode pictures from outside: limits first, then the whole of it, or a clear refusal."""

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")  # other decoders would only be attack surface
# Files that hold several pictures of one scene, the first of which is the one that is meant: most
# telephones write their JPEGs as MPO.
_ONE_SCENE = ("MPO", "HEIF")
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Limits:
    """What a picture from outside may weigh before it is decoded."""

    max_bytes: int = 8 * 2**20
    max_pixels: int = 2048 * 2048
    #: Of photos, which are decoded small where their format can: as sent, and as decoded.
    max_photo_pixels: int = 100_000_000
    max_decoded_pixels: int = 50_000_000


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


def read_rgb(data: bytes, limits: Limits = DEFAULT_LIMITS) -> npt.NDArray[np.uint8]:
    """Decode any still 8-bit picture to `[H, W, 3] uint8 RGB`, turned as its EXIF data says.

    Raises:
        LabelMapError: unreadable, truncated, animated, 16-bit, transparent or too large.
    """
    refuse_sixteen_bit(data)
    picture = opaque(upright(open_still(data, limits)))
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def upright(picture: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF data says; data that cannot be read say nothing."""
    turn = turn_of(picture)
    return picture if turn is None else picture.transpose(turn)


def turn_of(picture: Image.Image) -> Image.Transpose | None:
    """Return how EXIF data want a picture turned; data that cannot be read say nothing."""
    try:
        return _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None


def opaque(picture: Image.Image) -> Image.Image:
    """Return a picture without what its file says of transparency, if nothing shows through.

    Raises:
        LabelMapError: see-through pixels, or transparency that cannot be read.
    """
    if not picture.has_transparency_data:
        return picture
    try:
        whole = picture.convert("RGBA")
    except (OSError, SystemError, TypeError, ValueError) as error:
        raise _truncated(error) from None
    refuse_transparent(np.asarray(whole)[..., 3])
    return whole.convert("RGB")


def refuse_transparent(alpha: npt.NDArray[np.uint8]) -> None:
    """Refuse a picture with see-through pixels.

    Raises:
        LabelMapError: `transparent`.
    """
    transparent = int((alpha < 255).sum())
    if transparent:
        raise LabelMapError(
            "transparent",
            f"{transparent} pixels are transparent; save the picture opaque",
            pixels=transparent,
        )


def check_png_header(data: bytes) -> None:
    """Refuse what is no 8-bit PNG, from its first bytes.

    Raises:
        LabelMapError: no PNG, or another bit depth.
    """
    if not data.startswith(PNG_SIGNATURE):
        raise LabelMapError(
            "not-an-image", "a label map must be a PNG file; its first bytes are not a PNG's"
        )
    refuse_sixteen_bit(data)
    depth = data[24] if len(data) > 24 else 0
    if depth and depth != 8:
        raise LabelMapError(
            "wrong-mode",
            f"a label map has 8 bits a pixel, this one has {depth}; save it as an 8-bit PNG",
            bits=depth,
        )


def refuse_sixteen_bit(data: bytes) -> None:
    """Refuse a PNG of 16 bits by its header: Pillow would silently reduce its colours to 8.

    Raises:
        LabelMapError: `sixteen-bit`.
    """
    if (
        data.startswith(PNG_SIGNATURE)
        and len(data) > 24
        and struct.unpack("B", data[24:25])[0] == 16
    ):
        raise _sixteen_bit("16-bit PNG")


def _sixteen_bit(mode: str) -> LabelMapError:
    return LabelMapError(
        "sixteen-bit", f"the picture is {mode}; save it with 8 bits a channel", mode=mode
    )


def open_still(data: bytes, limits: Limits) -> Image.Image:
    """Decode a still picture, once it is known to be within `limits`.

    Raises:
        LabelMapError: unreadable, truncated, animated or too large.
    """
    picture = open_header(data, limits.max_bytes, limits.max_pixels, FORMATS)
    decode(picture)
    return picture


def open_header(
    data: bytes, max_bytes: int, max_pixels: int, formats: tuple[str, ...]
) -> Image.Image:
    """Open a still picture without decoding it, once it is known to be within the limits.

    Raises:
        LabelMapError: unreadable, animated or too large.
    """
    if len(data) > max_bytes:
        raise LabelMapError(
            "too-many-bytes",
            f"the file has {len(data)} bytes, at most {max_bytes} are taken; "
            "send a smaller picture",
            bytes=len(data),
            max_bytes=max_bytes,
        )
    try:
        picture = Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LabelMapError(
            "too-many-pixels",
            f"the picture is far too large ({error}); at most {max_pixels} pixels",
            max_pixels=max_pixels,
        ) from None
    except UnidentifiedImageError:
        raise LabelMapError(
            "not-an-image", "the file is no picture that can be read; send a PNG"
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise _truncated(error) from None
    if picture.width * picture.height > max_pixels:
        raise too_many_pixels(picture.size, max_pixels)
    if getattr(picture, "is_animated", False) and picture.format not in _ONE_SCENE:
        raise LabelMapError(
            "animated", "the picture is animated; send a single still frame", frames=2
        )
    return picture


def too_many_pixels(size: tuple[int, int], most: int, kind: str = "") -> LabelMapError:
    """Make the refusal of a picture of `size` (width, height), in a format if it depends on it."""
    width, height = size
    return LabelMapError(
        "too-many-pixels",
        f"the picture is {width}x{height} = {width * height} pixels, "
        f"at most {most} are taken{' ' + kind if kind else ''}; scale it down",
        pixels=width * height,
        max_pixels=most,
    )


def decode(picture: Image.Image) -> None:
    """Decode an opened picture.

    Raises:
        LabelMapError: damaged, cut off, or more than 8 bits a channel.
    """
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise _truncated(error) from None
    if picture.mode.startswith(("I", "F")):
        raise _sixteen_bit(picture.mode)


def _truncated(error: Exception) -> LabelMapError:
    return LabelMapError(
        "truncated", f"the picture is damaged or cut off ({error}); send the whole file"
    )

"""Decode pictures from outside: limits first, then the whole of it, or a clear refusal."""

import io
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
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


def read_rgb(data: bytes, limits: Limits = DEFAULT_LIMITS) -> npt.NDArray[np.uint8]:
    """Decode any still 8-bit picture to `[H, W, 3] uint8 RGB`, turned as its EXIF data says.

    Raises:
        LabelMapError: unreadable, truncated, animated, 16-bit, transparent or too large.
    """
    if data.startswith(PNG_SIGNATURE):
        _refuse_sixteen_bit(data)
    picture = open_still(data, limits)
    if picture.mode.startswith(("I", "F")):
        raise _sixteen_bit(picture.mode)
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.has_transparency_data:
        return _opaque(np.asarray(picture.convert("RGBA"), dtype=np.uint8))
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def _opaque(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    transparent = int((pixels[..., 3] < 255).sum())
    if transparent:
        raise LabelMapError(
            "transparent",
            f"{transparent} pixels are transparent; save the picture opaque",
            pixels=transparent,
        )
    return np.ascontiguousarray(pixels[..., :3])


def check_png_header(data: bytes) -> None:
    """Refuse what is no 8-bit PNG, from its first bytes.

    Raises:
        LabelMapError: no PNG, or another bit depth.
    """
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


def open_still(data: bytes, limits: Limits) -> Image.Image:
    """Decode a still picture, once it is known to be within `limits`.

    Raises:
        LabelMapError: unreadable, truncated, animated or too large.
    """
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

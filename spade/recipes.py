"""Picture files that carry their recipe: what they were painted with."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.png import write_png

SOFTWARE = "Doodlescape"
FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
LOSSY_QUALITY = 92
#: How hard encoders try: WebP's usual 4 takes twice as long, and saves nothing on our pictures.
EFFORT = {"jpeg": {}, "webp": {"method": 2}}
#: An eighth of a PNG's bytes, and colour at every pixel, so that no edge changes its hue.
_PREVIEW = {"quality": 85, "subsampling": 0}
_DESCRIPTION, _SOFTWARE = 0x010E, 0x0131


def format_of(path: Path) -> str:
    """Return `png`, `jpeg` or `webp` by the file's ending.

    Raises:
        ValueError: another ending.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(FORMATS)
        raise ValueError(f"{path}: pictures are written as {known}, not '{path.suffix}'") from None


def encode(pixels: npt.NDArray[np.uint8], form: str, recipe: dict[str, Any]) -> bytes:
    """Encode `[H, W, 3] uint8 RGB` as `png`, `jpeg` or `webp`.

    `recipe` (model, seed, label set, style, look, borders) goes into the file as JSON: PNG's text
    chunk "Description", the EXIF ImageDescription of the others.
    """
    text = json.dumps(recipe)
    if form == "png":
        return write_png(pixels, {"Software": SOFTWARE, "Description": text})
    exif = Image.Exif()
    exif[_DESCRIPTION], exif[_SOFTWARE] = text, SOFTWARE
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(
        buffer, form.upper(), quality=LOSSY_QUALITY, exif=exif, **EFFORT[form]
    )
    return buffer.getvalue()


def encode_preview(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Encode `[H, W, 3] uint8 RGB` as a small JPEG: for looking at, and without a recipe."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **_PREVIEW)
    return buffer.getvalue()


def read_recipe(path: Path) -> dict[str, Any]:
    """Return the recipe inside a picture file.

    Raises:
        ValueError: the file has none.
    """
    with Image.open(path) as picture:
        text = picture.info.get("Description") or picture.getexif().get(_DESCRIPTION)
    try:
        recipe = json.loads(text or "")
    except ValueError:
        recipe = None
    if not isinstance(recipe, dict):
        raise ValueError(f"{path} carries no recipe; it was not painted by {SOFTWARE}")
    return recipe

"""The files that people download."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from spade.recipes import MEDIA_TYPES, encode, encode_preview

PIXELS = np.random.default_rng(5).integers(0, 255, (16, 24, 3), dtype=np.uint8)
RECIPE = {"model": "tiny", "seed": 5}


@pytest.mark.parametrize("form", sorted(MEDIA_TYPES))
def test_every_format_carries_its_recipe(form: str) -> None:
    """Format, size and recipe can be read back from the file."""
    with Image.open(io.BytesIO(encode(PIXELS, form, RECIPE))) as picture:
        assert Image.MIME[picture.format or ""] == MEDIA_TYPES[form]
        assert picture.size == (24, 16)
        note = picture.info["Description"] if form == "png" else picture.getexif()[0x010E]
        assert json.loads(note) == RECIPE


def test_png_is_exact() -> None:
    """PNG gives back the very pixels that were painted."""
    with Image.open(io.BytesIO(encode(PIXELS, "png", RECIPE))) as picture:
        assert np.array_equal(np.asarray(picture), PIXELS)


def test_a_preview_keeps_the_colours_at_every_edge() -> None:
    """Each side of an edge keeps its hue, on odd columns too, where JPEG usually shares colour."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, :15], pixels[:, 15:] = (200, 40, 30), (30, 60, 200)
    with Image.open(io.BytesIO(encode_preview(pixels))) as picture:
        assert picture.format == "JPEG"
        shown = np.asarray(picture).astype(int)
    assert np.abs(shown - pixels).max() < 20

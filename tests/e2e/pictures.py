"""Pictures that tests make and read."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def read_label_png(data: bytes) -> npt.NDArray[np.uint8]:
    """Read a palette PNG as `[H, W]` label ids."""
    picture = Image.open(io.BytesIO(data))
    assert picture.mode == "P"
    return np.asarray(picture, dtype=np.uint8)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Encode `[H, W, 3] uint8 RGB`, or `[H, W]` grey."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def photo(height: int = 160, width: int = 240) -> bytes:
    """Give a picture of soft light and grain, as no drawing has."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    return png(np.clip(soft + rng.integers(-9, 10, soft.shape), 0, 255).astype(np.uint8))

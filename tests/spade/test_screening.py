"""Photos that teach nothing good are told from those that do."""

import numpy as np
import pytest

from spade.data.screening import Photo, fault_of


def landscape() -> Photo:
    """Give a blue sky over green hills with some texture, `[96, 128, 3]`."""
    random = np.random.default_rng(0)
    photo = np.full((96, 128, 3), (110, 150, 210), np.float32)
    hills = np.arange(96)[:, None] > 55 + 8 * np.sin(np.arange(128) / 15)
    photo[hills] = (80, 120, 50)
    photo += random.normal(0, 4, photo.shape)
    return photo.clip(0, 255).astype(np.uint8)


def framed(width: int, level: int) -> Photo:
    """Give the landscape inside a frame."""
    photo = landscape()
    inside = photo[width:-width, width:-width].copy()
    photo[:] = level
    photo[width:-width, width:-width] = inside
    return photo


def test_a_plain_photo_is_taken() -> None:
    """A horizon is no frame, and neither is a busy texture."""
    assert fault_of(landscape()) is None
    leaves = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
    leaves[..., 2] //= 3
    assert fault_of(leaves) is None


@pytest.mark.parametrize("width", [1, 3, 10])
@pytest.mark.parametrize("level", [0, 255])
def test_frames_are_seen(width: int, level: int) -> None:
    """A model would paint the frame too."""
    assert fault_of(framed(width, level)) == "it has a frame"


def test_one_colour_and_darkness_are_seen() -> None:
    """Sepia prints and nights would be styles that nobody wants."""
    grey = landscape().mean(axis=2, keepdims=True)
    sepia = (grey * (1.0, 0.8, 0.6)).astype(np.uint8)
    assert fault_of(sepia) == "it is in one colour"
    assert fault_of(np.repeat(grey, 3, axis=2).astype(np.uint8)) == "it is in one colour"
    assert fault_of(landscape() // 4) == "it is too dark"

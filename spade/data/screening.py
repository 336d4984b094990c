"""Which photos are of no use for training: framed, in one colour, or nearly black."""

import numpy as np
import numpy.typing as npt

Photo = npt.NDArray[np.uint8]

# A frame ends within this share of the picture, in an edge of at least STEP (of 255) that runs
# along ALONG of a side, on three sides or more. Horizons and trunks do so on one; leaves and
# ripples have such steps in more than BUSY of every row.
DEEPEST = 0.15
STEP = 10.0
ALONG = 0.75
BUSY = 0.4
# Of photos, 1 in 100 has less saturation than this, and 1 in 12 is darker (means, of 255).
COLOURLESS = 8.0
DARK = 60.0
DARK_PHOTO = "it is too dark"


def fault_of(photo: Photo) -> str | None:
    """Say why a photo `[H, W, 3] uint8 RGB` should not be learned from, or None."""
    values = photo.astype(np.float32)
    across = values.transpose(1, 0, 2)
    if sum(_edged(side) for side in (values, values[::-1], across, across[::-1])) >= 3:
        return "it has a frame"
    if values.mean() < DARK:
        return DARK_PHOTO
    spread = values.max(axis=2) - values.min(axis=2)
    if spread.mean() < COLOURLESS or _one_hue(values):
        return "it is in one colour"
    return None


def _edged(values: npt.NDArray[np.float32]) -> bool:
    """Whether an edge runs along the upper side."""
    steps = np.abs(values[2:] - values[:-2]).max(axis=2)  # two rows apart: JPEG blurs edges
    along = (steps > STEP).mean(axis=1)
    near = along[: max(4, int(DEEPEST * len(along)))]
    return bool(near.max() > ALONG and np.median(along) < BUSY)


def _one_hue(values: npt.NDArray[np.float32]) -> bool:
    """Whether all pixels are shades of one tint, as in sepia prints."""
    brightness = values.mean(axis=2, keepdims=True)
    tint = (values - brightness) / np.maximum(brightness, 16.0)
    return bool(tint.std(axis=(0, 1)).max() < 0.035)

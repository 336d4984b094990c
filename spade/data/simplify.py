"""Make a label map look as if it had been painted by hand: flat regions, smooth borders."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

SMALLEST, LARGEST = 5, 13
POLYGON_CELLS = (3, 16)

Channels = npt.NDArray[np.int16]


def simplify(channels: Channels, rng: np.random.Generator) -> Channels:
    """Return `[H, W]` channels with rounded or straightened borders and without small regions."""
    if rng.random() < 0.5:
        return smooth(channels, int(rng.integers(SMALLEST, LARGEST + 1)) | 1)
    return straighten(channels, int(rng.integers(*POLYGON_CELLS)), rng)


def smooth(channels: Channels, window: int) -> Channels:
    """Replace each channel by the most frequent one in the `window` x `window` pixels around."""
    picture = Image.fromarray(channels.astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.ModeFilter(window))).astype(np.int16)


def straighten(channels: Channels, cells: int, rng: np.random.Generator) -> Channels:
    """Rebuild the map as a Voronoi diagram of jittered sample points, about `cells` a side.

    Borders become straight segments, as those of a doodle drawn with few strokes.
    """
    height, width = channels.shape
    smoothed = smooth(channels, SMALLEST)
    rows = (np.arange(cells) + rng.uniform(0.1, 0.9, (cells, cells))) * height / cells
    columns = (np.arange(cells) + rng.uniform(0.1, 0.9, (cells, cells))) * width / cells
    y, x = rows.T.ravel(), columns.ravel()
    labels = smoothed[y.astype(int), x.astype(int)]
    owner = _nearest_point(height, width, y, x)
    rebuilt: Channels = labels[owner].astype(np.int16)
    return rebuilt


def _nearest_point(
    height: int, width: int, y: npt.NDArray[np.float64], x: npt.NDArray[np.float64]
) -> npt.NDArray[np.intp]:
    best = np.full((height, width), np.inf, dtype=np.float32)
    owner = np.zeros((height, width), dtype=np.intp)
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    for index, (point_y, point_x) in enumerate(zip(y, x, strict=True)):
        distance = (rows - point_y) ** 2 + (columns - point_x) ** 2
        closer = distance < best
        best[closer] = distance[closer]
        owner[closer] = index
    return owner

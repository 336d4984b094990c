"""Natural borders: a doodle's smooth outlines made as uneven as those of the materials are.

A person draws a mountain as a triangle and a cloud as an ellipse, and a generator paints what the
label map says: a pyramid, an egg. Here every pixel takes the label of a place nearby, a few
pixels off, with offsets that vary smoothly from place to place at several scales (domain warping).
How far differs by material (`Label.roughness`): ridges and leaves fray, waterlines and walls stay.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from spade.maps.labels import LabelSet
from spade.model.noise import draw_noise

LabelMap = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.float32]

# Wavelength and standard deviation of the offsets, octave by octave, in pixels of a picture whose
# short side is REFERENCE; at other sizes they grow with it. Chosen by looking at doodles.
REFERENCE = 256
OCTAVES = ((48.0, 3.8), (24.0, 2.7), (12.0, 1.8), (6.0, 1.1))


def natural_borders(label_map: LabelMap, label_set: LabelSet, seed: int) -> LabelMap:
    """Return the label map with uneven borders where both materials have them.

    A border moves by at most the lesser roughness of the two; labels of roughness 0 keep every
    pixel that they have and gain none. No label appears that was not within reach before.

    Args:
        label_map: `[H, W] uint8` label ids of the set.
        label_set: says how rough each label is.
        seed: the same seed and size give the same offsets, so a picture that is painted on
            changes only near the brush.
    """
    rough = label_set.roughness_of_id
    height, width = label_map.shape
    offsets = _offsets(height, width, seed)
    reached = label_map[_places(offsets)]
    least = np.minimum(rough[label_map], rough[reached])
    moved = label_map[_places(offsets * least)]
    return np.where((rough[moved] > 0) & (least > 0), moved, label_map)


@lru_cache(maxsize=16)
def _offsets(height: int, width: int, seed: int) -> Offsets:
    """Draw how far each pixel looks down and to the right: `[2, H, W]` in pixels."""
    unit = min(height, width) / REFERENCE
    # Two more nodes than fit on each axis, so that the cubic has neighbours at the edges.
    grids = [
        (int(height / (wavelength * unit)) + 3, int(width / (wavelength * unit)) + 3)
        for wavelength, _ in OCTAVES
    ]
    planes = draw_noise([seed], [(2 * rows, columns) for rows, columns in grids])
    total = torch.zeros(2, height, width)
    for (wavelength, deviation), (rows, columns), plane in zip(OCTAVES, grids, planes, strict=True):
        nodes = plane.reshape(1, 2, rows, columns)
        scale = wavelength * unit
        size = (round(rows * scale), round(columns * scale))
        waves = F.interpolate(nodes, size=size, mode="bicubic", align_corners=False)[0]
        total += deviation * unit * waves[:, :height, :width]
    return total.numpy()


def _places(offsets: Offsets) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return rows and columns, each `[H, W]`, that lie at these offsets and inside the map."""
    height, width = offsets.shape[1:]
    down, right = np.rint(offsets).astype(np.intp)
    rows = np.clip(np.arange(height)[:, None] + down, 0, height - 1)
    columns = np.clip(np.arange(width)[None, :] + right, 0, width - 1)
    return rows, columns

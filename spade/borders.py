"""Natural borders: a doodle's smooth outlines made as uneven as those of the materials are.

A person draws a mountain as a triangle, a cloud as an ellipse and a tree as an egg, and a generator
paints what the label map says. Here every pixel near an outline takes the label of a place a few
pixels off, with offsets that vary smoothly from place to place at several scales (domain warping).
How far differs by material (`Label.roughness`): ridges fray, waterlines and walls stay. Then the
rims of foliage and clouds are made ragged, with holes (`Label.outline`); feet of trees stay.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from spade.maps.labels import LabelSet
from spade.model.noise import draw_noise
from spade.outlines.depth import STEP, depths, thicknesses
from spade.outlines.fray import NODES, crumble, mark, warp, without_specks

LabelMap = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# All lengths are in pixels of a picture whose short side is REFERENCE; at other sizes they grow
# with it. Chosen by looking at doodles.
REFERENCE = 256
# Wavelength and standard deviation of the offsets, octave by octave.
OFFSETS = ((48.0, 4.6), (24.0, 3.2), (12.0, 1.8), (6.0, 0.7))
# The same of the noise in rims, where 1 is the depth of a rim.
CROWNS = ((24.0, 0.34), (10.0, 0.44), (4.5, 0.4), (2.2, 0.3))
CLOUDS = ((36.0, 0.45), (16.0, 0.4), (7.0, 0.3), (3.5, 0.18))
# How far a pixel looks, how deep depths are told apart, and the half thickness from which a region
# moves as far as its roughness says.
REACH, DEEPEST, FULL = 12, 16, 10
# Depth of a rim, how far above its lower edge foliage is as loose as elsewhere, and how wide a
# trunk may be.
RIM, FOOT, TRUNK = 8, 12, 14
FINEST = 1.5  # pixels


def natural_borders(label_map: LabelMap, label_set: LabelSet, seed: int) -> LabelMap:
    """Return the label map with uneven borders where both materials have them.

    Labels of roughness 0 keep every pixel that they have and gain none; no label appears that was
    not within reach before. What is thin moves less: strips stay whole, nothing crosses them, and
    no island vanishes. Foliage grows over backdrops alone, and its lower edge stays.

    Args:
        label_map: `[H, W] uint8` label ids of the set.
        label_set: says how rough each label is, and which outline it has.
        seed: the same seed and map give the same borders, at other sizes similar ones, and a
            picture that is painted on changes only near the brush.
    """
    rough, outline = label_set.roughness_of_id, label_set.outline_of_id
    drawn, unit, tables = label_map.copy(), min(label_map.shape) / REFERENCE, _tables(seed)
    most = max(1, round(DEEPEST * unit)) * STEP
    depth, _ = depths(drawn, most)
    thick = thicknesses(drawn, depth)
    reach = max(1, round(REACH * unit))
    foot = min(255, max(1, round(FOOT * unit)))
    marks, feet = mark(drawn, outline, depth, thick, foot, 2 * reach, round(TRUNK * unit))
    offsets = np.array(OFFSETS, np.float32)
    moved = warp(
        drawn, depth, thick, marks, feet, foot, rough, outline, tables, offsets, unit,
        FULL * unit, reach,
    )  # fmt: skip
    depth, nearest = depths(moved, most)
    thick = thicknesses(moved, depth)
    crowns, clouds = _finer(CROWNS, unit), _finer(CLOUDS, unit)
    ragged = crumble(
        moved, depth, nearest, thick, marks, feet, foot, rough, outline, tables[1:], crowns,
        clouds, unit, RIM * unit,
    )  # fmt: skip
    return without_specks(
        drawn, ragged, nearest, moved, marks, depth, rough, outline, RIM * unit, 4 * reach
    )


def _finer(octaves: tuple[tuple[float, float], ...], unit: float) -> Floats:
    """Return octaves down to the finest that a picture with so many pixels a unit can show."""
    found = [octave for octave in octaves if octave[0] * unit >= FINEST]
    while found and found[-1][0] * unit >= 2 * FINEST:
        found.append((found[-1][0] / 2, found[-1][1] * 0.7))
    return np.array(found or octaves[:1], dtype=np.float32)


@lru_cache(maxsize=16)
def _tables(seed: int) -> Floats:
    """Draw the nodes of three waves: down, right, and in rims, `[3, NODES, NODES]`."""
    return draw_noise([seed], [(3 * NODES, NODES)])[0].numpy().reshape(3, NODES, NODES)

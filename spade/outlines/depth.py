"""How deep each pixel lies inside its region, and how thick the region is there.

Lengths are counted in thirds of a pixel: 3 to a neighbour, 4 to a diagonal one (chamfer distance).
"""

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.jit import kernel

LabelMap = npt.NDArray[np.uint8]
Lengths = npt.NDArray[np.int16]
Places = npt.NDArray[np.int32]
STEP, DIAGONAL = 3, 4
#: Neighbours that a sweep has passed before it comes to a pixel: forth by rows, and then back.
WAYS = 4
# Thickness falls by one third of a pixel per pixel of way, so in a wedge of more than about 40
# degrees it comes from further inside, and a tip does not pass for something thin.
SLACK = 3


@kernel
def sweep(side: int, sign: int) -> range:
    """Return the places along a side in the order of a sweep, which goes forth (1) or back (-1)."""
    return range(side) if sign > 0 else range(side - 1, -1, -1)


@kernel
def _behind(y: int, x: int, sign: int, way: int) -> tuple[int, int, int]:
    """Return one of the neighbours that a sweep has passed, and how far it is."""
    if way == 3:
        return y, x - sign, STEP
    return y - sign, x + (way - 1) * sign, STEP if way == 1 else DIAGONAL


@kernel
def depths(labels: LabelMap, most: int) -> tuple[Lengths, Places]:
    """Return the distance of each pixel to the nearest one of another label, and its flat index.

    Distances end at `most`, where the index means nothing; beyond the map nothing lies.
    """
    height, width = labels.shape
    depth = np.full((height, width), most, dtype=np.int16)
    nearest = np.zeros((height, width), dtype=np.int32)
    for sign in (1, -1):
        for y in sweep(height, sign):
            for x in sweep(width, sign):
                best, source = depth[y, x], nearest[y, x]
                for way in range(WAYS):
                    ny, nx, length = _behind(y, x, sign, way)
                    if not (0 <= ny < height and 0 <= nx < width):
                        continue
                    if labels[ny, nx] != labels[y, x]:
                        if length < best:
                            best, source = length, ny * width + nx
                    elif depth[ny, nx] + length < best:
                        best, source = depth[ny, nx] + length, nearest[ny, nx]
                depth[y, x], nearest[y, x] = best, source
    return depth, nearest


@kernel
def thicknesses(labels: LabelMap, depth: Lengths) -> Lengths:
    """Return SLACK times half the thickness of each pixel's region, in thirds of a pixel.

    That of a pixel is the largest of SLACK times a depth, less the way to it inside the region.
    """
    height, width = labels.shape
    thick = (SLACK * depth).astype(np.int16)
    for sign in (1, -1):
        for y in sweep(height, sign):
            for x in sweep(width, sign):
                best = thick[y, x]
                for way in range(WAYS):
                    ny, nx, length = _behind(y, x, sign, way)
                    if not (0 <= ny < height and 0 <= nx < width):
                        continue
                    if labels[ny, nx] == labels[y, x] and thick[ny, nx] - length > best:
                        best = thick[ny, nx] - length
                thick[y, x] = best
    return thick

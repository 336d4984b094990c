"""What becomes of each pixel near an outline: kernels that look at labels, depth and waves.

All of it is local: a pixel depends on labels no further away than a few times REACH, and on waves
that follow from the seed and its place, so that a stroke elsewhere moves nothing.
"""

import math

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.jit import kernel
from spade.outlines.depth import SLACK, STEP, LabelMap, Lengths, Places, sweep

Floats = npt.NDArray[np.float32]
Masks = npt.NDArray[np.uint8]
# Nodes along a side of the tables that waves are made from, a power of two; they come again.
NODES = 128
# What a pixel keeps: its label whatever happens (1), no foliage that was not there (2).
KEEPS, BARE = 1, 2
# Kinds of outline, see `Label.outline`.
CROWN, CLOUD, SKY = 1, 2, 3


@kernel
def waves(tables: Floats, y: float, x: float, octaves: Floats) -> tuple[float, float]:
    """Return two sums of smooth noise at a place; tables are `[2, NODES, NODES]` of N(0, 1).

    An octave is `[wavelength, deviation]`, the wavelength in the unit of y and x.
    """
    first, second = 0.0, 0.0
    for octave in range(len(octaves)):
        length, deviation = octaves[octave]
        v, u = y / length + 37 * octave, x / length + 61 * octave
        top, left = math.floor(v), math.floor(u)
        v, u = v - top, u - left
        v, u = v * v * (3 - 2 * v), u * u * (3 - 2 * u)
        above, before = top & (NODES - 1), left & (NODES - 1)
        below, after = (top + 1) & (NODES - 1), (left + 1) & (NODES - 1)
        a, b = deviation * (1 - v) * (1 - u), deviation * (1 - v) * u
        c, d = deviation * v * (1 - u), deviation * v * u
        first += a * tables[0, above, before] + b * tables[0, above, after]
        first += c * tables[0, below, before] + d * tables[0, below, after]
        second += a * tables[1, above, before] + b * tables[1, above, after]
        second += c * tables[1, below, before] + d * tables[1, below, after]
    return first, second


@kernel
def mark(
    labels: LabelMap, outline: Masks, depth: Lengths, thick: Lengths, foot: int, under: int,
    narrow: int,
) -> tuple[Masks, Masks]:  # fmt: skip
    """Say of each pixel what it keeps, and how far foliage is above its lower edge, up to `foot`.

    What is thin keeps its middle, so strips stay whole and no island vanishes; foliage that is at
    most `narrow` pixels wide does so right up to a thick crown, so no trunk is cut from it. Foliage
    grows over foliage, clouds, skies and backdrops alone; its lowest pixels stay, and for `under`
    pixels below them none grows.
    """
    height, width = labels.shape
    marks = np.zeros((height, width), dtype=np.uint8)
    feet = np.full((height, width), foot, dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            if SLACK * depth[y, x] + (SLACK - 1) * STEP >= thick[y, x]:
                marks[y, x] = KEEPS
            if outline[labels[y, x]] == 0:
                marks[y, x] |= BARE
    for y in range(height):
        first = 0
        for x in range(1, width):
            if labels[y, x] == labels[y, first]:
                continue
            here, above = labels[y, first], labels[max(0, y - narrow), (first + x) // 2]
            if first > 0 and x - first <= narrow and above == here and outline[here] == CROWN:
                side = (x - first) // 4
                for middle in range(first + side, x - side):
                    marks[y, middle] |= KEEPS
            first = x
    for x in range(width):
        since = under
        for y in range(height):
            if y > 0 and labels[y, x] != labels[y - 1, x] and outline[labels[y - 1, x]] == CROWN:
                since, feet[y - 1, x] = 0, 0
                marks[y - 1, x] |= KEEPS
            if since < under:
                marks[y, x] |= BARE
                since += 1
    for sign in (1, -1):
        for y in sweep(height, sign):
            for x in sweep(width, sign):
                for ny, nx in ((y - sign, x), (y, x - sign)):
                    if 0 <= ny < height and 0 <= nx < width and labels[ny, nx] == labels[y, x]:
                        feet[y, x] = min(feet[y, x], feet[ny, nx] + 1)
    return marks, feet


@kernel
def may_become(here: int, other: int, marks: int, rough: Floats, outline: Masks) -> bool:
    """Tell whether a pixel with these marks may take another label; both must be rough."""
    if marks & KEEPS or rough[here] == 0 or rough[other] == 0:
        return False
    return marks & BARE == 0 or outline[other] != CROWN


@kernel
def warp(
    labels: LabelMap, depth: Lengths, thick: Lengths, marks: Masks, feet: Masks, foot: int,
    rough: Floats, outline: Masks, tables: Floats, octaves: Floats, unit: float, full: float,
    reach: int,
) -> LabelMap:  # fmt: skip
    """Let each pixel near an outline take the label from a few pixels off, smoothly varying.

    Nothing looks beyond the first region that is met, so nothing crosses a strip however thin;
    regions of less than `full` pixels half thickness move by less.
    """
    height, width = labels.shape
    moved = labels.copy()
    for y in range(height):
        for x in range(width):
            here = labels[y, x]
            if depth[y, x] > STEP * reach * rough[here] or marks[y, x] & KEEPS:
                continue
            down, right = waves(tables, y / unit, x / unit, octaves)
            length = math.sqrt(down * down + right * right)
            if length == 0:
                continue
            down, right = down / length, right / length
            length = min(unit * length, reach) * feet[y, x] / foot
            other, target = here, length * rough[here]
            if target < 0.9 * depth[y, x] / STEP:  # less than the way to anything else
                continue
            step = 1.0
            while step <= target:
                row = math.floor(y + step * down + 0.5)
                column = math.floor(x + step * right + 0.5)
                if not (0 <= row < height and 0 <= column < width):
                    other = here
                    break
                found = labels[row, column]
                if found != here and other == here:
                    other = found
                    thin = min(thick[y, x], thick[row, column]) / (SLACK * STEP * full)
                    target = length * min(rough[here], rough[found]) * min(1.0, thin)
                    if step > target:
                        other = here
                        break
                elif found != other:
                    other = here
                    break
                step += 1.0
            if other != here and may_become(here, other, marks[y, x], rough, outline):
                moved[y, x] = other
    return moved


@kernel
def crumble(
    labels: LabelMap, depth: Lengths, nearest: Places, thick: Lengths, marks: Masks, feet: Masks,
    foot: int, rough: Floats, outline: Masks, tables: Floats, crowns: Floats, clouds: Floats,
    unit: float, rim: float,
) -> LabelMap:  # fmt: skip
    """Make rims of foliage and clouds ragged, with holes: noise against the depth in the rim.

    A rim is `rim` pixels wide, or less in what is thin; outside it is half as wide. Towards the
    lower edge of foliage it becomes firm.
    """
    height, width = labels.shape
    moved = labels.copy()
    flat_labels, flat_thick = labels.ravel(), thick.ravel()
    for y in range(height):
        for x in range(width):
            deep = depth[y, x] / STEP - 0.5
            if deep >= rim or marks[y, x] & KEEPS:
                continue
            here, other = labels[y, x], flat_labels[nearest[y, x]]
            mine, its = outline[here], outline[other]
            inside = mine == CROWN or (mine == CLOUD and its == SKY)
            if not inside and its != CROWN and (its != CLOUD or mine != SKY):
                continue
            kind = mine if inside else its
            half = (thick[y, x] if inside else flat_thick[nearest[y, x]]) / (SLACK * STEP)
            wide = min(rim, 0.8 * half) * (1.0 if inside else 0.5)
            if deep >= wide or not may_become(here, other, marks[y, x], rough, outline):
                continue
            octaves = crowns if kind == CROWN else clouds
            noise, _ = waves(tables, y / unit, x / unit, octaves)
            firm = 4 * (1 - feet[y, x] / foot) if inside else 0.0
            if (-noise if inside else noise) > deep / wide + firm:
                moved[y, x] = other
    return moved


@kernel
def without_specks(
    drawn: LabelMap, labels: LabelMap, nearest: Places, before: LabelMap, marks: Masks,
    depth: Lengths, rough: Floats, outline: Masks, rim: float, most: int,
) -> LabelMap:  # fmt: skip
    """Drop what hangs together with nothing that was drawn, within `most` steps.

    Foliage and clouds hang on their own middle, other labels on any of their drawn pixels. Holes in
    foliage may stay. What is dropped becomes as drawn, or, where that would be a speck too, what
    lies around it.
    """
    height, width = labels.shape
    steps = np.full((height, width), most, dtype=np.int32)
    for y in range(height):
        for x in range(width):
            if labels[y, x] != drawn[y, x]:
                kind = outline[drawn[y, x]]
                hole = kind in (CROWN, CLOUD)
                steps[y, x] = 0 if hole and outline[labels[y, x]] != kind else most
            elif outline[labels[y, x]] in (CROWN, CLOUD):
                middle = marks[y, x] & KEEPS or depth[y, x] >= STEP * rim
                steps[y, x] = 0 if middle else most
            else:
                steps[y, x] = 0
    for sign in (1, -1, 1, -1):
        for y in sweep(height, sign):
            for x in sweep(width, sign):
                for ny, nx in ((y - sign, x), (y, x - sign)):
                    if not (0 <= ny < height and 0 <= nx < width):
                        continue
                    if labels[ny, nx] == labels[y, x] and steps[ny, nx] + 1 < steps[y, x]:
                        steps[y, x] = steps[ny, nx] + 1
    out = labels.copy()
    flat_before = before.ravel()
    for y in range(height):
        for x in range(width):
            if steps[y, x] >= most:
                out[y, x] = drawn[y, x]
                around = before[y, x]
                if around == labels[y, x]:
                    around = flat_before[nearest[y, x]]
                if labels[y, x] == drawn[y, x] and rough[around] > 0:
                    out[y, x] = around
    return out

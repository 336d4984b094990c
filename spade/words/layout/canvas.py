"""What is done to label maps while a layout is made: enlarged, mirrored, bent, holes filled."""

import numpy as np
import numpy.typing as npt
from PIL import Image

LabelMap = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float32]


def enlarge(label_map: LabelMap, size: tuple[int, int], blur: float = 0.5) -> LabelMap:
    """Resize `[H, W]` labels to (height, width) with round borders instead of steps.

    `blur` is how far each border is smoothed, in pixels of the map as it comes.
    """
    height, width = size
    labels = np.unique(label_map)
    best = np.full(size, -1, dtype=np.float32)
    result = np.full(size, labels[0], dtype=np.uint8)
    for label in labels:
        plane = Image.fromarray(smooth((label_map == label).astype(np.float32), blur))
        weight = np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
        nearer = weight > best
        best[nearer] = weight[nearer]
        result[nearer] = label
    return result


def smooth(plane: Numbers, deviation: float) -> Numbers:
    """Blur `[H, W] float32` by a Gaussian of this deviation in pixels, edges continued."""
    reach = max(1, round(3 * deviation))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (steps / max(deviation, 1e-3)) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padding = [(reach, reach) if at == axis else (0, 0) for at in (0, 1)]
        padded = np.pad(plane, padding, mode="edge")
        length = plane.shape[axis]
        parts = (
            weight * np.take(padded, np.arange(at, at + length), axis=axis)
            for at, weight in enumerate(weights)
        )
        plane = np.sum(list(parts), axis=0, dtype=np.float32)
    return plane


def waves(size: tuple[int, int], nodes: tuple[int, int], rng: np.random.Generator) -> Numbers:
    """Draw smooth noise `[H, W] float32`, deviation about 1, from nodes (down, across)."""
    grid = rng.standard_normal(nodes).astype(np.float32)
    picture = Image.fromarray(grid).resize((size[1], size[0]), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.float32)


def profile(width: int, nodes: int, rng: np.random.Generator, octaves: int = 3) -> Numbers:
    """Draw an uneven line `[width] float32` of deviation about 1, as a skyline is."""
    line = np.zeros(width, dtype=np.float32)
    for octave in range(octaves):
        count = nodes * 2**octave
        points = rng.standard_normal(count + 2)
        line += (
            np.interp(np.linspace(0, count + 1, width), np.arange(count + 2), points) / 2**octave
        )
    return line


def bend(label_map: LabelMap, rng: np.random.Generator, down: float, across: float) -> LabelMap:
    """Shift places smoothly, by deviations that are shares of height and of width."""
    height, width = label_map.shape
    rows = np.arange(height)[:, None] + down * height * waves(label_map.shape, (3, 4), rng)
    columns = np.arange(width)[None, :] + across * width * waves(label_map.shape, (3, 4), rng)
    rows = np.clip(np.rint(rows), 0, height - 1).astype(np.intp)
    columns = np.clip(np.rint(columns), 0, width - 1).astype(np.intp)
    bent: LabelMap = label_map[rows, columns]
    return bent


def fill(label_map: LabelMap, holes: Mask) -> LabelMap:
    """Give each pixel of `holes` the label that comes nearest to it from outside them.

    What has no outside stays as it is.
    """
    result = label_map.copy()
    open_places = holes.copy()
    if open_places.all():
        return result
    while open_places.any():
        before = open_places.copy()
        # Up and down last: what stands on the ground has ground below and sky above it.
        for axis, step in ((1, 1), (1, -1), (0, 1), (0, -1)):
            known = _shifted(~before, axis, step, False)
            take = open_places & known
            result[take] = _shifted(result, axis, step, 0)[take]
            open_places &= ~take
    return result


def grown(mask: Mask, steps: int) -> Mask:
    """Return a mask that reaches so many pixels farther."""
    for _ in range(steps):
        mask = (
            mask
            | _shifted(mask, 0, 1, False)
            | _shifted(mask, 0, -1, False)
            | _shifted(mask, 1, 1, False)
            | _shifted(mask, 1, -1, False)
        )
    return mask


def _shifted(array: npt.NDArray, axis: int, step: int, edge: float) -> npt.NDArray:  # type: ignore[type-arg]
    """Return what lies `step` before each pixel along an axis, `edge` beyond the border."""
    result = np.full_like(array, edge)
    to: list[slice] = [slice(None), slice(None)]
    of: list[slice] = [slice(None), slice(None)]
    to[axis], of[axis] = (slice(1, None), slice(-1)) if step > 0 else (slice(-1), slice(1, None))
    result[tuple(to)] = array[tuple(of)]
    return result

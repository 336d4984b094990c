"""Shapes of what people make and of what stands alone: masks from a few lines each."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from spade.words.layout.canvas import Mask

Point = tuple[float, float]
Size = tuple[int, int]


def polygon(size: Size, corners: Sequence[Point]) -> Mask:
    """Return the mask `[H, W]` of a polygon whose corners (x, y) are shares of the picture."""
    height, width = size
    picture = Image.new("1", (width, height))
    points = [(x * width, y * height) for x, y in corners]
    ImageDraw.Draw(picture).polygon(points, fill=1)
    return np.array(picture)


def box(size: Size, left: float, top: float, right: float, bottom: float) -> Mask:
    """Return the mask of an upright rectangle."""
    return polygon(size, [(left, top), (right, top), (right, bottom), (left, bottom)])


def lump(
    size: Size, x: float, y: float, width: float, height: float, rng: np.random.Generator,
    roughness: float = 0.15, corners: int = 14,
) -> Mask:  # fmt: skip
    """Return an uneven ellipse around (x, y)."""
    turns = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    reach = 1 + roughness * rng.standard_normal(corners)
    return polygon(
        size,
        [
            (x + width / 2 * r * math.cos(t), y + height / 2 * r * math.sin(t))
            for t, r in zip(turns, reach, strict=True)
        ],
    )


def broadleaf(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return a tree with a round crown that stands at (x, base)."""
    aspect = size[0] / size[1]
    wide = tall * rng.uniform(0.6, 0.85) * aspect
    mask = box(size, x - 0.05 * wide, base - 0.5 * tall, x + 0.05 * wide, base)
    for _ in range(6):
        dx, dy = rng.uniform(-0.28, 0.28), rng.uniform(-0.82, -0.5)
        mask |= lump(size, x + dx * wide, base + dy * tall, 0.55 * wide, 0.42 * tall, rng)
    return mask


def spruce(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return a tree that narrows to a tip."""
    aspect = size[0] / size[1]
    half = tall * rng.uniform(0.17, 0.23) * aspect
    levels = 5
    right: list[Point] = []
    for level in range(levels):
        out = half * (1 - level / levels)
        y = base - tall * (0.08 + 0.92 * level / levels)
        right += [(out, y), (0.55 * out, y - 0.1 * tall)]
    corners = [(x + dx, y) for dx, y in right] + [(x, base - tall)]
    corners += [(x - dx, y) for dx, y in reversed(right)]
    trunk = box(size, x - 0.12 * half, base - 0.1 * tall, x + 0.12 * half, base)
    return polygon(size, corners) | trunk


def house(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return a house with a gable roof."""
    wide = tall * rng.uniform(1.2, 1.5) * size[0] / size[1]
    left, right, eaves = x - wide / 2, x + wide / 2, base - 0.55 * tall
    chimney = x + 0.22 * wide
    return polygon(
        size,
        [
            (left, base), (left, eaves), (left - 0.06 * wide, eaves), (x, base - tall),
            (right + 0.06 * wide, eaves), (right, eaves), (right, base),
        ],
    ) | box(size, chimney, base - 0.95 * tall, chimney + 0.1 * wide, eaves)  # fmt: skip


def tower(size: Size, x: float, base: float, tall: float, _rng: np.random.Generator) -> Mask:
    """Return a tower that narrows upwards under a pointed roof."""
    half = 0.13 * tall * size[0] / size[1]
    top = base - 0.8 * tall
    body = [(x - half, base), (x - 0.75 * half, top), (x + 0.75 * half, top), (x + half, base)]
    roof = [(x - half, top), (x, base - tall), (x + half, top)]
    return polygon(size, body) | polygon(size, roof)


def castle(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return a wall with battlements between two towers, and a keep behind it."""
    wide = 1.3 * tall * size[0] / size[1]
    mask = box(size, x - wide / 2, base - 0.45 * tall, x + wide / 2, base)
    for merlon in np.linspace(-0.45, 0.4, 7):
        left = x + merlon * wide
        mask |= box(size, left, base - 0.53 * tall, left + 0.05 * wide, base - 0.4 * tall)
    for place, height in ((-0.45, 0.75), (0.45, 0.8), (float(rng.uniform(-0.1, 0.1)), 1.0)):
        mask |= tower(size, x + place * wide, base, height * tall, rng)
        mid = x + place * wide
        mask |= box(size, mid - 0.09 * wide, base - 0.7 * height * tall, mid + 0.09 * wide, base)
    return mask


def village(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return houses side by side around a steeple."""
    step = 0.55 * tall * size[0] / size[1]
    mask = tower(size, x, base, 1.35 * tall, rng)
    for place in range(-3, 4):
        height = tall * rng.uniform(0.5, 0.75)
        mask |= house(size, x + place * step, base, height, rng)
    return mask


def bridge(size: Size, x: float, base: float, tall: float, rng: np.random.Generator) -> Mask:
    """Return a bridge seen from the side, with arches."""
    wide = 3.4 * tall * size[0] / size[1]
    left = x - wide / 2
    mask = polygon(
        size,
        [
            (left, base), (left, base - 0.75 * tall), (x, base - tall),
            (left + wide, base - 0.75 * tall), (left + wide, base),
        ],
    )  # fmt: skip
    for place in (1 / 6, 1 / 2, 5 / 6):
        mask &= ~lump(size, left + place * wide, base, 0.26 * wide, 1.1 * tall, rng, 0.0, 24)
    return mask

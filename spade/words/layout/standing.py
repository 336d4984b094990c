"""Rules that draw what stands on the ground: plants, rocks, buildings."""

from collections.abc import Callable

import numpy as np

from spade.words.layout.canvas import Mask, profile, waves
from spade.words.layout.land import PART, window_of
from spade.words.layout.shapes import Point, broadleaf, lump, spruce
from spade.words.layout.stage import SKY, Rule, Spot, Stage


def forest(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a band of crowns at the horizon, or a wood on one side."""
    window = window_of(stage, spot)
    tall = 0.2 * spot.scale**0.5 * (1 if not spot.sides else 1.7)
    crowns = profile(stage.width, 14, rng, 3)
    heights = window * tall * (1 + 0.16 * crowns)
    feet = spot.y + 0.02 + 0.08 * window * bool(spot.sides & {"left", "right", "sides"})
    feet = feet + 0.008 * profile(stage.width, 8, rng)
    top = spot.y - heights
    return np.asarray(
        (stage.rows >= top[None, :]) & (stage.rows < feet[None, :]) & (window > 0.05)[None, :],
        dtype=np.bool_,
    )


def trees(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return single trees."""
    count = spot.count or 4
    kind = broadleaf if rng.random() < 0.65 else spruce
    mask = np.zeros(stage.size, dtype=bool)
    for x, y in _feet(spot, count, rng, 0.6):
        tall = (0.3 if count < 3 else 0.24) * spot.scale**0.5 * rng.uniform(0.9, 1.15)
        mask |= kind(stage.size, x, y, tall, rng)
    return mask


def _feet(spot: Spot, count: int, rng: np.random.Generator, spread: float) -> list[Point]:
    """Return where so many things stand, apart from each other."""
    if count == 1:
        return [(spot.x, spot.y)]
    if "sides" in spot.sides:
        half = [(n + 0.5) / max(count // 2, 1) * 0.28 for n in range((count + 1) // 2)]
        xs = [0.04 + d for d in half] + [0.96 - d for d in half][: count - len(half)]
    else:
        wide = spread if not spot.sides & {"left", "right", "middle"} else PART * 0.8
        xs = [spot.x + wide * ((n + 0.5) / count - 0.5) for n in range(count)]
    jitter = rng.uniform(-0.15, 0.15, (count, 2)) * (spread / count)
    feet = [
        (float(np.clip(x + dx, 0.07, 0.93)), spot.y + 0.6 * dy)
        for x, (dx, dy) in zip(xs, jitter, strict=True)
    ]
    if spot.line is None:
        return feet
    return [(x, float(spot.line[int(x * len(spot.line))])) for x, _ in feet]


def bushes(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return single bushes."""
    mask = np.zeros(stage.size, dtype=bool)
    for x, y in _feet(spot, spot.count or 6, rng, 0.9):
        wide = 0.17 * spot.scale**0.5 * rng.uniform(0.8, 1.2)
        for _ in range(3):
            dx = rng.uniform(-0.3, 0.3) * wide
            mask |= lump(stage.size, x + dx, y - 0.2 * wide, 0.7 * wide, 0.55 * wide, rng)
    return mask


def flowers(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a carpet of flowers with gaps."""
    window = window_of(stage, spot)
    patches = waves(stage.size, (9, 9), rng) + waves(stage.size, (18, 18), rng) / 2
    top = spot.y - 0.1 * spot.scale + 0.02 * profile(stage.width, 5, rng)
    below = stage.rows > top[None, :]
    return below & (patches > -0.9) & (window > 0.2)[None, :] & ~stage.mask(*SKY)


def rocks(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return boulders."""
    mask = np.zeros(stage.size, dtype=bool)
    count = spot.count or 3
    for x, y in _feet(spot, count, rng, 0.7):
        wide = (0.26 if count == 1 else 0.17) * spot.scale**0.5 * rng.uniform(0.75, 1.25)
        high = wide * rng.uniform(0.6, 0.9)
        stone = lump(stage.size, x, y - 0.3 * high, wide, high, rng, 0.14, 9)
        mask |= stone & (stage.rows < y + 0.1 * high)
    return mask


def cliff(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a steep wall at one side of the picture, or at both."""
    sides = spot.sides & {"left", "right", "sides"} or {"left" if spot.x < 0.5 else "right"}
    mask = np.zeros(stage.size, dtype=bool)
    for left in (True, False):
        if "sides" not in sides and ("left" in sides) != left:
            continue
        from_side = stage.columns if left else 1 - stage.columns
        top = stage.horizon - 0.32 * spot.scale**0.5
        depth = (stage.rows - top) / (1 - top)
        edge = 0.3 + 0.14 * depth + 0.025 * profile(stage.height, 9, rng)[:, None]
        brow = top + 0.03 * profile(stage.width, 5, rng)[None, :] + 0.15 * from_side
        mask |= (from_side < edge) & (stage.rows >= brow)
    return mask


def built(shape: Callable[..., Mask], tall: float) -> Rule:
    """Return the rule that draws buildings of this shape."""

    def rule(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
        mask = np.zeros(stage.size, dtype=bool)
        count = spot.count or 1
        for x, y in _feet(spot, count, rng, 0.55):
            high = tall * spot.scale**0.5 / count**0.35
            mask |= shape(stage.size, x, y, high, rng)
        return mask

    return rule

"""Rules that draw the sky and the land: clouds, fog, ridges, ground."""

import math

import numpy as np

from spade.words.layout.canvas import Mask, Numbers, profile, smooth
from spade.words.layout.shapes import lump
from spade.words.layout.stage import SKY, Spot, Stage, first_row

# How wide a thing of the land is that is asked for on one side or in the middle.
PART = 0.46


def sky(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return the upper part of the picture, down to an uneven edge."""
    edge = 0.33 * spot.scale**0.5 + 0.03 * profile(stage.width, 3, rng)
    return np.asarray((stage.rows < edge[None, :]) | stage.mask("sky-other"), dtype=np.bool_)


def clouds(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return some clouds in the sky."""
    depth = float(np.median(stage.skyline))
    mask = np.zeros(stage.size, dtype=bool)
    count = spot.count or (7 if spot.scale > 1.3 else 4)
    for number in range(count):
        spread = (number + rng.uniform(0.2, 0.8)) / count
        x = spread if not spot.sides else spot.x + (spread - 0.5) * PART
        y = depth * rng.uniform(0.2, 0.75)
        wide = rng.uniform(0.2, 0.34) * spot.scale**0.5
        for _ in range(5):
            dx, dy = rng.uniform(-0.4, 0.4), rng.uniform(-0.12, 0.12)
            mask |= lump(
                stage.size, x + dx * wide, y + dy * wide, 0.6 * wide,
                wide * rng.uniform(0.22, 0.36), rng,
            )  # fmt: skip
    return mask


def fog(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a level band."""
    middle = spot.y + 0.015 * profile(stage.width, 4, rng)
    half = 0.06 * spot.scale * (1 + 0.3 * profile(stage.width, 3, rng))
    return np.asarray(np.abs(stage.rows - middle[None, :]) < np.abs(half)[None, :], dtype=np.bool_)


def window_of(stage: Stage, spot: Spot) -> Numbers:
    """Return `[W]` from 0 to 1: how much of a wide thing there is in each column."""
    x = stage.columns[0]
    if spot.afloat:
        return np.asarray(
            np.clip(1.3 - np.abs(x - spot.x) / (0.2 * math.sqrt(spot.scale)), 0, 1),
            dtype=np.float32,
        )
    if "sides" in spot.sides:
        return np.asarray(np.clip((np.abs(x - 0.5) - 0.16) / 0.2, 0, 1), dtype=np.float32)
    if spot.sides & {"left", "right", "middle"}:
        return np.asarray(np.clip(1.5 * (1 - np.abs(x - spot.x) / PART), 0, 1), dtype=np.float32)
    return np.ones_like(x)


def _ridge(stage: Stage, spot: Spot, rng: np.random.Generator, tall: float, nodes: int) -> Mask:
    window = window_of(stage, spot)
    line = profile(stage.width, nodes, rng, 5)
    line = (line - line.min()) / max(float(np.ptp(line)), 1e-6)
    heights = tall * spot.scale**0.5 * window * (0.45 + 0.55 * line)
    top = spot.y - heights
    return np.asarray(
        (stage.rows >= top[None, :]) & (stage.rows < spot.y + 0.03) & (window > 0)[None, :],
        dtype=np.bool_,
    )


def mountain(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a ridge of mountains on the horizon."""
    return _down_to_ground(stage, _ridge(stage, spot, rng, min(0.4, 0.6 * spot.y), 4), spot)


def hill(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return round hills on the horizon, or an island."""
    mask = _ridge(stage, spot, rng, min(0.2, 0.35 * spot.y), 2)
    rounder = smooth(mask.astype(np.float32), 0.012 * stage.height) > 0.5
    return _down_to_ground(stage, rounder, spot)


def _down_to_ground(stage: Stage, mask: Mask, spot: Spot) -> Mask:
    """Let no sky show between a ridge and the ground below it."""
    if spot.afloat:
        return mask
    tops = first_row(mask)[None, :]
    return mask | ((stage.rows >= tops) & stage.mask(*SKY))


def ground(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return the ground in front, or on one side."""
    return land(stage, spot, rng, stage.horizon + 0.35 * (1 - stage.horizon))


def dunes(stage: Stage, _spot: Spot, rng: np.random.Generator) -> Mask:
    """Return all ground, with crests for a horizon."""
    top = stage.horizon - 0.04 + 0.05 * profile(stage.width, 2, rng, 2)
    return stage.rows >= top[None, :]


def land(stage: Stage, spot: Spot, rng: np.random.Generator, top: float) -> Mask:
    """Return the ground below `top`, or that of one side of a slanted border."""
    uneven = 0.012 * profile(stage.width, 4, rng)
    if spot.sides & {"left", "right"}:
        from_left = stage.columns if "left" in spot.sides else 1 - stage.columns
        reach = 0.3 + 0.32 * (stage.rows - stage.horizon) / (1 - stage.horizon)
        reach = reach + 0.02 * profile(stage.height, 5, rng)[:, None]
        return (from_left < reach) & (stage.rows >= stage.horizon)
    return stage.rows >= (top + uneven)[None, :]

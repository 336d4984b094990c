"""Rules that draw water, and what winds through the land as water does."""

import math

import numpy as np

from spade.words.layout.canvas import Mask, profile
from spade.words.layout.land import land
from spade.words.layout.shapes import lump, polygon
from spade.words.layout.stage import Spot, Stage


def sea(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return the sea from the horizon to a shore, or on one side."""
    if spot.sides & {"left", "right"}:
        return land(stage, spot, rng, 0)
    shore = spot.y + 0.02 * profile(stage.width, 3, rng)
    return (stage.rows >= stage.horizon) & (stage.rows < shore[None, :])


def lake(stage: Stage, spot: Spot, rng: np.random.Generator, wide: float = 0.8) -> Mask:
    """Return a lake that lies in the ground."""
    wide = wide * spot.scale**0.5 * (0.6 if spot.sides & {"left", "right"} else 1)
    high = min(0.3 * wide, 0.9 * (1 - stage.horizon))
    y = max(spot.y - high / 2, stage.horizon + 0.42 * high)
    return lump(stage.size, spot.x, y, wide, high, rng, 0.07, 18)


def pond(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a small lake."""
    return lake(stage, spot, rng, 0.45)


def _winding(
    stage: Stage, spot: Spot, rng: np.random.Generator, near: float, far: float, swing: float
) -> Mask:
    """Return a strip that runs from the horizon to the viewer, wider as it comes."""
    top = min(stage.horizon, 0.88)
    depth = np.clip((stage.rows[:, 0] - top) / (1 - top), 0, 1)
    phase = rng.uniform(0, 2 * math.pi)
    sway = swing * depth**0.7 * np.sin(phase + 5 * depth**0.6)
    vanish = spot.x + rng.uniform(-0.08, 0.08)
    middle = vanish + (spot.x - vanish) * depth + sway - sway[-1] * depth
    half = spot.scale**0.5 * (far + (near - far) * depth**1.3)
    inside = np.abs(stage.columns - middle[:, None]) < half[:, None]
    return np.asarray(inside & (stage.rows >= top), dtype=np.bool_)


def river(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a river that winds from the horizon to the viewer."""
    return _winding(stage, spot, rng, 0.2, 0.012, 0.16)


def road(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return a road that runs from the viewer to the horizon."""
    return _winding(stage, spot, rng, 0.2, 0.008, 0.05)


def pier(stage: Stage, spot: Spot, _rng: np.random.Generator) -> Mask:
    """Return a pier that leads from the viewer into water."""
    x, end = spot.x, stage.horizon + 0.2 * (1 - stage.horizon)
    far, near = 0.025, 0.13 * spot.scale**0.5
    corners = [(x - far, end), (x + far, end), (x + near, 1.0), (x - near, 1.0)]
    return polygon(stage.size, corners)


def fall(stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return falling water and the pool below it."""
    top = max(0.12, float(np.median(stage.skyline)) + 0.03)
    half = 0.05 * spot.scale**0.5
    sway = 0.01 * profile(stage.height, 6, rng)[:, None]
    width = half * (1 + 0.5 * (stage.rows - top))
    stream = (np.abs(stage.columns - spot.x - sway) < width) & (stage.rows >= top)
    stream &= stage.rows < 0.8
    return np.asarray(
        stream | lump(stage.size, spot.x, 0.88, 7 * half, 0.26, rng, 0.1), dtype=np.bool_
    )

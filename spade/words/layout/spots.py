"""Where to draw a thing: a spot that may suit its form, the places asked for and its anchors."""

from collections.abc import Mapping

import numpy as np

from spade.words.layout.canvas import Mask, Numbers
from spade.words.layout.choose import WATER
from spade.words.layout.places import across, bottom
from spade.words.layout.stage import SKY, Spot, Stage, first_row
from spade.words.records import Thing

# Across: where a thing's middle lies, from and to.
ACROSS = {"left": (0.16, 0.28), "right": (0.72, 0.84), "middle": (0.46, 0.54)}
WIDE = frozenset(
    {"mountain", "hill", "forest", "sea", "ground", "flowers", "dunes", "clouds", "fog", "sky"}
)
# Of the ground between horizon and viewer, how far down a thing stands.
DEPTH = {
    "mountain": (0.0, 0.02), "hill": (0.02, 0.08), "forest": (0.02, 0.1), "fog": (-0.1, 0.15),
    "sea": (0.6, 0.85), "lake": (0.55, 0.85), "water": (0.55, 0.85), "pond": (0.5, 0.8),
    "flowers": (0.45, 0.6),
}  # fmt: skip
USUAL_DEPTH, FRONT, BACK = (0.2, 0.6), (0.82, 0.98), (0.02, 0.12)
# Things that lie on what is flat lie in it.
FLAT = frozenset({"sand", "dirt", "snow", "grass", "flower", "road"}) | WATER
LANDBOUND = frozenset({"tree", "bush", "building-other", "flower"})
TRIES = 8
FLOATING = frozenset({"hill"})


def find_spot(
    thing: Thing, stage: Stage, anchors: Mapping[str, tuple[str, Mask]], scale: float,
    rng: np.random.Generator,
) -> Spot:  # fmt: skip
    """Return a spot to try; by chance, so that another call returns another.

    `anchors` holds, by the relation's kind, an anchor's material and mask.
    """
    x, y = _by_place(thing, stage, rng)
    if thing.label in LANDBOUND and not anchors:
        x, y = _ashore(thing, stage, x, y, rng)
    afloat, line = False, None
    for kind, (label, mask) in anchors.items():
        if not mask.any():
            continue
        if kind in ("in", "on") and (kind == "in" or label in FLAT):
            afloat = afloat or (thing.label in FLOATING and label in WATER)
            x, y = _inside(mask, rng) if label not in ("mountain", "hill") else (x, y)
        elif kind == "on":
            x, y = _on_top(mask, rng)
            line = _brow(mask, y)
        elif kind == "above" and thing.form == "bridge":
            x, y = _crossing(mask, rng)
        else:
            x, y = _beyond(kind, x, y, mask, rng)
    if afloat:
        x, y = _by_place(thing, stage, rng)[0], stage.horizon + rng.uniform(0.06, 0.2)
    sides = thing.places & {"left", "right", "middle", "sides"}
    return Spot(
        x, float(np.clip(y, 0.08, 0.99)), scale, thing.count, frozenset(sides), afloat, line
    )


def _by_place(thing: Thing, stage: Stage, rng: np.random.Generator) -> tuple[float, float]:
    usual = (0.48, 0.52) if thing.form in WIDE else (0.2, 0.8)
    if thing.count and thing.count > 1 and thing.form not in WIDE:
        usual = (0.4, 0.6)
    span = next(
        (ACROSS[place] for place in ("left", "right", "middle") if place in thing.places), usual
    )
    depth = DEPTH.get(thing.form, USUAL_DEPTH)
    if "front" in thing.places:
        depth = FRONT
    elif "back" in thing.places:
        depth = BACK if thing.form not in ("mountain", "hill") else depth
    return rng.uniform(*span), stage.horizon + rng.uniform(*depth) * (1 - stage.horizon)


def _ashore(
    thing: Thing, stage: Stage, x: float, y: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Return a spot that is neither in water nor in the air, or one right before the viewer."""
    wrong = stage.mask(*SKY, *WATER)
    for _ in range(TRIES):
        if not wrong[min(int(y * stage.height), stage.height - 1), int(x * stage.width)]:
            return x, y
        x, y = _by_place(thing, stage, rng)
    return x, FRONT[1]


def _inside(mask: Mask, rng: np.random.Generator) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    low, high = np.quantile(rows, (0.25, 0.9))
    fit = np.flatnonzero((rows >= low) & (rows <= high))
    at = fit[rng.integers(len(fit))]
    height, width = mask.shape
    return float(np.clip(columns[at] / width, 0.12, 0.88)), float(rows[at] / height)


def _on_top(mask: Mask, rng: np.random.Generator) -> tuple[float, float]:
    tops = first_row(mask)
    columns = np.flatnonzero(mask.any(axis=0))
    inner = columns[len(columns) // 6 : len(columns) - len(columns) // 6]
    tries = rng.choice(inner if len(inner) else columns, 3)
    at = tries[np.argmin(tops[tries])]
    return float(np.clip(at / mask.shape[1], 0.12, 0.88)), float(tops[at]) + 0.025


def _brow(mask: Mask, usual: float) -> Numbers:
    """Return `[W]` on what things stand that are on top of a mask, a little within it."""
    tops = first_row(mask) + 0.03
    return np.where(mask.any(axis=0), tops, usual).astype(np.float32)


def _crossing(mask: Mask, rng: np.random.Generator) -> tuple[float, float]:
    """Return where a strip that comes from afar is narrow enough to be crossed."""
    rows = np.flatnonzero(mask.any(axis=1))
    row = rows[int(len(rows) * rng.uniform(0.25, 0.45))]
    return float(np.flatnonzero(mask[row]).mean() / mask.shape[1]), float(row / mask.shape[0])


def _beyond(
    kind: str, x: float, y: float, mask: Mask, rng: np.random.Generator
) -> tuple[float, float]:
    middle, foot = across(mask), bottom(mask)
    top = float(np.quantile(np.nonzero(mask)[0], 0.05)) / mask.shape[0]
    if kind in ("before", "below"):
        return x, max(y, min(foot + rng.uniform(0.0, 0.12), 0.97))
    if kind in ("behind", "above"):
        return x, min(y, top + rng.uniform(-0.02, 0.06))
    if kind == "between":
        return middle + rng.uniform(-0.04, 0.04), y
    away = rng.uniform(0.15, 0.3)
    if kind == "leftof" or (kind == "beside" and (middle > 0.5 or rng.random() < 0.2)):
        return float(np.clip(middle - away, 0.1, 0.9)), y
    if kind in ("rightof", "beside"):
        return float(np.clip(middle + away, 0.1, 0.9)), y
    return x, y

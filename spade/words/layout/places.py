"""What each place and each relation means in a label map: of two masks, a yes or a no.

Rows are counted from above, so what lies lower in the picture is nearer to the viewer. All limits
are shares of the picture or of the thing's own pixels.
"""

from collections.abc import Callable

import numpy as np

from spade.words.layout.canvas import Mask, grown

# So much of a thing must be in its half of the picture.
ON_SIDE = 0.6
AWAY_FROM_MIDDLE, NEAR_MIDDLE = 0.06, 0.17
# Each of both sides has so much of a thing.
ON_EACH_SIDE = 0.12
NEAR_BOTTOM, LOWER_PART = 0.82, 0.6
FAR, FAR_BOTTOM = 0.62, 0.8
UPPER = 0.5
APART = 0.02
TOUCHING, AROUND = 0.12, 0.4
RING = 0.012  # how wide the surroundings of a thing are, as a share of the picture's side


def holds_place(place: str, mask: Mask) -> bool:
    """Tell whether a thing with this mask `[H, W]` is at one of `records.PLACES`."""
    return bool(mask.any()) and _PLACES[place](mask)


def holds_relation(kind: str, mask: Mask, anchor: Mask) -> bool:
    """Tell whether a thing lies to its anchor by one of `records.RELATIONS`."""
    return bool(mask.any() and anchor.any()) and _RELATIONS[kind](mask, anchor)


def across(mask: Mask) -> float:
    """Return the mean place from the left, 0 to 1."""
    return float((np.nonzero(mask)[1].mean() + 0.5) / mask.shape[1])


def down(mask: Mask) -> float:
    """Return the mean place from above, 0 to 1."""
    return float((np.nonzero(mask)[0].mean() + 0.5) / mask.shape[0])


def bottom(mask: Mask) -> float:
    """Return how far down all but a little of it reaches, 0 to 1."""
    return float((np.quantile(np.nonzero(mask)[0], 0.95) + 1) / mask.shape[0])


def ring(mask: Mask) -> Mask:
    """Return what lies right around a thing."""
    return grown(mask, max(2, round(RING * max(mask.shape)))) & ~mask


def _left(mask: Mask) -> bool:
    half = mask.shape[1] // 2
    return across(mask) < 0.5 - AWAY_FROM_MIDDLE and mask[:, :half].sum() >= ON_SIDE * mask.sum()


def _middle(mask: Mask) -> bool:
    return abs(across(mask) - 0.5) <= NEAR_MIDDLE


def _sides(mask: Mask) -> bool:
    third = mask.shape[1] // 3
    least = ON_EACH_SIDE * mask.sum()
    return bool(mask[:, :third].sum() >= least and mask[:, -third:].sum() >= least)


def _front(mask: Mask) -> bool:
    return bottom(mask) >= NEAR_BOTTOM and down(mask) >= LOWER_PART


def _back(mask: Mask) -> bool:
    return down(mask) <= FAR and bottom(mask) <= FAR_BOTTOM


def _before(mask: Mask, anchor: Mask) -> bool:
    return down(mask) > down(anchor) + APART


def _between(mask: Mask, anchor: Mask) -> bool:
    """Is there something of the anchor on either side of its middle?"""
    place = round(across(mask) * mask.shape[1])
    least = ON_EACH_SIDE * anchor.sum()
    return bool(anchor[:, :place].sum() >= least and anchor[:, place:].sum() >= least)


def _in(mask: Mask, anchor: Mask) -> bool:
    """Is the anchor around its lower half? An island has sky above it."""
    lower = np.arange(len(mask)) >= down(mask) * len(mask)
    around = ring(mask) & lower[:, None]
    return bool((around & anchor).sum() >= AROUND * around.sum())


def _on(mask: Mask, anchor: Mask) -> bool:
    """Does it touch the anchor from above, or lie within it?"""
    under = np.zeros_like(mask)
    under[1:] = mask[:-1]
    under &= ~mask
    feet = grown(under, max(2, round(RING * max(mask.shape)))) & ~mask
    return bool((feet & anchor).sum() >= AROUND * feet.sum()) or _in(mask, anchor)


def _beside(mask: Mask, anchor: Mask) -> bool:
    around = ring(mask)
    touches = (around & anchor).sum() >= TOUCHING * around.sum()
    return bool(touches) or abs(across(mask) - across(anchor)) >= NEAR_MIDDLE / 2


def _left_of(mask: Mask, anchor: Mask) -> bool:
    return across(mask) < across(anchor) - AWAY_FROM_MIDDLE


_PLACES: dict[str, Callable[[Mask], bool]] = {
    "left": _left,
    "right": lambda mask: _left(mask[:, ::-1]),
    "middle": _middle,
    "front": _front,
    "back": _back,
    "top": lambda mask: down(mask) <= UPPER,
    "sides": _sides,
}
_RELATIONS: dict[str, Callable[[Mask, Mask], bool]] = {
    "before": _before,
    "behind": lambda mask, anchor: _before(anchor, mask),
    "above": lambda mask, anchor: _before(anchor, mask),
    "below": _before,
    "between": _between,
    "in": _in,
    "on": _on,
    "beside": _beside,
    "leftof": _left_of,
    "rightof": lambda mask, anchor: _left_of(anchor, mask),
}

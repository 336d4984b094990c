"""The label map that a layout is made on, and what is where in it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spade.maps.labels import LabelSet
from spade.words.layout.canvas import LabelMap, Mask, Numbers

SKY = ("sky-other", "clouds", "fog")
FAR = (*SKY, "mountain", "hill")
STANDING = (*FAR, "tree", "bush", "building-other")
# Where the ground begins when the picture shows none, and the least there has to be of it.
USUAL_HORIZON, LEAST_GROUND = 0.6, 0.25


@dataclass(frozen=True)
class Spot:
    """Where to draw: (x, y) of the foot as shares of the picture, how large, how many.

    sides: places of which a wide thing keeps to one, or to both sides; empty for all the width.
    afloat: surrounded by water. line: `[W]` where things stand in each column, if not level.
    """

    x: float
    y: float
    scale: float = 1.0
    count: int | None = None
    sides: frozenset[str] = frozenset()
    afloat: bool = False
    line: Numbers | None = None


class Stage:
    """A label map `[H, W]` of a label set's ids, spoken of by the names of materials."""

    def __init__(self, label_map: LabelMap, label_set: LabelSet) -> None:
        self.map = label_map.copy()
        self.ids = {label.name: label.id for label in label_set.labels}
        self.height, self.width = label_map.shape

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    @cached_property
    def rows(self) -> Numbers:
        """`[H, 1]` places from above, 0 to 1."""
        return _middles(self.height)[:, None]

    @cached_property
    def columns(self) -> Numbers:
        """`[1, W]` places from the left, 0 to 1."""
        return _middles(self.width)[None, :]

    def mask(self, *names: str) -> Mask:
        """Return where any of these materials is."""
        return np.isin(self.map, [self.ids[name] for name in names if name in self.ids])

    def share(self, *names: str) -> float:
        """Return how much of the picture is of these materials, 0 to 1."""
        return float(self.mask(*names).mean())

    def paint(self, name: str, mask: Mask) -> None:
        """Give these pixels a material."""
        self.map[mask] = self.ids[name]

    @property
    def horizon(self) -> float:
        """Where the ground begins, 0 to 1 from above, in most columns."""
        tops = first_row(~self.mask(*FAR))
        middle = float(np.median(tops))
        return middle if 0.05 < middle <= 1 - LEAST_GROUND else USUAL_HORIZON

    @property
    def skyline(self) -> Numbers:
        """`[W]` where the sky ends in each column, 0 to 1 from above."""
        return first_row(~self.mask(*SKY))


def _middles(count: int) -> Numbers:
    return ((np.arange(count) + 0.5) / count).astype(np.float32)


def first_row(mask: Mask) -> Numbers:
    """Return `[W] float32` where a mask begins in each column, 0 to 1 from above; 1 for nowhere."""
    found: npt.NDArray[np.intp] = np.argmax(mask, axis=0)
    tops = np.where(mask.any(axis=0), found, len(mask)) / len(mask)
    return tops.astype(np.float32)


#: Draws a mask `[H, W]` of a thing at a spot of a stage.
Rule = Callable[[Stage, Spot, np.random.Generator], Mask]

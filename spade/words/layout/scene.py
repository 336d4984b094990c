"""One layout made to fit a wish: cleared of what is not wanted, completed, and judged."""

from dataclasses import dataclass

import numpy as np

from spade.maps.labels import LabelSet
from spade.words.layout.canvas import LabelMap, Mask, profile, waves
from spade.words.layout.choose import WATER, is_real
from spade.words.layout.clearing import COVERED, clear, cover_of, prepare
from spade.words.layout.draw import draw
from spade.words.layout.places import holds_place, holds_relation, ring
from spade.words.layout.spots import LANDBOUND, find_spot
from spade.words.layout.stage import SKY, Stage, first_row
from spade.words.records import Relation, Thing, Wish

# What must be there of each thing, and what is aimed at.
LEAST, AIM = 0.02, 0.03
TRIES, GROWTH = 12, 1.25
# Things that are nearer hide those that are farther, so they are drawn later.
NEARNESS = {
    "sky": 0, "clouds": 1, "fog": 9, "mountain": 2, "hill": 3, "ground": 4, "dunes": 4, "sea": 4,
    "lake": 5, "water": 5, "pond": 5, "river": 5, "forest": 6, "cliff": 6, "fall": 7, "road": 7,
    "pier": 8, "flowers": 7, "bushes": 8, "rocks": 8, "trees": 8,
}  # fmt: skip
LACKS, MISPLACED, HARM, FLOATS = 10.0, 3.0, 4.0, 1.5


@dataclass
class Verdict:
    """How well a layout fits: which things are missing, which are not where they should be."""

    missing: list[int]
    misplaced: list[int]
    drawn: int

    @property
    def worth(self) -> float:
        """0 for a perfect fit, less for every fault."""
        return -LACKS * len(self.missing) - MISPLACED * len(self.misplaced) - 0.15 * self.drawn


class Scene:
    """A layout on its way to a wish."""

    def __init__(
        self, label_map: LabelMap, label_set: LabelSet, wish: Wish, rng: np.random.Generator
    ) -> None:
        self.stage = Stage(label_map, label_set)
        self._wish = wish
        self._rng = rng
        self._drawn: dict[int, Mask] = {}

    def fit(self) -> Verdict:
        """Make the layout fit as far as it can be, and say how far that is."""
        prepare(self.stage, self._wish, self._rng)
        for at in self._order():
            if self._faults(at) > 0:
                self._draw(at)
        leftover = self.stage.mask(*self._wish.excluded)
        if leftover.any():
            clear(self.stage, self._wish, leftover)
        return self._verdict()

    def _verdict(self) -> Verdict:
        places = range(len(self._wish.things))
        missing = [at for at in places if self._share(at) < LEAST]
        misplaced = [at for at in places if at not in missing and self._misplaced(at)]
        return Verdict(missing, misplaced, len(self._drawn))

    def visible(self, at: int) -> Mask:
        """Return where a thing is seen, apart from others of its material."""
        thing = self._wish.things[at]
        mask = self.stage.mask(thing.label)
        if at in self._drawn:
            return mask & self._drawn[at]
        for other, drawn in self._drawn.items():
            if self._wish.things[other].label == thing.label:
                mask &= ~drawn
        return mask

    def _order(self) -> list[int]:
        """Return the things in the order of drawing: anchors first, then from far to near."""
        things = self._wish.things
        left = sorted(range(len(things)), key=lambda at: NEARNESS.get(things[at].form, 8))
        order: list[int] = []
        while left:
            free = [
                at for at in left
                if all(a in order or a == at for r in things[at].relations for a in r.anchors)
            ]  # fmt: skip
            order.append((free or left)[0])
            left.remove(order[-1])
        return order

    def _share(self, at: int) -> float:
        return float(self.visible(at).mean())

    def _faults(self, at: int) -> float:
        lacks = self._share(at) < AIM * min(self._wish.things[at].size ** 0.5, 1.2)
        return float(LACKS * lacks + MISPLACED * self._misplaced(at) + FLOATS * self._floats(at))

    def _floats(self, at: int) -> bool:
        """Tell whether something that stands on land stands in water or in the air instead."""
        thing = self._wish.things[at]
        if thing.label not in LANDBOUND or thing.form == "bridge" or at not in self._drawn:
            return False
        mask = self.visible(at)
        if not mask.any():
            return False
        rows = np.nonzero(mask)[0]
        feet = mask & (np.arange(len(mask)) >= np.quantile(rows, 0.97))[:, None]
        around = ring(feet) & ~mask
        wrong = around & self.stage.mask(*SKY, *WATER)
        return bool(wrong.sum() > 0.4 * around.sum())

    def _misplaced(self, at: int) -> int:
        """Return how many of the places and relations asked for do not hold."""
        thing, mask = self._wish.things[at], self.visible(at)
        wrong = sum(not holds_place(place, mask) for place in thing.places)
        return wrong + sum(
            not holds_relation(one.kind, mask, self._anchor(one)) for one in thing.relations
        )

    def _anchor(self, relation: Relation) -> Mask:
        masks = [self.visible(at) for at in relation.anchors]
        return np.asarray(np.logical_or.reduce(masks), dtype=np.bool_)

    def _draw(self, at: int) -> None:
        """Draw a thing at the best of some spots, where it harms nothing that was there."""
        thing = self._wish.things[at]
        before = self.stage.map.copy()
        if thing.label not in SKY:
            clear(self.stage, self._wish, self.visible(at))
        cleared = self.stage.map.copy()
        others = [other for other in range(len(self._wish.things)) if other != at]
        best, best_map, best_mask = -np.inf, before, None
        scale = thing.size
        for number in range(TRIES):
            self.stage.map = cleared.copy()
            mask = self._propose(thing, scale)
            self._underpin(thing, mask)
            self.stage.paint(thing.label, mask)
            self._drawn[at] = mask
            if self._share(at) < AIM:
                scale *= GROWTH
            worth = -self._faults(at) - HARM * sum(self._harmed(other) for other in others)
            if worth > best:
                best, best_map, best_mask = worth, self.stage.map, mask
            if worth == 0 and number >= 1:
                break
        self.stage.map = best_map
        self._drawn.pop(at)
        if best_mask is not None:
            self._drawn[at] = best_mask

    def _underpin(self, thing: Thing, mask: Mask) -> None:
        """Let no sky show between what stands on a hill or a rock and the slope below it."""
        stage = self.stage
        for one in thing.relations:
            label = self._wish.things[one.anchors[0]].label
            if one.kind == "on" and label in COVERED and mask.any():
                foot = np.nonzero(mask)[0].max() / stage.height
                under = first_row(mask)[None, :] <= stage.rows
                gap = under & (stage.rows >= foot - 0.02) & (stage.rows < foot + 0.15)
                stage.paint(label, gap & stage.mask(*SKY) & np.any(mask, axis=0, keepdims=True))

    def _harmed(self, at: int) -> bool:
        """Tell whether something that was there is hidden by now."""
        thing = self._wish.things[at]
        done = at in self._drawn or is_real(thing, self._wish)
        return done and self._share(at) < LEAST

    def _propose(self, thing: Thing, scale: float) -> Mask:
        if cover := cover_of(thing, self._wish):
            return self._cover(thing, self._anchor(cover))
        anchors = {
            one.kind: (self._wish.things[one.anchors[0]].label, self._anchor(one))
            for one in thing.relations
        }
        spot = find_spot(thing, self.stage, anchors, scale, self._rng)
        form = "island" if spot.afloat and thing.form == "hill" else thing.form
        form = "cliff" if form == "rocks" and "sides" in thing.places else form
        mask = draw(form, self.stage, spot, self._rng)
        for kind, (_, anchor) in anchors.items():
            if kind in ("behind", "above", "beside", "between", "leftof", "rightof"):
                mask = mask & ~anchor if kind != "between" else mask
        return mask

    def _cover(self, thing: Thing, anchor: Mask) -> Mask:
        """Return the part of an anchor that is covered: from above, or in patches."""
        stage, rng = self.stage, self._rng
        if thing.label in ("snow", "grass"):
            tops = first_row(anchor)
            depth = anchor.sum(axis=0) / stage.height
            reach = depth * (0.4 + 0.12 * profile(stage.width, 9, rng))
            return np.asarray(anchor & (stage.rows < (tops + reach)[None, :]), dtype=np.bool_)
        patches = waves((stage.height, stage.width), (7, 9), rng)
        return anchor & (patches > 0)

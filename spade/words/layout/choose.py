"""Which layouts of the bank come nearest to a wish."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spade.words.layout.bank import Bank
from spade.words.layout.canvas import LabelMap, Mask
from spade.words.layout.places import holds_place, holds_relation
from spade.words.records import Thing, Wish

# Where things are is looked at in the most promising layouts only.
PROMISING = 60
# A material that covers so much, times the size asked for, is as good as there; of few that are
# asked for there should be more.
ENOUGH, TOGETHER, MOST = 0.08, 0.3, 0.5
# What a layout is worth by what it has and lacks; chosen by looking at what came of it.
PLACED, REPLACED, DRAWN = 0.6, 0.5, 0.75
RULED_OUT, UNASKED, CONSPICUOUS, NO_SKY = 2.0, 0.5, 1.5, 0.7
CHANCE = 0.25
# What nobody overlooks who has not asked for it.
EYECATCHING = ("building-other", "road", "flower", "fog", "river", "snow", "sea", "water-other")
USUAL_SKY = (0.15, 0.65)
# What can be taken for a material that is missing, likest first: its real outline stays.
MAY_BECOME = {
    "sand": ("dirt", "snow", "grass"),
    "dirt": ("sand", "grass", "rock"),
    "snow": ("grass", "sand", "dirt"),
    "grass": ("dirt", "bush", "sand", "snow"),
    "sea": ("water-other", "river"),
    "water-other": ("sea", "river"),
    "mountain": ("hill",),
    "hill": ("mountain",),
    "tree": ("bush",),
    "bush": ("tree",),
    "rock": ("dirt",),
}
# Forms that a real layout has; the others, and whatever is counted, are drawn.
REAL = frozenset(
    {"sky", "clouds", "fog", "mountain", "hill", "forest", "trees", "bushes", "flowers"}
    | {"ground", "dunes", "sea", "lake", "water", "rocks", "cliff"}
)
WATER = frozenset({"sea", "water-other", "river"})
LEAST = 0.02


@dataclass(frozen=True)
class Choice:
    """A layout by its place in the bank, whether it is mirrored, and what it is worth."""

    place: int
    mirrored: bool
    worth: float


def is_real(thing: Thing, wish: Wish) -> bool:
    """Tell whether a layout may have a thing as it is wanted: not counted, and no island."""
    counted = thing.count is not None and thing.form in ("trees", "rocks", "bushes")
    island = any(
        relation.kind == "in" and thing.label not in WATER and wish.things[anchor].label in WATER
        for relation in thing.relations
        for anchor in relation.anchors
    )
    return thing.form in REAL and not counted and not island


def choose(wish: Wish, bank: Bank, rng: np.random.Generator, count: int) -> list[Choice]:
    """Return the best layouts for a wish, best first; chance decides between those alike."""
    shares = bank.shares
    worth = _worth_of_shares(wish, shares)
    worth = worth + CHANCE * rng.standard_normal(len(worth))
    choices = []
    for place in np.argsort(-worth)[:PROMISING]:
        label_map = bank.small[place]
        for mirrored in (False, True):
            seen = label_map[:, ::-1] if mirrored else label_map
            placed = _placed(wish, seen, bank.ids)
            tie = CHANCE / 2 * float(rng.standard_normal())
            choices.append(Choice(int(place), mirrored, float(worth[place]) + placed + tie))
    return sorted(choices, key=lambda one: -one.worth)[:count]


def _worth_of_shares(
    wish: Wish, shares: dict[str, npt.NDArray[np.float64]]
) -> npt.NDArray[np.float64]:
    """Return `[N]` what each layout is worth by how much it has of which material."""
    asked = {thing.label for thing in wish.things}
    worth = np.zeros(len(next(iter(shares.values()))))
    enough = max(ENOUGH, TOGETHER / len(wish.things))
    for thing in wish.things:
        has = _enough(shares[thing.label], enough * thing.size)
        if not is_real(thing, wish):
            has = np.full_like(worth, DRAWN)
        for other in MAY_BECOME.get(thing.label, ()):
            if other not in asked:
                has = np.maximum(has, REPLACED * _enough(shares[other], enough * thing.size))
        worth += has
    for name, share in shares.items():
        if name in wish.excluded:
            worth -= RULED_OUT * share
        elif name not in asked and name not in ("sky-other", "clouds"):
            worth -= (CONSPICUOUS if name in EYECATCHING else UNASKED) * share
    sky = shares["sky-other"] + shares["clouds"] + shares["fog"]
    return worth - NO_SKY * ((sky < USUAL_SKY[0]) | (sky > USUAL_SKY[1]))


def _enough(share: npt.NDArray[np.float64], enough: float) -> npt.NDArray[np.float64]:
    return np.minimum(share / enough, 1) - np.maximum(share - MOST, 0)


def _placed(wish: Wish, label_map: LabelMap, ids: dict[str, int]) -> float:
    """Return what a layout is worth by where things are."""
    masks = [
        _mask(label_map, thing, ids) if is_real(thing, wish) else None for thing in wish.things
    ]
    worth = 0.0
    for thing, mask in zip(wish.things, masks, strict=True):
        if mask is None or mask.mean() < LEAST:
            continue
        worth += PLACED * sum(holds_place(place, mask) for place in thing.places)
        for relation in thing.relations:
            anchors = [masks[at] for at in relation.anchors]
            known = [one for one in anchors if one is not None]
            if known and holds_relation(relation.kind, mask, np.logical_or.reduce(known)):
                worth += PLACED
    return worth


def _mask(label_map: LabelMap, thing: Thing, ids: dict[str, int]) -> Mask:
    return np.asarray(label_map == ids.get(thing.label, -1))

"""What is drawn by rules when no real layout has it: one rule for each form of a thing.

A rule proposes a mask at a spot; whether it is good there is judged by who asked for it.
"""

import numpy as np

from spade.words.layout.canvas import Mask
from spade.words.layout.land import clouds, dunes, fog, ground, hill, mountain, sky
from spade.words.layout.shapes import bridge, castle, house, tower, village
from spade.words.layout.stage import SKY, Rule, Spot, Stage
from spade.words.layout.standing import built, bushes, cliff, flowers, forest, rocks, trees
from spade.words.layout.water import fall, lake, pier, pond, river, road, sea


def draw(form: str, stage: Stage, spot: Spot, rng: np.random.Generator) -> Mask:
    """Return the mask `[H, W]` of a thing of this form; it may hide only what `may_cover` says."""
    rule, over = RULES[form]
    mask = rule(stage, spot, rng)
    return mask & stage.mask(*over) if over else mask


# For each form its rule, and the materials that it may hide; none are named where it hides any.
RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "sky": (sky, SKY),
    "clouds": (clouds, SKY),
    "fog": (fog, ()),
    "mountain": (mountain, SKY),
    "hill": (hill, (*SKY, "mountain")),
    "island": (hill, ()),
    "forest": (forest, ()),
    "trees": (trees, ()),
    "bushes": (bushes, ()),
    "flowers": (flowers, ()),
    "ground": (ground, ()),
    "dunes": (dunes, ()),
    "sea": (sea, ()),
    "lake": (lake, ()),
    "water": (lake, ()),
    "pond": (pond, ()),
    "river": (river, ()),
    "fall": (fall, ()),
    "road": (road, ()),
    "pier": (pier, ()),
    "rocks": (rocks, ()),
    "cliff": (cliff, ()),
    "house": (built(house, 0.2), ()),
    "tower": (built(tower, 0.42), ()),
    "castle": (built(castle, 0.26), ()),
    "village": (built(village, 0.15), ()),
    "bridge": (built(bridge, 0.16), ()),
}

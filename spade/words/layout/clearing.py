"""A layout before anything is drawn on it: without what is unwanted, with ground to stand on."""

import numpy as np

from spade.words.layout.canvas import Mask, fill, profile
from spade.words.layout.choose import EYECATCHING, MAY_BECOME, WATER, is_real
from spade.words.layout.spots import FLAT
from spade.words.layout.stage import FAR, SKY, Stage
from spade.words.records import Relation, Thing, Wish

GROUND = ("grass", "sand", "snow", "dirt")
# What snow, grass or trees can lie on, seen from afar.
COVERED = frozenset({"mountain", "hill", "rock"})
# So much of a material there must be that it can be taken for another.
LENDS = 0.04


def prepare(stage: Stage, wish: Wish, rng: np.random.Generator) -> None:
    """Make a layout ready for what is to be drawn on it."""
    _clear_unwanted(stage, wish)
    _replace_missing(stage, wish)
    _give_ground(stage, wish, rng)


def clear(stage: Stage, wish: Wish, mask: Mask) -> None:
    """Put what is around in the place of what is not wanted; below the horizon no sky."""
    if not mask.any():
        return
    if mask.all():
        stage.paint("sky-other", mask & (stage.rows < 0.5))
        mask = mask & (stage.rows >= 0.5)
    horizon = stage.horizon
    ground = mask & (stage.rows >= horizon)
    stage.map = fill(stage.map, mask)
    if (sunk := ground & stage.mask(*SKY)).any():
        stage.paint(_ground(stage, wish), sunk)
    if (risen := mask & ~ground & stage.mask(*WATER)).any():
        stage.map = fill(stage.map, risen | (stage.mask(*WATER) & (stage.rows < horizon)))


def unasked(stage: Stage, asked: set[str]) -> float:
    """Return how much of a map is of eye-catching materials that nobody asked for."""
    return stage.share(*(name for name in EYECATCHING if name not in asked))


def cover_of(thing: Thing, wish: Wish) -> Relation | None:
    """Return the relation by which a thing lies over another like a cloth, if one does."""
    if thing.form not in ("ground", "forest", "flowers", "bushes"):
        return None
    relations = [one for one in thing.relations if one.kind == "on"]
    return next((r for r in relations if wish.things[r.anchors[0]].label in COVERED), None)


def _clear_unwanted(stage: Stage, wish: Wish) -> None:
    asked = {thing.label for thing in wish.things}
    always = {"building-other", "road", "flower", "fog"} - asked
    drawn = {thing.label for thing in wish.things if not is_real(thing, wish)} - FLAT
    drawn |= {"road", "river"} & asked  # their outlines in the bank are coarse
    unwanted = wish.excluded | always | drawn
    if "sky-other" not in unwanted and "clouds" in unwanted:
        stage.paint("sky-other", stage.mask("clouds"))  # what is around may be mountains
    clear(stage, wish, stage.mask(*unwanted))
    waters = [thing.label for thing in wish.things if thing.label in WATER]
    for other in WATER - asked if waters else ():
        stage.paint(waters[0], stage.mask(other))


def _ground(stage: Stage, wish: Wish) -> str:
    """Return the material of ground that nobody asked for."""
    asked = [t.label for t in wish.things if t.label in GROUND and not t.places]
    present = max(GROUND, key=stage.share)
    names = (*asked, present, "grass", "dirt", "rock", "sand", "sea", *stage.ids)
    return next(name for name in names if name not in wish.excluded)


def _replace_missing(stage: Stage, wish: Wish) -> None:
    """Take one material for another, so that its real outline stays."""
    asked = {thing.label for thing in wish.things}
    for thing in wish.things:
        if not is_real(thing, wish) or stage.share(thing.label) >= LENDS * min(thing.size, 1):
            continue
        if thing.relations and thing.form == "ground" and cover_of(thing, wish):
            continue
        for other in MAY_BECOME.get(thing.label, ()):
            if other not in asked and stage.share(other) >= LENDS:
                stage.paint(thing.label, stage.mask(other))
                break


def _give_ground(stage: Stage, wish: Wish, rng: np.random.Generator) -> None:
    """Let there be ground in front where nearly all is sky and mountains."""
    if all(thing.label in FAR for thing in wish.things):
        return
    if stage.mask(*FAR)[int(0.75 * stage.height) :].mean() > 0.5:
        top = 0.68 + 0.02 * profile(stage.width, 3, rng)
        stage.paint(_ground(stage, wish), (stage.rows >= top[None, :]) & stage.mask(*FAR))

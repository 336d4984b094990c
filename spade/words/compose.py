"""Words in, a label map out."""

import zlib
from dataclasses import dataclass, replace

import numpy as np

from spade.maps.labels import LabelSet, load_label_set
from spade.words.layout.bank import LABEL_SET, Bank, Credit, load_bank
from spade.words.layout.canvas import LabelMap, bend, enlarge
from spade.words.layout.choose import WATER, Choice, choose
from spade.words.layout.clearing import unasked
from spade.words.layout.scene import Scene, Verdict
from spade.words.layout.spots import LANDBOUND
from spade.words.reading.grammar import understand
from spade.words.records import Note, Relation, Thing, Wish, WordsError

# Layouts are made at about this size, whatever size is asked for, and enlarged in the end.
WORK = 192
CANDIDATES = 5
NARROWEST_CROP = 0.75
BENT = 0.02  # of a side
STRANGE = 4.0
# Between these a thing is one that others are on either side of.
FLANKING = frozenset({"tree", "rock", "bush", "building-other"})
WIDE_WATER = 3.0  # as an island needs around it
ISLANDS = frozenset({"hill", "rock", "sand"})


@dataclass(frozen=True)
class Composition:
    """What came of a sentence.

    label_map: `[H, W] uint8` label ids. wish: what was understood; its notes say what could not be
    kept. layout: whose photo the layout is from. drawn: how many things were drawn by rules.
    """

    label_map: LabelMap
    wish: Wish
    layout: Credit
    drawn: int


def compose(
    sentence: str,
    label_set: LabelSet,
    size: tuple[int, int] = (512, 512),
    seed: int = 0,
    bank: Bank | None = None,
) -> Composition:
    """Make a layout from a sentence in English or German.

    The same words, label set, size and seed give the same label map.

    Args:
        sentence: what is to be seen, where, and in what light.
        label_set: one that has the materials of `landscape`, as `coco` has.
        size: (height, width) in pixels.
        seed: an integer of at least 0; another one gives another layout.
        bank: other layouts than those of the library.

    Raises:
        WordsError: empty, too long, nothing in it is understood, or other materials.
    """
    if not label_set.holds(load_label_set(LABEL_SET)):
        raise WordsError(
            "no-materials",
            f"label set '{label_set.name}' has not the materials of '{LABEL_SET}', which layouts "
            "are made of; take a model that has them",
        )
    wish = understand(sentence)
    wish = replace(wish, things=_plain(wish.things))
    # Other words draw other lots, so that a seed is not one layout for all that is alike.
    lots = [seed, zlib.crc32(sentence.encode("utf-8", "replace"))]
    return _compose(wish, label_set, size, lots, bank or load_bank())


def _compose(
    wish: Wish, label_set: LabelSet, size: tuple[int, int], lots: list[int], bank: Bank
) -> Composition:
    rng = np.random.default_rng([*lots, 0])
    best: tuple[float, Scene, Verdict, Choice] | None = None
    asked = {thing.label for thing in wish.things}
    for rank, choice in enumerate(choose(wish, bank, rng, CANDIDATES)):
        start = _start(bank, choice, size, np.random.default_rng([*lots, 1, rank]))
        scene = Scene(start, label_set, wish, np.random.default_rng([*lots, 2, rank]))
        verdict = scene.fit()
        worth = verdict.worth + choice.worth - STRANGE * unasked(scene.stage, asked)
        if best is None or worth > best[0]:
            best = worth, scene, verdict, choice
    assert best is not None
    _, scene, verdict, choice = best
    label_map = enlarge(scene.stage.map, size, 0.6)
    noted = replace(wish, notes=(*wish.notes, *_notes(verdict, wish)))
    return Composition(label_map, noted, bank.credits[choice.place], verdict.drawn)


def _start(bank: Bank, choice: Choice, size: tuple[int, int], rng: np.random.Generator) -> LabelMap:
    """Return a layout of the bank at the size of work: mirrored, cropped and bent."""
    layout = bank.maps[choice.place]
    if choice.mirrored:
        layout = layout[:, ::-1]
    tile = layout.shape[1]
    aspect = size[1] / size[0]
    # A crop of a wide photo for a square picture is squeezed less than all of it.
    least = max(NARROWEST_CROP, min(1.0, aspect / bank.credits[choice.place].aspect))
    wide = round(tile * rng.uniform(least, 1))
    left = int(rng.integers(0, tile - wide + 1))
    scale = WORK / (size[0] * size[1]) ** 0.5
    work = (max(32, round(size[0] * scale)), max(32, round(size[1] * scale)))
    return bend(enlarge(np.ascontiguousarray(layout[:, left : left + wide]), work), rng, BENT, BENT)


def _plain(things: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """Say plainly where things are.

    Flanks are on both sides; what cannot stand in water is on its island, or on the shore.
    """
    flanks = {
        anchor
        for thing in things
        for relation in thing.relations
        if relation.kind == "between" and len(relation.anchors) == 1
        for anchor in relation.anchors
    }
    islands = {
        relation.anchors[0]: at
        for at, thing in enumerate(things)
        for relation in thing.relations
        if relation.kind == "in" and thing.label in ISLANDS
    }
    result = []
    for at, thing in enumerate(things):
        relations = tuple(_ashore(thing, one, things, islands) for one in thing.relations)
        flanking = at in flanks and thing.label in FLANKING and not thing.places
        places = frozenset({"sides"}) if flanking else thing.places
        size = max(thing.size, WIDE_WATER) if at in islands else thing.size
        result.append(replace(thing, relations=relations, places=places, size=size))
    return tuple(result)


def _ashore(
    thing: Thing, relation: Relation, things: tuple[Thing, ...], islands: dict[int, int]
) -> Relation:
    water = things[relation.anchors[0]].label in WATER
    if relation.kind == "in" and water and thing.label == "mountain":
        return Relation("behind", relation.anchors)  # mirrored in it
    if relation.kind != "in" or not water or thing.label not in LANDBOUND:
        return relation
    island = islands.get(relation.anchors[0])
    return Relation("beside", relation.anchors) if island is None else Relation("on", (island,))


def _notes(verdict: Verdict, wish: Wish) -> list[Note]:
    things: tuple[Thing, ...] = wish.things
    return [Note("no-room", things[at].words) for at in verdict.missing] + [
        Note("not-placed", things[at].words) for at in verdict.misplaced
    ]

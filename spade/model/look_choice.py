"""Which look a seed takes: a function of bank, label map, seed and preset, and of nothing else.

Every look has a rank that follows from the seed and its id alone, and the best-ranked of those that
suit the scene is taken. While one paints on, another is taken only when the scene becomes one of
another kind, and often not even then, since most looks suit several; and a look that joins the bank
or leaves it changes no seed but those that it wins or loses.
"""

import numpy as np
import numpy.typing as npt

from spade.maps.labels import LabelSet
from spade.maps.scenes import scene_of
from spade.maps.signature import signature, similarity
from spade.model.looks import LookBank

# Of so many times the looks wanted, the most different ones are shown. With three times near twins
# were among them, and how alike the photos are says little of what their styles paint.
POOL = 12
# SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): its step and its mixing function.
STEP = np.uint64(0x9E3779B97F4A7C15)
MIXING = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
LAST_SHIFT = np.uint64(31)

LabelMap = npt.NDArray[np.integer]
Places = npt.NDArray[np.intp]


class Chooser:
    """Chooses among a bank's looks; a look is told by its place in the bank."""

    def __init__(self, bank: LookBank, label_set: LabelSet) -> None:
        self._looks = bank.looks
        self._label_set = label_set
        self._signatures = bank.signatures.numpy()
        self._colours = np.array(
            [[look.brightness, look.warmth, look.saturation] for look in bank.looks]
        )
        self._places: dict[tuple[str, str | None], Places] = {}
        self._keys = np.array([int(look.id, 16) for look in bank.looks], dtype=np.uint64)

    def choose(self, label_map: LabelMap, seed: int, preset: str | None = None) -> int:
        """Return the place of the look that a seed takes for a label map `[H, W]`."""
        scene = scene_of(signature(label_map, self._label_set), self._label_set)
        allowed = self._allowed(scene, preset)
        ranks = _mixed(_mixed(np.array([seed], dtype=np.uint64)) ^ self._keys[allowed])
        return int(allowed[np.argmax(ranks)])

    def fitting(self, label_map: LabelMap, count: int, preset: str | None = None) -> list[int]:
        """Return places of up to `count` looks that suit a label map, as unlike as they can be.

        They are picked from the looks of the most similar photos, the most similar one first.
        """
        found = signature(label_map, self._label_set)
        allowed = self._allowed(scene_of(found, self._label_set), preset)
        alike = similarity(found, self._signatures[allowed])
        nearest = allowed[np.argsort(-alike, kind="stable")[: POOL * count]]
        return _spread(nearest, self._colours[nearest], count)

    def _allowed(self, scene: str, preset: str | None) -> Places:
        """Return the places of the looks to choose from, in the bank's order; never none."""
        key = (scene if preset is None else "", preset)
        if key not in self._places:
            asked = [preset in o.presets if preset else scene in o.scenes for o in self._looks]
            everything = np.arange(len(asked))
            self._places[key] = np.flatnonzero(asked) if any(asked) else everything
        return self._places[key]


def _spread(places: Places, colours: npt.NDArray[np.float64], count: int) -> list[int]:
    """Pick the first, then again and again what is farthest from all that are picked."""
    picked = [0] if len(places) else []
    while 0 < len(picked) < min(count, len(places)):
        distances = np.abs(colours[:, None] - colours[picked]).sum(axis=2).min(axis=1)
        distances[picked] = -1
        picked.append(int(np.argmax(distances)))
    return [int(places[at]) for at in picked]


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    numbers = numbers + STEP
    for shift, factor in MIXING:
        numbers = (numbers ^ (numbers >> shift)) * factor
    return numbers ^ (numbers >> LAST_SHIFT)

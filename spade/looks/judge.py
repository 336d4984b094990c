"""What looks are good for, told by what the model paints with them.

A photo says little of that: where it shows a lake or a meadow, its style paints the sea alike, and
a few paint orange hills under a dark sky though nothing in their photo is so. So each look paints a
few doodles. Seeds choose for a kind of scene those that paint its doodles in the colours that
photos have there, and a preset takes those whose pictures look most like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spade.data.label_colours import UsualColours, mean_luma
from spade.looks.presets import GLARE, PRESETS, Colours, measure_colours
from spade.maps.free_hand import free_hand_doodle
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import LabelSet
from spade.maps.scenes import ANY, KINDS

Picture = npt.NDArray[np.uint8]
LabelMap = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

# What stands for each kind of scene.
DOODLES = {"winter": ("winter",), ANY: ("bay", "meadow", "canyon")}
SIDE = 128
# For each kind of scene, the share of the looks that paint it in the most usual colours.
KEPT = 0.6
# Darker pictures than of so many photos are not chosen for a scene, however usual their colours.
DARK_SHARE = 0.08
# A preset takes one look in so many, within limits.
PRESET_SHARE, PRESET_LEAST, PRESET_MOST = 32, 6, 24
# How much a look's likeness to other presets, and odd colours, count against it.
RIVALS, ODD = 0.7, 0.5


@dataclass(frozen=True)
class Verdict:
    """What a look is good for; see `spade.maps.looks.Look`."""

    scenes: tuple[str, ...]
    presets: tuple[str, ...]
    colours: Colours


def judge_doodles(
    label_set: LabelSet, multiple: int, spare: Sequence[LabelMap]
) -> list[tuple[str, LabelMap]]:
    """Return small label maps, each with the kind of scene that it stands for.

    Their sides are the multiple of `multiple` next to `SIDE`. `spare` stand for all kinds alike
    where the label set has not the labels of the doodles.
    """
    found = [
        (kind, free_hand_doodle(name, label_set))
        for kind, names in DOODLES.items()
        for name in names
    ]
    maps = [(kind, one) for kind, one in found if one is not None]
    if len(maps) < len(found):
        maps = [(kind, one) for kind in KINDS for one in spare]
    side = max(1, round(SIDE / multiple)) * multiple
    return [(kind, resize_nearest(one, (side, side))) for kind, one in maps]


def judge(
    pictures: npt.NDArray[np.uint8],
    doodles: Sequence[tuple[str, LabelMap]],
    label_set: LabelSet,
    usual: UsualColours,
    darkest: float,
) -> list[Verdict]:
    """Say what each look is good for.

    Args:
        pictures: `[looks, doodles, H, W, 3] uint8 RGB`, what each paints of the doodles.
        doodles: as `judge_doodles` returned them.
        label_set: of the doodles.
        usual: the colours of photos by label.
        darkest: mean grey value, from 0 to 1, below which pictures are not chosen for a scene.
    """
    size = pictures.shape[2:4]
    kinds = [kind for kind, _ in doodles]
    maps = [resize_nearest(label_map, size) for _, label_map in doodles]
    odd = np.array(
        [
            [
                usual.oddity(one, label_map, label_set)
                for one, label_map in zip(row, maps, strict=True)
            ]
            for row in pictures
        ]
    )
    light = np.array([[mean_luma(one) for one in row] for row in pictures])
    colours = [measure_colours(row) for row in pictures]
    odd /= np.maximum(np.median(odd, axis=0), 1e-6)
    presets = _presets(colours, odd.mean(axis=1))
    scenes = {kind: _suited(odd, light, [k == kind for k in kinds], darkest) for kind in set(kinds)}
    return [
        Verdict(
            tuple(kind for kind in KINDS if kind in scenes and at in scenes[kind]),
            tuple(name for name, places in presets.items() if at in places),
            colours[at],
        )
        for at in range(len(pictures))
    ]


def _suited(odd: Numbers, light: Numbers, of_kind: Sequence[bool], darkest: float) -> set[int]:
    """Return the places of the looks that paint the doodles of one kind in usual colours."""
    oddity, lightness = odd[:, of_kind].mean(axis=1), light[:, of_kind].min(axis=1)
    kept = np.argsort(oddity, kind="stable")[: max(1, round(KEPT * len(odd)))]
    bright = [int(at) for at in kept if lightness[at] >= darkest]
    return set(bright or kept.tolist())


def _presets(colours: Sequence[Colours], oddity: Numbers) -> dict[str, set[int]]:
    """Return the places of the looks of each preset."""
    fits = np.array(
        [[fit(one) - GLARE * one.clipped for one in colours] for fit in PRESETS.values()]
    )
    fits = (fits - fits.mean(axis=1, keepdims=True)) / (fits.std(axis=1, keepdims=True) + 1e-6)
    odd = (oddity - oddity.mean()) / (oddity.std() + 1e-6)
    count = min(max(len(colours) // PRESET_SHARE, PRESET_LEAST), PRESET_MOST)
    places = {}
    for at, name in enumerate(PRESETS):
        rivals = np.delete(fits, at, axis=0).max(axis=0)
        order = np.argsort(RIVALS * rivals + ODD * odd - fits[at], kind="stable")
        places[name] = set(order[:count].tolist())
    return places

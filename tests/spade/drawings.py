"""Drawings stroke by stroke, as people make them: material by material, or at random."""

import numpy as np
from PIL import Image, ImageDraw

from spade.maps.free_hand import SCENES
from spade.maps.labels import LabelSet

SIDE = 96
STROKES = 40


def drawn_in_strips(name: str, label_set: LabelSet, blank: str) -> list[np.ndarray]:
    """Return the label maps after each of 40 strokes of a scene, filled in from the back.

    The canvas is `blank` at first; a material is filled in from above, strip by strip.
    """
    ids = {label.name: label.id for label in label_set.labels}
    canvas = np.full((SIDE, SIDE), ids[blank], np.uint8)
    scene, states = SCENES[name], []
    ends = [round((at + 1) * STROKES / len(scene)) for at in range(len(scene))]
    for (material, corners), start, end in zip(scene, [0, *ends], ends, strict=False):
        picture = Image.new("1", (SIDE, SIDE))
        ImageDraw.Draw(picture).polygon([(x * SIDE, y * SIDE) for x, y in corners], fill=1)
        shape = np.asarray(picture)
        rows = np.flatnonzero(shape.any(axis=1))
        for strip in np.array_split(np.arange(rows[0], rows[-1] + 1), end - start):
            canvas = canvas.copy()
            canvas[strip] = np.where(shape[strip], ids[material], canvas[strip])
            states.append(canvas)
    return states


def scribbled(materials: list[int], seed: int) -> list[np.ndarray]:
    """Return the label maps after each of 40 broad strokes at random, with few materials."""
    rng = np.random.default_rng(seed)
    picture = Image.new("L", (SIDE, SIDE), materials[0])
    states = []
    for _ in range(STROKES):
        x, y = int(rng.integers(-20, SIDE)), int(rng.integers(SIDE))
        end = (x + int(rng.integers(20, SIDE)), y + int(rng.integers(-20, 20)))
        width = int(rng.integers(4, 20))
        label = int(rng.choice(materials))
        ImageDraw.Draw(picture).line([(x, y), end], fill=label, width=width)
        states.append(np.asarray(picture).copy())
    return states

"""A few scenes as a person would doodle them: few labels, flat regions, straight borders."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from spade.maps.labels import LabelSet

SIZE = 512
# Each scene is painted back to front; a polygon is a label name and its corners in [0, 1].
Scene = tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


def _band(top: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return ((0, top), (1, top), (1, bottom), (0, bottom))


def _blob(x: float, y: float, width: float, height: float) -> tuple[tuple[float, float], ...]:
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return tuple((x + width * float(np.cos(t)), y + height * float(np.sin(t))) for t in turns)


SCENES: dict[str, Scene] = {
    "bay": (
        ("sky-other", _band(0, 0.5)),
        ("clouds", _blob(0.3, 0.15, 0.22, 0.07)),
        ("mountain", ((0.35, 0.5), (0.6, 0.18), (0.78, 0.36), (0.9, 0.26), (1, 0.4), (1, 0.5))),
        ("sea", _band(0.5, 0.85)),
        ("sand", ((0, 0.8), (0.5, 0.86), (1, 0.8), (1, 1), (0, 1))),
    ),
    "lake": (
        ("sky-other", _band(0, 0.45)),
        (
            "mountain",
            ((0, 0.45), (0.25, 0.15), (0.5, 0.4), (0.75, 0.1), (1, 0.35), (1, 0.5), (0, 0.5)),
        ),
        ("tree", ((0, 0.42), (0.3, 0.47), (0.7, 0.46), (1, 0.4), (1, 0.54), (0, 0.54))),
        ("water-other", _band(0.53, 1)),
        ("rock", _blob(0.8, 0.9, 0.18, 0.08)),
    ),
    "meadow": (
        ("sky-other", _band(0, 0.4)),
        ("clouds", _blob(0.7, 0.12, 0.25, 0.08)),
        ("hill", ((0, 0.42), (0.3, 0.3), (0.65, 0.38), (1, 0.28), (1, 0.5), (0, 0.5))),
        ("grass", _band(0.45, 1)),
        ("tree", _blob(0.25, 0.42, 0.13, 0.2)),
        ("flower", ((0, 0.85), (0.5, 0.8), (1, 0.9), (1, 1), (0, 1))),
    ),
    "winter": (
        ("clouds", _band(0, 0.5)),
        ("mountain", ((0, 0.5), (0.4, 0.12), (0.7, 0.4), (1, 0.3), (1, 0.55), (0, 0.55))),
        ("snow", _band(0.5, 1)),
        ("tree", ((0.7, 0.7), (0.78, 0.3), (0.86, 0.7))),
        ("tree", ((0.85, 0.75), (0.92, 0.35), (1, 0.75))),
    ),
    "canyon": (
        ("sky-other", _band(0, 0.3)),
        ("rock", ((0, 0.2), (0.35, 0.25), (0.42, 0.8), (0, 1))),
        ("rock", ((1, 0.15), (0.6, 0.28), (0.55, 0.8), (1, 1))),
        ("river", ((0.42, 0.6), (0.56, 0.6), (0.75, 1), (0.2, 1))),
        ("mountain", ((0.3, 0.3), (0.5, 0.2), (0.65, 0.3), (0.56, 0.6), (0.42, 0.6))),
    ),
    "road": (
        ("sky-other", _band(0, 0.45)),
        ("tree", ((0, 0.2), (0.3, 0.42), (0.3, 0.5), (0, 0.6))),
        ("tree", ((1, 0.15), (0.7, 0.42), (0.7, 0.5), (1, 0.6))),
        ("grass", _band(0.48, 1)),
        ("road", ((0.48, 0.48), (0.52, 0.48), (0.8, 1), (0.2, 1))),
    ),
    "mist": (
        ("fog", _band(0, 0.55)),
        ("hill", ((0, 0.4), (0.4, 0.3), (1, 0.45), (1, 0.6), (0, 0.6))),
        ("tree", ((0, 0.6), (0.5, 0.55), (1, 0.62), (1, 0.8), (0, 0.8))),
        ("bush", _band(0.78, 1)),
    ),
    "coast": (
        ("sky-other", _band(0, 0.35)),
        ("clouds", ((0, 0.2), (1, 0.1), (1, 0.22), (0, 0.3))),
        ("sea", _band(0.35, 1)),
        ("rock", ((0.55, 0.3), (0.7, 0.2), (1, 0.25), (1, 1), (0.75, 1), (0.6, 0.6))),
        ("grass", ((0.72, 0.2), (1, 0.14), (1, 0.3), (0.75, 0.28))),
    ),
}


def free_hand_doodles(label_set: LabelSet) -> list[npt.NDArray[np.uint8]]:
    """Return `[512, 512] uint8` label maps of the scenes whose labels the set has."""
    doodles = [free_hand_doodle(name, label_set) for name in SCENES]
    return [doodle for doodle in doodles if doodle is not None]


def free_hand_doodle(name: str, label_set: LabelSet) -> npt.NDArray[np.uint8] | None:
    """Return one scene's `[512, 512] uint8` label map, or None if the set lacks its labels."""
    ids = {label.name: label.id for label in label_set.labels}
    if label_set.unlabelled_id is None or any(label not in ids for label, _ in SCENES[name]):
        return None
    return _paint(SCENES[name], ids)


def _paint(scene: Scene, ids: dict[str, int]) -> npt.NDArray[np.uint8]:
    # The first label is the ground, so that no pixel stays without one.
    picture = Image.new("L", (SIZE, SIZE), ids[scene[0][0]])
    pen = ImageDraw.Draw(picture)
    for name, corners in scene:
        pen.polygon([(x * SIZE, y * SIZE) for x, y in corners], fill=ids[name])
    return np.asarray(picture)

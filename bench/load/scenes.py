"""Label maps to send: skies, ridges, lakes and trees, always the same ones."""

from functools import lru_cache

import numpy as np

from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set

SKY, MOUNTAIN, GRASS, SEA, TREE = 156, 134, 123, 154, 168


@lru_cache
def scenes(count: int = 16, size: tuple[int, int] = (256, 256)) -> tuple[bytes, ...]:
    """Return `count` landscapes as label-map PNGs."""
    return tuple(_scene(np.random.default_rng(seed), size) for seed in range(count))


def _scene(rng: np.random.Generator, size: tuple[int, int]) -> bytes:
    height, width = size
    y, x = np.mgrid[:height, :width]
    labels = np.full(size, SKY, np.uint8)
    waves = np.sin(x / rng.uniform(15, 40) + rng.uniform(0, 6)) * rng.uniform(5, 40)
    labels[y > height * rng.uniform(0.35, 0.55) + waves] = MOUNTAIN
    labels[y > height * rng.uniform(0.6, 0.75) + waves / 5] = rng.choice([GRASS, SEA])
    for _ in range(rng.integers(0, 6)):
        row, column, radius = (
            rng.uniform(0.5, 1) * height,
            rng.uniform(0, width),
            rng.uniform(8, 30),
        )
        labels[(y - row) ** 2 + (x - column) ** 2 < radius**2] = TREE
    return write_label_map(labels, load_label_set("landscape"))

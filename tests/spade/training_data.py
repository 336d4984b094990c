"""Small photo and label pairs for tests of training and evaluation, made on the spot."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spade.maps.labels import load_label_set
from spade.train.config import Phase, TrainConfig
from spade.train.recipes import load_config

PAIRS = 5
BATCH = 2


def write_pairs(
    root: Path, label_set: str = "landscape", size: tuple[int, int] = (96, 128)
) -> Path:
    """Write `photos/` and `labels/` in which each label has a colour of its own."""
    ids = load_label_set(label_set).ids
    for index in range(PAIRS):
        labels, photo = _pair(index, ids, size)
        save(root / "photos" / f"{index:03d}.png", photo)
        save(root / "labels" / f"{index:03d}.png", labels)
    return root


def _pair(index: int, ids: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(index)
    blocks = rng.choice(ids[:8], (3, 4))
    labels = np.kron(blocks, np.ones((size[0] // 3, size[1] // 4))).astype(np.uint8)
    colours = np.random.default_rng(99).integers(0, 256, (256, 3))
    noise = rng.integers(-20, 20, (*labels.shape, 3))
    return labels, np.clip(colours[labels] + noise, 0, 255).astype(np.uint8)


def save(path: Path, array: np.ndarray) -> None:
    """Save an array as a picture, with the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def tiny_config(name: str = "landscape", steps: int = 2, **changes: Any) -> TrainConfig:
    """Return a named configuration shrunk to a few channels and pixels, with one phase.

    `steps` of `BATCH` pictures each; changes may be of the configuration or of its phase.
    """
    config = load_config(name)
    wide = config.native_size[1] > config.native_size[0]
    size = (64, 128) if wide else (64, 64)
    known = {one.name for one in fields(Phase)}
    of_phase = {key: changes.pop(key) for key in list(changes) if key in known}
    phase = {
        "images": steps * BATCH,
        "size": size,
        "batch_size": BATCH,
        "least_side": 0,
        **of_phase,
    }
    values: dict[str, Any] = {
        "architecture": replace(config.architecture, ngf=4, z_dim=8, crop_size=size[1]),
        "phases": (replace(config.phases[0], **phase),),
        "native_size": size,
        "ndf": 4,
        "nef": 4,
        "encoder_size": 128,
        "workers": 0,
        "save_every": 2 * BATCH,
        "sample_every": 0,
        "measure_every": 0,
    }
    return replace(config, **{**values, **changes})


def two_phases(**changes: Any) -> TrainConfig:
    """Return a tiny run of two steps of small crops and three of larger ones, statistics held."""
    config = tiny_config(steps=2, native_size=(128, 128), **changes)
    (small,) = config.phases
    large = replace(small, images=3 * BATCH, size=(128, 128), held_statistics=True, least_side=96)
    return replace(config, phases=(small, large))

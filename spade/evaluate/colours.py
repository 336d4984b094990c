"""How believable the light is: dark and glaring pictures of doodles, and presets told apart."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from spade.data.label_colours import mean_luma
from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import resize_nearest
from spade.painter import Painter

Picture = npt.NDArray[np.uint8]
Pictures = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float64]

SEEDS = range(1000, 1024)
PRESET_SEEDS = range(1000, 1008)
# Of real photos, this share is darker than pictures may be, and as many are hotter.
EXTREME = 0.02
BATCH = 8
RIDGE = 1e-4


@dataclass(frozen=True)
class LightFigures:
    """Measured on free-hand doodles in many seeds.

    dark, hot: share of pictures darker, or with more strong orange and red, than 98 % of the photos
    that they are compared with. presets: share whose preset a classifier on colours names rightly,
    None for a model with fewer than two. pictures, preset_pictures: how many were measured.
    """

    dark: float
    hot: float
    presets: float | None
    pictures: int
    preset_pictures: int

    def to_json(self) -> dict[str, float | None]:
        """Return rounded values."""
        return {n: None if v is None else round(v, 4) for n, v in asdict(self).items()}


def measure_light(painter: Painter, pairs: list[Pair]) -> LightFigures | None:
    """Measure a painter's light against the photos of `pairs`; None where it has no doodles.

    Doodles are those of `spade.maps.free_hand`, at the native size, with borders as drawn.
    """
    doodles = free_hand_doodles(painter.label_set)
    if not doodles or not painter.abilities["seed"]:
        return None
    maps = [resize_nearest(doodle, painter.native_size) for doodle in doodles]
    darkest, hottest = limits(_photos(painter, pairs))
    pictures = [one for m in maps for one in _painted(painter, m, SEEDS, None)]
    by_preset = {
        name: np.stack([_vectors(_painted(painter, m, PRESET_SEEDS, name)) for m in maps])
        for name in painter.styles
    }
    return LightFigures(
        float(np.mean([mean_luma(one) < darkest for one in pictures])),
        float(np.mean([hot_share(one) > hottest for one in pictures])),
        told_apart(list(by_preset.values())) if len(by_preset) > 1 else None,
        len(pictures),
        len(by_preset) * len(maps) * len(PRESET_SEEDS),
    )


def limits(photos: Iterable[Picture]) -> tuple[float, float]:
    """Return the least mean grey value and the most heat of all but the most extreme photos."""
    values = np.array([(mean_luma(photo), hot_share(photo)) for photo in photos])
    return float(np.quantile(values[:, 0], EXTREME)), float(np.quantile(values[:, 1], 1 - EXTREME))


def hot_share(picture: Picture) -> float:
    """Return the share of pixels of `[H, W, 3] uint8 RGB` that are strongly orange or red."""
    red, green, blue = picture.astype(np.int16).transpose(2, 0, 1)
    return float(((red > 127) & (red - blue > 90) & (red - green > 38)).mean())


def told_apart(by_class: Sequence[Vectors]) -> float:
    """Return how often the class of a picture is named rightly from those of other seeds.

    Linear discriminant analysis, each fourth seed left out in turn. `by_class` holds one array
    `[doodles, seeds, D]` per class.
    """
    right = []
    seeds = by_class[0].shape[1]
    for fold in range(min(4, seeds)):
        out = np.arange(seeds) % 4 == fold
        known = [one[:, ~out].reshape(-1, one.shape[2]) for one in by_class]
        means = np.stack([one.mean(axis=0) for one in known])
        spread = np.mean([np.cov(one.T) for one in known], axis=0)
        precision = np.linalg.inv(spread + RIDGE * np.eye(len(spread)))
        for name, one in enumerate(by_class):
            off = one[:, out].reshape(-1, 1, one.shape[2]) - means
            distance = np.einsum("ncd,de,nce->nc", off, precision, off)
            right.append(distance.argmin(axis=1) == name)
    return float(np.concatenate(right).mean())


def colour_vector(picture: Picture) -> Vectors:
    """Return mean colours of the upper and lower half, contrast and saturation, `[8]`."""
    values = picture / 255
    half = len(values) // 2
    upper, lower = values[:half].mean(axis=(0, 1)), values[half:].mean(axis=(0, 1))
    return np.array([*upper, *lower, values.mean(axis=2).std(), np.ptp(values, axis=2).mean()])


def _vectors(pictures: Pictures) -> Vectors:
    return np.stack([colour_vector(one) for one in pictures])


def _painted(
    painter: Painter, label_map: Picture, seeds: Sequence[int], preset: str | None
) -> Pictures:
    parts = [
        painter.paint(np.stack([label_map] * len(part)), seeds=part, style=preset)
        for start in range(0, len(seeds), BATCH)
        if (part := seeds[start : start + BATCH])
    ]
    return np.concatenate(parts)


def _photos(painter: Painter, pairs: list[Pair]) -> Iterable[Picture]:
    dataset = PairDataset(pairs, painter.label_set, painter.native_size, None)
    for index in range(len(dataset)):
        pixels = dataset[index]["photo"].permute(1, 2, 0).numpy()
        yield ((pixels + 1) * 127.5).round().astype(np.uint8)

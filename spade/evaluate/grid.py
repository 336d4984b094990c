"""One sheet that shows a model: label maps and what it paints from them with seeds and presets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.maps.free_hand import free_hand_doodles
from spade.maps.labelmap import colour_picture, resize_nearest
from spade.maps.labels import Borders
from spade.painter import Painter

SEEDS = (1, 2, 3, 4)
QUALITY = 85

Picture = npt.NDArray[np.uint8]


def draw_grid(painter: Painter, val_pairs: list[Pair], path: Path, cell: int = 128) -> None:
    """Save every free-hand doodle in four seeds and all presets, then every val map in four seeds.

    Doodles are painted as the page paints them: with natural borders, where the model has them.
    Photos are not shown, so that the sheet may be published whatever their licence is.
    `cell` is the height of a picture on the sheet, in pixels.
    """
    doodles = [
        _doodle_row(painter, doodle, cell) for doodle in free_hand_doodles(painter.label_set)
    ]
    dataset = PairDataset(val_pairs, painter.label_set, painter.native_size, None)
    maps = [painter.label_set.ids[dataset[i]["channels"].numpy()] for i in range(len(dataset))]
    seeded = [_seed_row(painter, label_map, cell, "drawn") for label_map in maps]
    Image.fromarray(_sheet([*doodles, *_two_abreast(seeded)])).save(path, quality=QUALITY)


def _doodle_row(painter: Painter, doodle: Picture, cell: int) -> Picture:
    doodle = resize_nearest(doodle, painter.native_size)
    borders: Borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    presets = [
        painter.paint(doodle[None], seeds=SEEDS[:1], style=name, borders=borders)[0]
        for name in painter.styles
    ]
    return np.concatenate(
        [_seed_row(painter, doodle, cell, borders), *(_small(one, cell) for one in presets)], axis=1
    )


def _seed_row(painter: Painter, label_map: Picture, cell: int, borders: Borders) -> Picture:
    pictures = painter.paint(np.stack([label_map] * len(SEEDS)), seeds=SEEDS, borders=borders)
    cells = [colour_picture(label_map, painter.label_set), *pictures]
    return np.concatenate([_small(one, cell) for one in cells], axis=1)


def _small(picture: Picture, cell: int) -> Picture:
    width = cell * picture.shape[1] // picture.shape[0]
    return np.asarray(Image.fromarray(picture).resize((width, cell), Image.Resampling.LANCZOS))


def _two_abreast(rows: Sequence[Picture]) -> list[Picture]:
    return [np.concatenate(rows[start : start + 2], axis=1) for start in range(0, len(rows), 2)]


def _sheet(rows: Sequence[Picture]) -> Picture:
    """Stack rows of unlike widths, the shorter ones filled with white."""
    width = max(row.shape[1] for row in rows)
    filled = [
        np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    return np.concatenate(filled)

"""One sheet that shows a model: label maps and what it paints from them with several seeds."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.maps.doodles import free_hand_doodles
from spade.maps.labelmap import colour_picture, resize_nearest
from spade.maps.labels import Borders
from spade.painter import Painter

SEEDS = (1, 2, 3)
COLUMNS = 2  # label maps side by side
QUALITY = 85

Picture = npt.NDArray[np.uint8]


def draw_grid(painter: Painter, val_pairs: list[Pair], path: Path, cell: int = 128) -> None:
    """Save every val map and every free-hand doodle, each beside its pictures.

    Doodles are painted as the page paints them: with natural borders, where the model has them.
    Photos are not shown, so that the sheet may be published whatever their licence is.
    `cell` is the height of a picture on the sheet, in pixels.
    """
    dataset = PairDataset(val_pairs, painter.label_set, painter.native_size, None)
    maps = [painter.label_set.ids[dataset[i]["channels"].numpy()] for i in range(len(dataset))]
    doodles = free_hand_doodles(painter.label_set)
    doodles = [resize_nearest(doodle, painter.native_size) for doodle in doodles]
    borders: Borders = "natural" if painter.abilities["natural_borders"] else "drawn"
    rows = [_row(painter, label_map, cell, "drawn") for label_map in maps]
    rows += [_row(painter, doodle, cell, borders) for doodle in doodles]
    rows += [np.full_like(rows[0], 255)] * (-len(rows) % COLUMNS)
    lines = [
        np.concatenate(rows[start : start + COLUMNS], axis=1)
        for start in range(0, len(rows), COLUMNS)
    ]
    Image.fromarray(np.concatenate(lines)).save(path, quality=QUALITY)


def _row(painter: Painter, label_map: Picture, cell: int, borders: Borders) -> Picture:
    pictures = painter.paint(np.stack([label_map] * len(SEEDS)), seeds=SEEDS, borders=borders)
    cells = [colour_picture(label_map, painter.label_set), *pictures]
    width = cell * label_map.shape[1] // label_map.shape[0]
    small = [Image.fromarray(one).resize((width, cell), Image.Resampling.LANCZOS) for one in cells]
    return np.concatenate([np.asarray(one) for one in small], axis=1)

"""Paint the sheet of docs/models.md that shows what natural borders do.

.venv/bin/python -m bench.borders docs/pictures/borders.jpg
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.borders import natural_borders
from spade.maps.free_hand import free_hand_doodle
from spade.maps.labelmap import colour_picture
from spade.painter import Painter, load_painter

SHOWN = ("bay", "meadow", "winter", "mist")
SEED, CELL, QUALITY = 5, 256, 85

Picture = npt.NDArray[np.uint8]


def main() -> None:
    """Write the sheet: a row for each doodle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="where the sheet goes")
    parser.add_argument("--model", default="checkpoints/landscape", help="a folder")
    arguments = parser.parse_args()
    painter = load_painter(arguments.model, engine="fast")
    rows = np.concatenate([row(painter, name) for name in SHOWN])
    Image.fromarray(rows).save(arguments.file, quality=QUALITY)


def row(painter: Painter, name: str) -> Picture:
    """Return doodle, picture of it as drawn, natural outlines, and picture of these."""
    doodle = free_hand_doodle(name, painter.label_set)
    assert doodle is not None
    natural = natural_borders(doodle, painter.label_set, SEED)
    look = painter.choose_looks(doodle[None], seeds=[SEED])
    cells = []
    for label_map in (doodle, natural):
        cells.append(colour_picture(label_map, painter.label_set))
        cells.append(painter.paint(label_map[None], seeds=[SEED], look=look)[0])
    small = [Image.fromarray(one).resize((CELL, CELL), Image.Resampling.LANCZOS) for one in cells]
    return np.concatenate([np.asarray(one) for one in small], axis=1)


if __name__ == "__main__":
    main()

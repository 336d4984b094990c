"""Paint a photo from a doodle or a label map."""

import argparse
from pathlib import Path

from PIL import Image

from spade.labelmap import LabelMap, read_doodle, read_label_map, resize_nearest
from spade.labels import PALETTES, LabelSet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("doodle", type=Path, help="picture in a palette's colours, or label map")
    parser.add_argument("-o", "--out", type=Path, default=Path("photo.png"))
    parser.add_argument("--model", type=Path, default=Path("checkpoints/landscape"))
    parser.add_argument("--palette", choices=PALETTES, default="natural")
    parser.add_argument("--match", choices=["exact", "nearest"], default="exact")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--style", help="a style preset of the model")
    parser.add_argument("--engine", choices=["exact", "fast", "dense"], default="fast")


def run(args: argparse.Namespace) -> int:
    """Paint."""
    from spade.painter import load_painter

    painter = load_painter(args.model, engine=args.engine)
    label_map = _read(args.doodle, args.palette, args.match, painter.label_set)
    label_map = resize_nearest(label_map, painter.native_size)
    picture = painter.paint(label_map[None], seeds=[args.seed], style=args.style)[0]
    Image.fromarray(picture).save(args.out)
    print(args.out)
    return 0


def _read(path: Path, palette: str, match: str, label_set: LabelSet) -> LabelMap:
    data = path.read_bytes()
    with Image.open(path) as picture:
        is_map = picture.format == "PNG" and picture.mode in ("P", "L")
    if is_map:
        return read_label_map(data, label_set)
    return read_doodle(data, palette, label_set, match="exact" if match == "exact" else "nearest")

"""Paint photos from doodles or label maps: one picture, several, or a folder."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.commands._options import add_device, add_engine, add_model, add_out
from spade.commands._pictures import find_pictures, one_by_one
from spade.maps.labelmap import (
    LabelMap,
    colour_picture,
    read_doodle,
    read_label_map,
    resize_nearest,
)
from spade.maps.labels import PALETTES, LabelSet
from spade.maps.photos import read_photo
from spade.recipes import encode, format_of

STYLE_SIDE = 512  # style encoders see 256 or 512 pixels a side

if TYPE_CHECKING:
    from spade.painter import Painter
    from spade.style import Style


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "doodle", type=Path, nargs="+",
        help="pictures in a palette's colours, label maps (8-bit palette or grey PNG), folders",
    )  # fmt: skip
    add_out(parser, "a picture file, or a folder", metavar="PATH", default=Path("photo.png"))
    parser.add_argument(
        "--format", choices=["png", "jpeg", "webp"], help="of pictures in a folder; png if left out"
    )
    add_model(parser)
    parser.add_argument(
        "--as", dest="kind", choices=["auto", "doodle", "label-map"], default="auto",
        help="what the pictures are",
    )  # fmt: skip
    parser.add_argument(
        "--palette", choices=PALETTES, default="natural", help="whose colours a doodle has"
    )
    parser.add_argument(
        "--match", choices=["exact", "nearest"], default="exact",
        help="nearest takes colours outside the palette for the closest one in it",
    )  # fmt: skip
    parser.add_argument(
        "--size", metavar="HxW",
        help="instead of the doodle's own size, or of the model's where it cannot paint that one",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="of style and noise")
    parser.add_argument(
        "--style", metavar="STYLE", help="a style preset of the model, or a picture file"
    )
    parser.add_argument(
        "--look",
        metavar="ID",
        help="one of the model's looks: spade looks --list; or two blended, FIRST+SECOND:WEIGHT",
    )
    parser.add_argument(
        "--borders", choices=["drawn", "natural"], default="drawn",
        help="natural makes smooth outlines as uneven as those of the materials are",
    )  # fmt: skip
    add_engine(parser, "fast")
    add_device(parser)
    parser.add_argument(
        "--dtype", choices=["auto", "float32", "float16", "bfloat16"], default="auto",
        help="what a GPU computes with; auto is float16",
    )  # fmt: skip
    parser.add_argument("--compare", action="store_true", help="doodle and photo side by side")


def run(args: argparse.Namespace) -> int:
    """Paint all, telling of each; one that cannot be painted does not stop the others."""
    from spade.painter import load_painter

    target_of = dict(_targets(args))
    painter = load_painter(args.model, args.device, args.engine, dtype=args.dtype)
    style = _style(args.style, painter)

    def paint(source: Path) -> str:
        look = _paint_one(args, painter, style, source, target_of[source])
        return f"{source} -> {target_of[source]}" + (f" (look {look})" if look else "")

    return one_by_one(list(target_of), paint)


def _targets(args: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    """Yield each source with the file it is painted into."""
    sources = find_pictures(args.doodle)
    one = len(args.doodle) == 1 and not args.doodle[0].is_dir() and not args.out.is_dir()
    if one and args.out.suffix:
        if args.format and args.format != format_of(args.out):
            raise ValueError(f"--format {args.format} does not fit {args.out}; leave one out")
        format_of(args.out)
        yield sources[0], args.out
        return
    if args.out.suffix and not args.out.is_dir():
        raise ValueError(f"{args.out} is one file, but {len(sources)} are painted; name a folder")
    args.out.mkdir(parents=True, exist_ok=True)
    ending = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}[args.format or "png"]
    targets = [args.out / (source.stem + ending) for source in sources]
    for target in targets:
        if targets.count(target) > 1 or any(
            target.exists() and target.samefile(s) for s in sources
        ):
            raise ValueError(f"{target} would be written over; choose another folder or --format")
    yield from zip(sources, targets, strict=True)


def _paint_one(
    args: argparse.Namespace, painter: "Painter", style: "Style", source: Path, target: Path
) -> str | None:
    """Paint one picture into its file, and return the look that it was painted with."""
    label_map = _read(source, args.kind, args.palette, args.match, painter.label_set)
    label_map = resize_nearest(label_map, _size(args.size) or _own_size(label_map, painter))
    maps, seeds = label_map[None], [args.seed]
    looks = painter.choose_looks(maps, seeds, style, args.look)
    pixels = painter.paint(maps, seeds=seeds, style=style, borders=args.borders, look=looks)[0]
    recipe = {
        "model": painter.name,
        "seed": args.seed,
        "label_set": painter.label_set.name,
        "style": args.style,
        "look": looks[0],
        "borders": args.borders,
        "licence": painter.card.licence.name,
    }
    if args.compare:
        pixels = _side_by_side(colour_picture(label_map, painter.label_set), pixels)
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(encode(pixels, format_of(target), recipe))
    partial.replace(target)
    return looks[0]


def _side_by_side(
    doodle: npt.NDArray[np.uint8], photo: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(np.concatenate([doodle, photo], axis=1))


def _own_size(label_map: LabelMap, painter: "Painter") -> tuple[int, int]:
    """Return the size to paint a doodle at: its own if the model can, as over HTTP."""
    height, width = label_map.shape
    return (height, width) if painter.paints((height, width)) else painter.native_size


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    height, cross, width = text.lower().partition("x")
    if not (cross and height.isdigit() and width.isdigit()):
        raise ValueError(f"size '{text}' is not HEIGHTxWIDTH, for example 256x512")
    return int(height), int(width)


def _style(given: str | None, painter: "Painter") -> "Style":
    if given is None or given in painter.styles:
        return given
    path = Path(given)
    if path.is_file():
        return read_photo(path.read_bytes(), side=STYLE_SIDE)
    known = ", ".join(painter.styles) or "none"
    raise ValueError(f"style '{given}' is neither a preset (there are: {known}) nor a file")


def _read(path: Path, kind: str, palette: str, match: str, label_set: LabelSet) -> LabelMap:
    data = path.read_bytes()
    if kind == "auto":
        kind = _kind(path)
    if kind == "label-map":
        return read_label_map(data, label_set)
    return read_doodle(data, palette, label_set, match="exact" if match == "exact" else "nearest")


def _kind(path: Path) -> str:
    """Tell what a picture is; an indexed PNG without our note may be either, so it is asked."""
    try:
        with Image.open(path) as picture:
            mode, ours = picture.mode, "label-set" in picture.info
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from None
    if mode == "L" or (mode == "P" and ours):
        return "label-map"
    if mode == "P":
        raise ValueError(
            "an indexed picture may be a label map (index = label id) or a doodle (its colours "
            "count); say --as label-map or --as doodle"
        )
    return "doodle"

"""Trace photos: write a label map for each, and how sure the model is of it."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from spade.commands._options import add_device, add_model, add_out
from spade.commands._pictures import find_pictures, one_by_one
from spade.data.files import LIMITS
from spade.data.screening import fault_of
from spade.maps.labelmap import write_label_map
from spade.maps.photos import read_photo

if TYPE_CHECKING:
    from spade.segmenter.network import Segmenter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("photo", type=Path, nargs="+", help="pictures, or folders of them")
    add_out(parser, "a folder, for NAME.png each", required=True)
    add_model(parser)
    add_device(parser)
    parser.add_argument(
        "--unsure", type=float, default=0.0, metavar="P",
        help="leave pixels unlabelled whose label is less likely than this",
    )  # fmt: skip
    parser.add_argument(
        "--keep", type=float, default=0.0, metavar="P",
        help="write nothing for photos whose mean confidence is less than this",
    )  # fmt: skip
    parser.add_argument(
        "--screen", action="store_true",
        help="write nothing for photos that have a frame, are in one colour, or are too dark",
    )  # fmt: skip
    parser.add_argument(
        "--confidence", action="store_true",
        help="write NAME.confidence.png too: grey, 255 = certain",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Trace all, telling of each; one that cannot be read does not stop the others."""
    from spade.segmenter.network import load_segmenter

    segmenter = load_segmenter(args.model, args.device)
    if args.unsure > 0 and segmenter.label_set.unlabelled_id is None:
        raise ValueError(f"'{segmenter.label_set.name}' has no unlabelled id; leave out --unsure")
    photos = find_pictures(args.photo)
    _check_names(photos)
    args.out.mkdir(parents=True, exist_ok=True)
    return one_by_one(photos, lambda path: f"{path}: {_trace(segmenter, path, args)}")


def _check_names(photos: Sequence[Path]) -> None:
    """Refuse photos whose label maps would be written over each other."""
    first: dict[str, Path] = {}
    for path in photos:
        other = first.setdefault(path.stem, path)
        if other.absolute() != path.absolute():
            raise ValueError(
                f"{other} and {path} would both become {path.stem}.png; trace them apart, into a "
                "folder each"
            )


def _trace(segmenter: "Segmenter", path: Path, args: argparse.Namespace) -> str:
    """Write the files of one photo, if it is to be kept, and say what came of it."""
    target = args.out / f"{path.stem}.png"
    if target.exists() and target.samefile(path):
        raise ValueError("its label map would be written over it; choose another folder")
    photo = read_photo(path.read_bytes(), LIMITS)
    if args.screen and (fault := fault_of(photo)):
        return f"left out: {fault}"
    label_map, sure = segmenter.trace_with_confidence(photo)
    confidence = f"confidence {sure.mean():.2f}"
    if sure.mean() < args.keep:
        return f"left out: {confidence}"
    unlabelled = segmenter.label_set.unlabelled_id
    if unlabelled is not None:
        label_map[sure < args.unsure] = unlabelled
    target.write_bytes(write_label_map(label_map, segmenter.label_set))
    if args.confidence:
        grey = np.round(255 * sure).astype(np.uint8)
        Image.fromarray(grey).save(args.out / f"{path.stem}.confidence.png")
    return confidence

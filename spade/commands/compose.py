"""Compose a label map from words, in English or German, and say what was understood."""

import argparse
import json
from pathlib import Path

from spade.commands._options import add_out
from spade.maps.labelmap import write_label_map
from spade.maps.labels import BORDERS, LabelSet, load_label_set

SMALLEST, LARGEST = 32, 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("words", help="a scene: what is where, and in what light")
    add_out(parser, "the label map, an 8-bit PNG", metavar="FILE", default=Path("doodle.png"))
    parser.add_argument("--seed", type=int, metavar="N", default=0, help="another one, another map")
    parser.add_argument(
        "--size", default="512", metavar="HxW", help="height and width in pixels, or one side"
    )
    parser.add_argument("--label-set", default="landscape", help="the model's materials")
    parser.add_argument(
        "--borders", choices=BORDERS, default="natural",
        help="natural makes smooth outlines as uneven as those of the materials are",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="tell what was understood as JSON")


def run(args: argparse.Namespace) -> int:
    """Compose, write, tell."""
    from spade.words import compose
    from spade.words.telling import as_json, as_lines

    if args.seed < 0:
        raise ValueError(f"--seed {args.seed} is negative; take an integer of 0 or more")
    label_set = _label_set(args.label_set)
    made = compose(args.words, label_set, _size(args.size), args.seed)
    label_map = made.label_map
    if args.borders == "natural":
        from spade.borders import natural_borders

        label_map = natural_borders(label_map, label_set, args.seed)
    args.out.write_bytes(write_label_map(label_map, label_set))
    if args.json:
        print(json.dumps(as_json(made.wish), ensure_ascii=False, indent=1))
        return 0
    print("\n".join(as_lines(made.wish)))
    light = f" --style {made.wish.light}" if made.wish.light else ""
    print(f"{args.out}; paint it: python -m spade paint {args.out}{light}")
    return 0


def _label_set(name: str) -> LabelSet:
    try:
        return load_label_set(name)
    except KeyError as error:
        raise ValueError(str(error.args[0])) from None


def _size(text: str) -> tuple[int, int]:
    height, cross, width = text.lower().partition("x")
    width = width if cross else height
    if not (height.isdecimal() and width.isdecimal()):
        raise ValueError(f"size '{text}' is not HEIGHTxWIDTH, for example 256x512, nor one side")
    size = int(height), int(width)
    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise ValueError(f"size {text}: each side is {SMALLEST} to {LARGEST} pixels")
    return size

"""Measure the engines against the dense network: time, ratio, error and peak memory.

Engines and dense take turns in one process with the same weights; times are medians. Ratios say
more than seconds: they hardly change when the machine is busy.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from spade.benchmark import Row
    from spade.labels import LabelSet

MIB = 2**20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--size", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--ngf", type=int, default=64)
    parser.add_argument(
        "--maps",
        nargs="+",
        default=["doodle", "coco", "noise"],
        choices=["doodle", "coco", "noise"],
    )
    parser.add_argument(
        "--engines", nargs="+", default=["exact", "fast"], choices=["exact", "fast"]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures here too")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table."""
    import torch

    from spade.architecture import Architecture
    from spade.benchmark import compare, convolution_products, matrix_rate, random_generator
    from spade.labels import load_label_set

    labels = load_label_set("coco")
    rate = matrix_rate()
    print(f"{torch.get_num_threads()} threads, matrix product {2 * rate / 1e9:.0f} GFLOP/s, "
          f"ngf {args.ngf}, {len(labels.labels)} labels, median of {args.rounds}")  # fmt: skip
    rows = []
    for size in args.size:
        architecture = Architecture(len(labels.labels) - 1, ngf=args.ngf, crop_size=size)
        generator = random_generator(architecture)
        bound = convolution_products(generator, (size, size)) / rate
        print(f"\n{size}x{size}: its convolutions alone as plain matrix products {bound:.3f} s")
        print("map      rows  engine  seconds  ratio  largest error  peak MiB")
        maps = {name: _channels(name, size, labels) for name in args.maps}
        rows += compare(generator, ["dense", *args.engines], maps, args.rounds, _print)
    if args.json:
        facts = {
            "threads": torch.get_num_threads(),
            "matrix_flop_per_s": 2 * rate,
            "ngf": args.ngf,
            "rows": [row.to_json() for row in rows],
        }
        args.json.write_text(json.dumps(facts, indent=1) + "\n")
    return 0


def _print(row: "Row") -> None:
    print(
        f"{row.label_map:7}{row.neighbourhoods:6}  {row.engine:6}{row.seconds:9.3f}"
        f"{row.ratio:7.2f}{row.error:15.1e}{row.peak_bytes / MIB:10.0f}",
        flush=True,
    )


def _channels(name: str, size: int, labels: "LabelSet") -> "Tensor":
    import numpy as np
    import torch

    from spade.benchmark import draw_labels

    label_map = draw_labels(name, size, labels)
    return torch.from_numpy(labels.channel_of_id[label_map].astype(np.uint8))

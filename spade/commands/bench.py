"""Measure the engines against the dense network: time, ratio, error and peak memory.

Engines and dense take turns in one process with the same weights; times are medians of whole calls,
from label maps to levels in the host's memory. Ratios say more than seconds: they hardly change
when the machine is busy. With `--model`, whole pictures of a finished model instead, as people ask
for them.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from spade.commands._options import add_device

if TYPE_CHECKING:
    import torch

    from spade.engine import Engine
    from spade.engine.batch import Batch
    from spade.engine.benchmark import Row
    from spade.maps.labels import LabelSet
    from spade.model.generator import Generator

MIB = 2**20
MAPS = ["doodle", "coco", "noise"]
DTYPE_NAMES = ["float16", "bfloat16", "float32"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_device(parser)
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="whole pictures of this checkpoint, nothing else"
    )
    parser.add_argument(
        "--size", type=int, nargs="+", metavar="N", default=[256, 512], help="of square pictures"
    )
    parser.add_argument(
        "--batch", type=int, nargs="+", metavar="N",
        help="pictures at once; if left out 1 on a CPU, 1 4 8 16 on a GPU",
    )  # fmt: skip
    parser.add_argument("--ngf", type=int, metavar="N", default=64, help="width of the last block")
    parser.add_argument("--maps", nargs="+", default=MAPS, choices=MAPS, help="what is painted")
    parser.add_argument(
        "--engines",
        nargs="+",
        default=["exact", "fast"],
        choices=["exact", "fast"],
        help="on a CPU: which ones",
    )
    parser.add_argument(
        "--dtypes",
        nargs="+",
        default=DTYPE_NAMES,
        choices=DTYPE_NAMES,
        help="on a GPU: the exact engine in each",
    )
    parser.add_argument("--rounds", type=int, metavar="N", default=5, help="turns of each")
    # The CUDA engine on a CPU, in plain PyTorch, to try what is meant for a card.
    parser.add_argument("--twin", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")


def run(args: argparse.Namespace) -> int:
    """Measure and print a table."""
    if args.model is not None:
        return _pictures(args)
    import torch

    from spade.engine.benchmark import Comparison, convolution_products, random_generator
    from spade.engine.device import describe, matrix_rate
    from spade.maps.labels import load_label_set
    from spade.model.architecture import Architecture

    labels, device = load_label_set("coco"), torch.device(args.device)
    facts, rate = describe(device), matrix_rate(device)
    print(f"{facts}\nmatrix product {2 * rate / 1e9:.0f} GFLOP/s, ngf {args.ngf}, "
          f"{len(labels.labels)} labels, median of {args.rounds}")  # fmt: skip
    rows = []
    for size in args.size:
        architecture = Architecture(len(labels.labels) - 1, ngf=args.ngf, crop_size=size)
        generator = random_generator(architecture)
        products = convolution_products(generator, (size, size))
        comparison = Comparison(_engines(args, generator, device), device, rate)
        print(f"\n{size}x{size}: {products / 1e9:.0f} GMAC a picture in its convolutions alone")
        print(
            "map   batch   rows  engine          seconds  ratio    error  in 2/255  share     MiB"
        )
        for count in args.batch or ([1, 4, 8, 16] if device.type == "cuda" else [1]):
            for name in args.maps:
                batch = _batch(name, size, count, labels)
                try:
                    measured = comparison.run(name, batch, products, args.rounds)
                except torch.OutOfMemoryError:
                    print(f"{name:6}{count:5}  does not fit this device beside the others")
                    continue
                rows += measured
                for row in measured:
                    _print(row)
    if args.json:
        facts |= {"matrix_flop_per_s": 2 * rate, "ngf": args.ngf, "rounds": args.rounds}
        rows_json = [row.to_json() for row in rows]
        args.json.write_text(json.dumps(facts | {"rows": rows_json}, indent=1) + "\n")
    return 0


def _pictures(args: argparse.Namespace) -> int:
    from spade.evaluate.speed import measure_speed
    from spade.painter import load_painter

    painter = load_painter(args.model, args.device)
    print(f"{painter.name}, median of {args.rounds}\nsize       seconds   least  processor     MiB")
    for row in measure_speed(painter, args.size, args.rounds):
        name = f"{row.size[0]}x{row.size[1]}"
        print(
            f"{name:10}{row.seconds:8.2f}{row.least_s:8.2f}{row.processor_s:11.2f}"
            f"{row.peak_bytes / MIB:8.0f}",
            flush=True,
        )
    return 0


def _engines(
    args: argparse.Namespace, generator: "Generator", device: "torch.device"
) -> dict[str, "Engine"]:
    from spade.engine import build_engine
    from spade.engine.plain import DenseReference

    engines: dict[str, Engine] = {}
    if device.type == "cuda" or args.twin:
        from spade.engine import DTYPES
        from spade.engine.cuda.engine import CudaEngine

        for dtype in args.dtypes:
            engines[f"exact {dtype}"] = CudaEngine(generator, device, DTYPES[dtype])
    else:
        engines = {name: build_engine(name, generator, device) for name in args.engines}
    return {"dense": DenseReference(generator, device), **engines}


def _print(row: "Row") -> None:
    print(
        f"{row.label_map:6}{row.batch:5}{row.neighbourhoods:7}  {row.engine:15}{row.seconds:8.4f}"
        f"{row.ratio:7.2f}{row.error:9.1e}{row.within_2:10.4%}{row.share:7.1%}"
        f"{row.peak_bytes / MIB:8.0f}",
        flush=True,
    )


def _batch(name: str, size: int, count: int, labels: "LabelSet") -> "Batch":
    import numpy as np
    import torch

    from spade.engine.batch import Batch
    from spade.engine.benchmark import draw_labels

    maps = np.stack([draw_labels(name, size, labels, seed) for seed in range(count)])
    return Batch(torch.from_numpy(labels.channel_of_id[maps].astype(np.uint8)))

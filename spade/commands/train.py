"""Train a generator on a folder of photos and label maps, and export it as a checkpoint."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spade.commands._options import add_out
from spade.train.config import TrainConfig
from spade.train.recipes import CONFIGS, load_config

if TYPE_CHECKING:
    from spade.model.card import Card

# Large blocks must stay with the process: handing them back after each step costs fifteen times
# as many page faults. Threads that wait for others spin only briefly, since cores are shared.
# Together they halve the time of a step on two busy cores (bench/training.py). Messages
# that TensorBoard makes in C hand all free memory back each few thousand, huge pages and all.
ENVIRONMENT = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"
    ":glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=8589934592",
    "GOMP_SPINCOUNT": "20000",
    "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--data", type=Path, metavar="DIR", required=True, help="folder of photos and labels"
    )
    parser.add_argument(
        "--more-data",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders to train on too; figures come from --data alone",
    )
    add_out(parser, "folder of the run; resumed if old", required=True)
    parser.add_argument(
        "--config", default="landscape", help=f"{', '.join(CONFIGS)}, or a FILE.json"
    )
    parser.add_argument("--label-set", help="labels of the data instead of the configuration's")
    parser.add_argument(
        "--minutes", type=float, metavar="N", help="save and end after so many; go on later"
    )
    parser.add_argument(
        "--batch-size", type=int, metavar="N", help="pictures per step and device, in every phase"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="of everything random")
    parser.add_argument("--device", help="cpu, cuda or cuda:N; cuda where there is one")
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="DIR",
        help="a checkpoint, or another run, whose weights a new run takes",
    )
    parser.add_argument("--export", type=Path, metavar="DIR", help="write a checkpoint at the end")
    parser.add_argument("--export-only", action="store_true", help="do not train, only --export")
    parser.add_argument(
        "--best", action="store_true", help="export the best by the val split, not the last"
    )
    parser.add_argument(
        "--blend-with", type=Path, metavar="DIR",
        help="export what lies halfway between the run and the checkpoint that it started from",
    )  # fmt: skip
    parser.add_argument(
        "--compact", type=Path, metavar="DIR",
        help="write a small state there, enough to go on from on another machine",
    )  # fmt: skip
    parser.add_argument("--title", help="the model's name for people")
    parser.add_argument("--licence", default="unstated", help="short name of the weights' licence")
    parser.add_argument("--licence-text", default="", help="what the weights may be used for")
    parser.add_argument("--commercial", action="store_true", help="they may be used for money")


def run(args: argparse.Namespace) -> int:
    """Train, then export where asked to."""
    import torch

    from spade.train.run import TrainingDivergedError, train

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if args.export_only and args.export is None and args.compact is None:
        raise ValueError("--export-only needs --export DIR or --compact DIR")
    device = torch.device(args.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if not args.export_only:
        try:
            config = _config(args)
            limit_s = args.minutes and 60 * args.minutes
            train(args.data, args.out, config, device, args.start_from, args.more_data, limit_s)
        except TrainingDivergedError as error:
            print(error)
            return 1
    if args.compact is not None:
        from spade.train.state import save_compact

        save_compact(args.out, args.compact)
    if args.export is not None:
        _export(args)
    return 0


def _config(args: argparse.Namespace) -> TrainConfig:
    config = load_config(args.config)
    if args.batch_size:
        config = config.with_batches_of(args.batch_size)
    changes = {"label_set": args.label_set, "seed": args.seed}
    config = _fitted(replace(config, **{name: value for name, value in changes.items() if value}))
    if args.start_from is None:
        return config
    from spade.train.start import fit_config

    return fit_config(config, args.start_from)


def _fitted(config: TrainConfig) -> TrainConfig:
    """Give the architecture as many label channels as the label set has."""
    from spade.maps.labels import load_label_set

    label_set = load_label_set(config.label_set)
    dont_care = label_set.unlabelled_id is not None
    return replace(
        config,
        architecture=replace(
            config.architecture,
            label_nc=len(label_set.labels) - int(dont_care),
            contain_dontcare=dont_care,
        ),
    )


def _export(args: argparse.Namespace) -> None:
    from spade.model.card import Licence
    from spade.train.export.checkpoint import export

    licence = Licence(args.licence, args.licence_text, args.commercial)
    title = args.title or args.export.name
    card = export(
        args.out,
        args.data,
        args.export,
        title=title,
        licence=licence,
        best=args.best,
        more_data=args.more_data,
        blend_with=args.blend_with,
    )
    card = _with_looks(args, card)
    size = sum(facts.bytes for facts in card.files.values()) / 2**20
    print(f"{args.export}: {card.title}, {size:.1f} MiB, abilities {card.abilities}")
    height, width = card.largest_size
    print(
        f"It paints up to {height}x{width}, twice its own size. Look at larger pictures, and "
        f'write the size of the largest good one into {args.export}/model.json as "max_size".'
    )


def _with_looks(args: argparse.Namespace, card: "Card") -> "Card":
    """Give a model that takes style pictures the looks of the photos that it was trained on."""
    from spade.looks.build import build_looks

    if not card.abilities["style_image"]:
        return card
    try:
        return build_looks(args.export, [args.data, *args.more_data])
    except ValueError as error:
        print(f"{args.export} has no looks: {error}")
        return card

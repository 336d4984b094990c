"""Train what turns photos into label maps, and put it into a checkpoint."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spade.commands._options import add_model

if TYPE_CHECKING:
    from spade.model.card import Card


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_model(parser)
    parser.add_argument(
        "--data", type=Path, nargs="+", metavar="DIR",
        help="folders of photos and labels; the first one measures",
    )  # fmt: skip
    parser.add_argument(
        "--tune", action="store_true",
        help="fine-tune the features too; several times slower, and no better on 219 photos",
    )  # fmt: skip
    parser.add_argument("--steps", type=int, metavar="N", help="fewer for a quick look")
    parser.add_argument("--threads", type=int, metavar="N", help="of the processor")
    parser.add_argument(
        "--take-from", type=Path, metavar="DIR",
        help="do not train: take that checkpoint's segmenter and what its card says of it",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train or take over, and say what the card says now."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if (args.data is None) == (args.take_from is None):
        raise ValueError("say either --data DIR to train, or --take-from DIR")
    card = _take(args.take_from, args.model) if args.take_from else _train(args)
    facts = dict(card.segmenter)
    iou = facts.pop("iou_by_label", {})
    print(f"{args.model}: {facts}\nIoU by label: {iou}")
    return 0


def _take(source: Path, target: Path) -> "Card":
    from spade.maps.labels import load_label_set
    from spade.model.card import SEGMENTER_FILE, read_card
    from spade.segmenter.network import load_segmenter, read_network, save_segmenter

    load_segmenter(source)  # says what is wrong with it
    card = read_card(source)
    network = read_network(source / SEGMENTER_FILE, load_label_set(card.label_set))
    return save_segmenter(target, network.state_dict(), card.segmenter)


def _train(args: argparse.Namespace) -> "Card":
    import torch

    from spade.data.layouts import find_pairs, find_train_pairs
    from spade.evaluate.segmenter import measure_segmenter
    from spade.maps.labels import load_label_set
    from spade.model.card import read_card, update_card
    from spade.segmenter.fit import FROZEN, TUNED, train_segmenter
    from spade.segmenter.network import load_segmenter, save_segmenter

    if args.threads:
        torch.set_num_threads(args.threads)
    labels = load_label_set(read_card(args.model).label_set)
    config = TUNED if args.tune else FROZEN
    config = replace(config, steps=args.steps or config.steps)
    first, *more = args.data
    pairs, val = find_train_pairs(first, more), find_pairs(first, "val")
    network = train_segmenter(pairs, labels, config)
    kind = "fine-tuned" if config.features_rate else "frozen"
    facts = {"photos": len(pairs), "recipe": f"{config.features}, {kind}, {config}"}
    save_segmenter(args.model, network.state_dict(), facts)
    # What is measured is the file as it will be used, in half precision.
    figures = measure_segmenter(load_segmenter(args.model), val)
    return update_card(args.model, segmenter={**facts, "val_photos": len(val), **figures})

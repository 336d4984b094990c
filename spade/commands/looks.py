"""Build the bank of looks of a model, the styles of photos that seeds choose from, or list it."""

import argparse
import logging
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--model", type=Path, default=Path("checkpoints/landscape"), help="a folder"
    )
    parser.add_argument(
        "--data", type=Path, action="append", default=[], metavar="DIR",
        help="photos and label maps to take looks from; may be given several times",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="only list the looks that there are")


def run(args: argparse.Namespace) -> int:
    """Build or list."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if args.list:
        _list(args.model)
        return 0
    if not args.data:
        raise ValueError("say --data DIR to build looks, or --list to see those there are")
    from spade.looks.build import build_looks

    card = build_looks(args.model, args.data)
    print(f"{args.model}: {card.looks}")
    return 0


def _list(model: Path) -> None:
    from spade.model.checkpoint import load_checkpoint

    bank = load_checkpoint(model).looks
    for look in bank.looks if bank else ():
        credit = ", ".join(part for part in (look.author, look.licence, look.source) if part)
        uses = ", ".join((*look.scenes, *look.presets)) or "on wish"
        print(f"{look.id}  {uses}  ({credit})")

"""Fetch published SPADE weights and import them; shows their licence first."""

import argparse
import sys
from pathlib import Path

from spade.commands._options import add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "name", choices=["landscape", "coco", "ade20k", "cityscapes"], help="which weights"
    )
    add_out(parser, "checkpoint folder; checkpoints/NAME-nvidia if left out")


def run(args: argparse.Namespace) -> int:
    """Fetch and import."""
    from spade.imports.download import download
    from spade.imports.presets import PRESETS

    licence = PRESETS[args.name].licence
    out = args.out or Path("checkpoints") / f"{args.name}-nvidia"
    print(f"Licence of these weights: {licence.name}. {licence.text}", flush=True)
    card = download(args.name, out, _show)
    print(f"\n{out}: {card.title}; serve it with MODEL={out.name} ./start")
    return 0


def _show(done: int, total: int | None) -> None:
    of = f" of {total / 2**20:.0f}" if total else ""
    print(f"\r{done / 2**20:.0f}{of} MiB", end="", file=sys.stderr, flush=True)

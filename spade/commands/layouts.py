"""Build the bank of layouts that words are composed from, out of photos' label maps."""

import argparse
import logging
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--data", type=Path, action="append", default=[], metavar="DIR", required=True,
        help="photos and label maps with a manifest.csv; may be given several times",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Build the bank in its place in the library."""
    from spade.words.layout.bank import FOLDER
    from spade.words.layout.harvest import build_layouts

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    print(f"{FOLDER}: {build_layouts(FOLDER, args.data)} layouts")
    return 0

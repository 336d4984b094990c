"""Make a folder again from the pieces that `python -m spade pack` wrote."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("pieces", type=Path, help="folder of the pieces")
    parser.add_argument("folder", type=Path, help="new folder to make")


def run(args: argparse.Namespace) -> int:
    """Join."""
    from spade.pieces import join_folder

    join_folder(args.pieces, args.folder)
    print(f"{args.folder}: {sum(path.is_file() for path in args.folder.rglob('*'))} files")
    return 0

"""Tell what pictures were painted with, so that they can be painted again.

Prints a line of JSON for each: model, seed, label set, style, borders and the weights' licence.
"""

import argparse
import json
import sys
from pathlib import Path

from spade.commands._pictures import find_pictures
from spade.recipes import read_recipe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("picture", type=Path, nargs="+", help="painted pictures, or folders")


def run(args: argparse.Namespace) -> int:
    """Print all recipes; a picture without one does not stop the others."""
    status = 0
    for path in find_pictures(args.picture):
        try:
            print(json.dumps({"picture": str(path), **read_recipe(path)}))
        except (ValueError, OSError) as error:
            print(error, file=sys.stderr)
            status = 1
    return status

"""Options that several commands take, each declared once."""

import argparse
from pathlib import Path

ENGINES = ("exact", "fast", "dense")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Declare `--model`, a checkpoint."""
    parser.add_argument(
        "--model", type=Path, metavar="DIR", default=Path("checkpoints/landscape"),
        help="checkpoint folder",
    )  # fmt: skip


def add_out(
    parser: argparse.ArgumentParser, text: str, *, metavar: str = "DIR",
    default: Path | None = None, required: bool = False,
) -> None:  # fmt: skip
    """Declare `-o`, `--out`: where the result goes."""
    parser.add_argument(
        "-o", "--out", type=Path, metavar=metavar, default=default, required=required, help=text
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Declare `--device`."""
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")


def add_engine(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare `--engine`."""
    parser.add_argument("--engine", choices=ENGINES, default=default, help="what paints")

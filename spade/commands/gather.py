"""Make one data set of several folders: no photo twice, unlabelled ones traced, small enough."""

import argparse
import logging
from pathlib import Path

from spade.commands._options import add_device, add_model, add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="DIR",
        help="data sets taken as they are; the first one's val split measures",
    )  # fmt: skip
    parser.add_argument(
        "--people", type=Path, nargs="+", default=[], metavar="DIR",
        help="data sets whose unlabelled pixels and white mountains the segmenter names",
    )  # fmt: skip
    parser.add_argument(
        "--trace", type=Path, nargs="+", default=[], metavar="DIR",
        help="folders whose photos/ have no label maps; kept where the segmenter is sure",
    )  # fmt: skip
    add_model(parser)
    add_device(parser)
    parser.add_argument(
        "--side", type=int, metavar="N", default=512, help="largest short side of photos (512)"
    )
    parser.add_argument(
        "--quality", type=int, metavar="N", default=90, help="of JPEG, 1 to 95 (90)"
    )
    add_out(parser, "folder of the new data set", required=True)


def run(args: argparse.Namespace) -> int:
    """Gather."""
    from spade.data.gather import Pack, gather
    from spade.segmenter.network import load_segmenter

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    segmenter = load_segmenter(args.model, args.device)
    pack = Pack(args.out, args.side, args.quality)
    count = gather(args.data, args.people, args.trace, pack, segmenter)
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{args.out}: {count} pairs, {size / 2**20:.1f} MiB")
    return 0

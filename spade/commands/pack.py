"""Write a data set, a run or a checkpoint as pieces of 15 MiB, to carry it to another machine.

`python -m spade unpack` makes the folder again. Of a run only what training goes on from is taken.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("folder", type=Path, help="what to pack")
    parser.add_argument("out", type=Path, help="new folder of the pieces")
    parser.add_argument(
        "--photos", type=int, metavar="SIDE", help="of a data set: short side of photos, in pixels"
    )
    parser.add_argument("--limit", type=int, default=64, metavar="MIB", help="of all pieces (64)")


def run(args: argparse.Namespace) -> int:
    """Shrink where asked to, then split."""
    from spade.pieces import MIB, split_folder

    if not args.folder.is_dir():
        raise ValueError(f"{args.folder} is no folder")
    if args.photos is not None and args.photos < 1:
        raise ValueError(f"--photos is {args.photos}; at least 1 pixel")
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder
        if args.photos is not None:
            from spade.data.shrink import shrink

            folder = Path(made) / args.folder.name
            print(f"{shrink(args.folder, folder, args.photos)} pairs")
        files = split_folder(
            folder, args.out, limit_bytes=args.limit * MIB, wanted=_of_a_run(args.folder)
        )
    sizes = [path.stat().st_size for path in files]
    print(f"{args.out}: {len(files)} files, {sum(sizes) / MIB:.1f} MiB, "
          f"the largest {max(sizes) / MIB:.1f} MiB")  # fmt: skip
    return 0


def _of_a_run(folder: Path) -> Callable[[Path], bool]:
    """Return which files are taken: of a run its state and options, else all."""
    if not (folder / "state.json").is_file():
        return lambda _path: True
    return lambda path: path.name in ("state.json", "config.json") or path.name.startswith("state-")

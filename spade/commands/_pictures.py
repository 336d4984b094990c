"""Pictures that a command is given: found in files and folders, and worked through in turn."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from spade.recipes import FORMATS


def find_pictures(given: Iterable[Path]) -> list[Path]:
    """List the files given and the pictures in the folders given.

    Raises:
        ValueError: a folder without pictures.
    """
    return [path for entry in given for path in _pictures(entry)]


def one_by_one(sources: Sequence[Path], do: Callable[[Path], str]) -> int:
    """Do something with each picture and tell of each what `do` says; return the exit status.

    One that cannot be read or written is told and does not stop the others.
    """
    failures = 0
    for number, source in enumerate(sources, start=1):
        start = time.perf_counter()
        try:
            told = do(source)
        except (ValueError, OSError) as error:
            failures += 1
            print(f"{number}/{len(sources)} {source}: {error}", file=sys.stderr)
            continue
        taken = time.perf_counter() - start
        print(f"{number}/{len(sources)} {told} ({taken:.1f} s)", flush=True)
    return 1 if failures else 0


def _pictures(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in FORMATS)
    if not found:
        raise ValueError(f"{path} holds no pictures ({', '.join(FORMATS)})")
    return found

"""A folder as files small enough to carry anywhere, each with its checksum."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

MIB = 2**20
PIECE_BYTES = 15 * MIB
INDEX = "pieces.json"


def split_folder(
    folder: Path,
    out: Path,
    *,
    piece_bytes: int = PIECE_BYTES,
    limit_bytes: int | None = None,
    wanted: Callable[[Path], bool] = lambda _path: True,
) -> list[Path]:
    """Write a folder's files as pieces of a tar archive into `out`, and return all files there.

    The index is written last: a folder without one is not complete.

    Args:
        folder: what to split.
        out: new or empty folder of the pieces.
        piece_bytes: the most of one file.
        limit_bytes: the most of all together.
        wanted: tells which files, by their path inside `folder`, are taken.

    Raises:
        ValueError: nothing to split, `out` holds something, or more than the limit.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [path for path in files if wanted(path.relative_to(folder))]
    if not files:
        raise ValueError(f"{folder} has no files to pack")
    total = sum(path.stat().st_size for path in files)
    if limit_bytes is not None and total > limit_bytes:
        raise ValueError(
            f"{folder} has {total / MIB:.1f} MiB, the limit is {limit_bytes / MIB:.0f} MiB: "
            "raise --limit, or for photos lower --photos"
        )
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    pieces = _Pieces(out, piece_bytes)
    with tarfile.open(fileobj=pieces, mode="w|") as archive:
        for path in files:
            archive.add(path, path.relative_to(folder).as_posix())
    index = {"format": 1, "folder": folder.name, "pieces": pieces.close_last()}
    (out / INDEX).write_text(json.dumps(index, indent=1) + "\n")
    return sorted(out.iterdir())


def join_folder(pieces: Path, folder: Path) -> None:
    """Make the folder again from its pieces; it appears whole or not at all.

    Raises:
        ValueError: no index, a piece is missing or damaged, or `folder` exists.
    """
    index = _read_index(pieces)
    if folder.exists():
        raise ValueError(f"{folder} is there already; name a new folder")
    for piece in index:
        path = pieces / piece["name"]
        if not path.is_file():
            raise ValueError(f"{path} is missing; copy all pieces")
        if hashlib.sha256(path.read_bytes()).hexdigest() != piece["sha256"]:
            raise ValueError(f"{path} is damaged; copy it again")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".join-", dir=folder.parent) as made:
        whole = _Joined(pieces / piece["name"] for piece in index)
        with tarfile.open(fileobj=whole, mode="r|") as archive:
            archive.extractall(Path(made) / "folder", filter="data")
        os.replace(Path(made) / "folder", folder)


def _read_index(pieces: Path) -> list[dict[str, str]]:
    path = pieces / INDEX
    if not path.is_file():
        raise ValueError(f"{pieces} has no {INDEX}: not packed, or not completely")
    index: list[dict[str, str]] = json.loads(path.read_text())["pieces"]
    return index


class _Pieces(io.RawIOBase):
    """A file to write to that goes on in the next piece when one is full."""

    def __init__(self, out: Path, piece_bytes: int) -> None:
        self._out, self._piece_bytes = out, piece_bytes
        self._done: list[dict[str, str]] = []
        self._buffer = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._buffer += data
        while len(self._buffer) >= self._piece_bytes:
            self._put(self._piece_bytes)
        return len(data)

    def close_last(self) -> list[dict[str, str]]:
        """Write what is left and return the index of all pieces."""
        if self._buffer:
            self._put(len(self._buffer))
        return self._done

    def _put(self, size: int) -> None:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        name = f"piece-{len(self._done):03d}"
        (self._out / name).write_bytes(data)
        self._done.append({"name": name, "sha256": hashlib.sha256(data).hexdigest()})


class _Joined(io.RawIOBase):
    """A file to read from that goes on in the next piece where one ends."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._data = (path.read_bytes() for path in paths)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._rest) < size:
            following = next(self._data, None)
            if following is None:
                break
            self._rest += following
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

"""Decoded pairs: the latest stay in memory, as many as fit."""

from collections import OrderedDict
from collections.abc import Callable

from PIL import Image

#: Of one process; a run has `workers` of them. The pictures of a pair may be large.
CACHED_BYTES = 2**30

Decoded = tuple[Image.Image, Image.Image, Image.Image | None]


class DecodedPairs:
    """Photos, label maps and instance maps by their pair's index, read when they are not there."""

    def __init__(self, read: Callable[[int], Decoded], limit_bytes: int) -> None:
        """Keep at most `limit_bytes` of what `read(index)` returns, and always the last."""
        self._read = read
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._kept: OrderedDict[int, Decoded] = OrderedDict()

    def __getitem__(self, index: int) -> Decoded:
        """Return a pair; errors are those of `read`."""
        if index not in self._kept:
            self._kept[index] = self._read(index)
            self._held_bytes += _bytes_of(self._kept[index])
        self._kept.move_to_end(index)
        while self._held_bytes > self._limit_bytes and len(self._kept) > 1:
            _, unused = self._kept.popitem(last=False)
            self._held_bytes -= _bytes_of(unused)
        return self._kept[index]


def _bytes_of(pair: Decoded) -> int:
    """Return what a pair's pixels take in Pillow's memory: one byte each, or four."""
    images = [image for image in pair if image is not None]
    return sum(i.width * i.height * (1 if i.mode in ("1", "L", "P") else 4) for i in images)

"""How a label map lies in the blob store: label ids, one byte each, row by row, in zlib."""

import zlib

MEDIA_TYPE = "application/zlib"
LEVEL = 1  # doodles are flat: more effort saves a few per cent and takes several times as long


def pack(label_ids: bytes) -> bytes:
    """Pack `H * W` label ids."""
    return zlib.compress(label_ids, LEVEL)


def unpack(packed: bytes, size: tuple[int, int]) -> bytes:
    """Unpack the label ids of a map of this (height, width).

    Raises:
        ValueError: damaged, or of another size; never more than that is unpacked.
    """
    wanted = size[0] * size[1]
    try:
        label_ids = zlib.decompressobj().decompress(packed, wanted + 1)
    except zlib.error as error:
        raise ValueError(f"damaged label map: {error}") from None
    if len(label_ids) != wanted:
        raise ValueError(f"label map holds {len(label_ids)} pixels, its size {size} needs {wanted}")
    return label_ids

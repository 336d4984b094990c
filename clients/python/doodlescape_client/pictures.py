"""Pictures on their way to the service: files as they are, arrays as label-map PNGs."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

#: A path, or the bytes of a file.
File = str | os.PathLike[str] | bytes


def file_bytes(file: File) -> bytes:
    """Return a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    return file if isinstance(file, bytes) else Path(file).read_bytes()


def label_map_bytes(label_map: Any) -> bytes:
    """Return a label map as PNG, be it a file already or an array."""
    if isinstance(label_map, str | os.PathLike | bytes):
        return file_bytes(label_map)
    return label_map_png(label_map)


def label_map_png(labels: Any) -> bytes:
    """Write `[H, W] uint8` label ids as an 8-bit grey PNG (ISO/IEC 15948).

    `labels` is anything with Python's buffer protocol, such as a numpy array.

    Raises:
        TypeError: another shape or type of number.
    """
    view = memoryview(labels)
    if view.ndim != 2 or view.format != "B":
        raise TypeError(
            f"A label map has shape [H, W] and uint8 label ids; this has {view.ndim} axes of "
            f"format {view.format!r}. With numpy: labels.astype(numpy.uint8)."
        )
    height, width = view.shape  # type: ignore[misc]  # the stubs allow None
    pixels = view.tobytes()  # row by row, whatever its strides
    # Each row begins with its filter: 0, none.
    rows = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

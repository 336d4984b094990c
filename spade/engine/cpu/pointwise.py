"""The 1x1 shortcut convolutions of modulated, upsampled feature maps.

Where the four pixels of an upsampled cell have the same neighbourhood row, and in a doodle nearly
all have, they hold the same values, so the cell costs one product instead of four.
"""

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.gemm import ROWS, Floats, multiply
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.simd import LANES, load, store
from spade.engine.cpu.winograd import Rows, modulate

Places = npt.NDArray[np.int64]
ITEMS = 16 * ROWS


def pointwise_scratch(channels: int, outputs: int) -> int:
    """Return how many floats of scratch `project` needs."""
    return ITEMS * (channels + outputs)


@kernel
def project(
    first: int, last: int, x: Floats, up: int, rows: Rows, table: Floats, channels: int,
    weights: Floats, panel: int, outputs: int, width: int, scratch: Floats,
    out: Floats,
) -> None:  # fmt: skip
    """Run the rows first..last (of cells where `up`, else of pixels) of a modulated 1x1 layer.

    Args:
        x: `[height >> up, width >> up, channels]`; rows: `[height, width]`.
        table: `[rows, 2 * channels]` scale and shift; weights: packed `[outputs / panel,
            channels, panel]`; out: `[height, width, outputs]`.
    """
    side = 1 + up
    product = ITEMS * channels
    pixel_of = np.empty(ITEMS * 4, dtype=np.int64)
    item_of = np.empty(ITEMS * 4, dtype=np.int64)
    row_of = np.empty(ITEMS, dtype=np.int64)
    items = pixels = 0
    for y in range(first, last):
        for cell in range(width >> up):
            x_at = (y * (width >> up) + cell) * channels
            before = items
            for corner in range(side * side):
                pixel = (y * side + corner // side) * width + cell * side + corner % side
                item = before
                while item < items and row_of[item] != rows[pixel]:
                    item += 1
                if item == items:
                    row_of[item] = rows[pixel]
                    at = rows[pixel] * 2 * channels
                    modulate(x, x_at, table, at, channels, 1.0, scratch, items * channels)
                    items += 1
                pixel_of[pixels], item_of[pixels] = pixel, item
                pixels += 1
            at_end = y == last - 1 and cell == (width >> up) - 1
            if items > ITEMS - 4 or at_end:
                _flush(
                    weights, panel, channels, outputs, items, pixels, pixel_of, item_of, scratch,
                    product, out,
                )  # fmt: skip
                items = pixels = 0


@kernel
def _flush(
    weights: Floats, panel: int, channels: int, outputs: int, items: int, pixels: int,
    pixel_of: Places, item_of: Places, scratch: Floats, product: int, out: Floats,
) -> None:  # fmt: skip
    """Multiply the collected items and copy the results to their pixels."""
    whole = -(-items // ROWS) * ROWS
    multiply(
        scratch, 0, channels, weights, 0, panel, channels, whole, outputs // panel, scratch,
        product, outputs, False,
    )  # fmt: skip
    for n in range(pixels):
        source = product + item_of[n] * outputs
        target = pixel_of[n] * outputs
        for c in range(0, outputs, LANES):
            store(out, target + c, load(scratch, source + c))

"""The 1x1 shortcut convolutions of modulated, upsampled feature maps.

Where the four pixels of an upsampled cell have the same neighbourhood row, and in a doodle nearly
all have, they hold the same values, so the cell costs one product instead of four.
"""

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.gemm import ROWS, Floats, multiply
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.operands import Feature, Projection, Table, modulate
from spade.engine.cpu.simd import LANES, load, store

Places = npt.NDArray[np.int64]
ITEMS = 16 * ROWS


def pointwise_scratch(layer: Projection) -> int:
    """Return how many floats of scratch `project` needs."""
    return ITEMS * (layer.inputs + layer.outputs)


@kernel
def project(
    first: int, last: int, layer: Projection, x: Feature, table: Table, width: int,
    scratch: Floats, out: Floats,
) -> None:  # fmt: skip
    """Run lines first..last (of cells where `x.up`, else of pixels) of a modulated 1x1 layer.

    `out` is `[height, width, outputs]`.
    """
    channels, rows, up = layer.inputs, table.rows, x.up
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
                    at = items * channels
                    modulate(x.values, x_at, table, rows[pixel], channels, scratch, at)
                    items += 1
                pixel_of[pixels], item_of[pixels] = pixel, item
                pixels += 1
            at_end = y == last - 1 and cell == (width >> up) - 1
            if items > ITEMS - 4 or at_end:
                _flush(layer, items, pixels, pixel_of, item_of, scratch, product, out)
                items = pixels = 0


@kernel
def _flush(
    layer: Projection, items: int, pixels: int, pixel_of: Places, item_of: Places,
    scratch: Floats, product: int, out: Floats,
) -> None:  # fmt: skip
    """Multiply the collected items and copy the results to their pixels."""
    outputs = layer.outputs
    whole = -(-items // ROWS) * ROWS
    multiply(
        scratch, 0, layer.inputs, layer.weights, 0, layer.panel, layer.inputs, whole,
        outputs // layer.panel, scratch, product, outputs, False,
    )  # fmt: skip
    for n in range(pixels):
        source = product + item_of[n] * outputs
        target = pixel_of[n] * outputs
        for c in range(0, outputs, LANES):
            store(out, target + c, load(scratch, source + c))

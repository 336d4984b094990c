"""3x3 convolutions of small maps without a transform: nine products per pixel.

The first block works on a few hundred pixels at most. There Winograd's weights, four times the
size, cost more to read from memory than its products save, and they would be the largest part of
the model in memory.
"""

import numpy as np

from spade.engine.cpu.gemm import ROWS, Floats, multiply
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.neighbourhoods import PLACES
from spade.engine.cpu.operands import Convolution, Feature, Table, modulate_pixel
from spade.engine.cpu.simd import LANES, load, store


def framed_rows(height: int, width: int) -> int:
    """Return the pixels of a map with a frame of zeros, and room for the last tile and tap."""
    return -(-height * (width + 2) // ROWS) * ROWS + 2 * (width + 2) + 2


@kernel
def frame(x: Feature, table: Table, channels: int, height: int, width: int, framed: Floats) -> None:
    """Modulate a map into a zeroed frame one pixel wide."""
    for y in range(height):
        for column in range(width):
            to = ((y + 1) * (width + 2) + column + 1) * channels
            modulate_pixel(x, table, y, column, width, channels, framed, to)


@kernel
def convolve_framed(
    first: int, last: int, layer: Convolution, framed: Floats, skip: Feature, height: int,
    width: int, scratch: Floats, out: Floats,
) -> None:  # fmt: skip
    """Compute the output panels first..last.

    The framed map is one long list of pixels, so each tap is one product of the whole map shifted;
    the two pixels between its lines are computed and thrown away.
    """
    channels, outputs, panel = layer.inputs, layer.outputs, layer.panel
    line = width + 2
    pixels = -(-height * line // ROWS) * ROWS
    for part in range(first, last):
        for place in range(PLACES):
            multiply(
                framed, (place // 3 * line + place % 3) * channels, channels, layer.weights,
                (place * (outputs // panel) + part) * channels * panel, panel, channels, pixels, 1,
                scratch, 0, panel, place > 0,
            )  # fmt: skip
        for y in range(height):
            for x in range(width):
                for c in range(0, panel, LANES):
                    column = part * panel + c
                    value = load(scratch, (y * line + x) * panel + c) + load(layer.bias, column)
                    if skip.values.size:
                        cell = (y >> skip.up) * (width >> skip.up) + (x >> skip.up)
                        value = value + load(skip.values, cell * outputs + column)
                    store(out, (y * width + x) * outputs + column, value)


def empty_frame(height: int, width: int, channels: int) -> Floats:
    """Return the zeros that `frame` fills."""
    return np.zeros(framed_rows(height, width) * channels, dtype=np.float32)

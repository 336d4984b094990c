"""What the convolution kernels work on: feature maps, their modulation, and layers' weights.

Arrays are flat; numba takes named tuples as arguments.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.gemm import Floats
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.simd import LANES, fma, load, maximum, splat, store
from spade.model.architecture import SLOPE

Rows = npt.NDArray[np.int32]


class Feature(NamedTuple):
    """A feature map `[height, width, channels]`; with `up` = 1 it stands for twice that size."""

    values: Floats
    up: int = 0


class Table(NamedTuple):
    """Scale and shift: the row of each pixel, and the rows `[scale | shift]`.

    slope: of the leaky ReLU after them; 1 is none.
    """

    rows: Rows
    values: Floats
    slope: float = SLOPE


class Convolution(NamedTuple):
    """A 3x3 layer's weights, packed: transformed for Winograd, or by tap where `direct`.

    weights: `[36 or 9, outputs / panel, inputs, panel]`.
    bias: `[outputs]`.
    """

    inputs: int
    outputs: int
    panel: int
    weights: Floats
    bias: Floats
    direct: bool


class Projection(NamedTuple):
    """A 1x1 layer's weights, packed: `[outputs / panel, inputs, panel]`."""

    inputs: int
    outputs: int
    panel: int
    weights: Floats


class Tiling(NamedTuple):
    """How the map of one convolution is worked through.

    height, width: of the map.
    block_height, block_width: tiles of one block.
    group: its output channels.
    """

    height: int
    width: int
    block_height: int
    block_width: int
    group: int


@kernel
def modulate(
    x: Floats, x_at: int, table: Table, row: int, channels: int, out: Floats, out_at: int
) -> None:
    """Write max(v, slope v) with v = x * scale + shift for the channels of one pixel."""
    leak = splat(np.float32(table.slope))
    first = row * 2 * channels
    for c in range(0, channels, LANES):
        at = first + c
        v = fma(load(x, x_at + c), load(table.values, at), load(table.values, at + channels))
        store(out, out_at + c, maximum(v, v * leak))


@kernel
def modulate_pixel(
    x: Feature, table: Table, y: int, column: int, width: int, channels: int, out: Floats,
    out_at: int,
) -> None:  # fmt: skip
    """Modulate what `x` holds at a pixel of a map of this width."""
    x_at = ((y >> x.up) * (width >> x.up) + (column >> x.up)) * channels
    modulate(x.values, x_at, table, table.rows[y * width + column], channels, out, out_at)

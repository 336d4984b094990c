"""3x3 convolutions of modulated feature maps, block by block in one pass.

Modulation, activation, both of Winograd's transforms and the products run over one block after the
other, so nothing between the feature map that comes in and the one that goes out leaves the cache.
"""

import numpy as np

from spade.engine.cpu.gemm import ROWS, Floats, multiply
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.operands import Convolution, Feature, Table, Tiling, modulate_pixel
from spade.engine.cpu.simd import LANES, splat, store
from spade.engine.cpu.winograd import OUT, PRODUCTS, transform_in, transform_out


@kernel
def _fill_patch(
    x: Feature, table: Table, tiling: Tiling, channels: int, y0: int, x0: int, patch: Floats
) -> None:
    """Modulate what one block reads of the feature map; zeros beyond its border."""
    zero = splat(np.float32(0))
    patch_width = OUT * tiling.block_width + 2
    for i in range(OUT * tiling.block_height + 2):
        y = y0 + i
        for j in range(patch_width):
            column = x0 + j
            at = (i * patch_width + j) * channels
            if 0 <= y < tiling.height and 0 <= column < tiling.width:
                modulate_pixel(x, table, y, column, tiling.width, channels, patch, at)
            else:
                for c in range(0, channels, LANES):
                    store(patch, at + c, zero)


@kernel
def _places(tiling: Tiling) -> tuple[int, int]:
    """Return how many blocks cover the map, and how many of them lie side by side."""
    tile_rows, tile_columns = -(-tiling.height // OUT), -(-tiling.width // OUT)
    down = -(-tile_rows // tiling.block_height)
    across = -(-tile_columns // tiling.block_width)
    return down * across, across


@kernel
def convolve(
    first: int, last: int, layer: Convolution, x: Feature, table: Table, skip: Feature,
    tiling: Tiling, scratch: Floats, out: Floats,
) -> None:  # fmt: skip
    """Run the blocks first..last of one modulated 3x3 convolution.

    Args:
        first, last: blocks, by group of output channels and then by place, see `count_blocks`.
        layer: weights, not `direct`.
        x: feature map that is modulated by `table` before it is convolved.
        table: scale and shift of each pixel.
        skip: what is added to the result, or empty; may be `out` itself.
        tiling: size of the map and of the blocks.
        scratch: at least `scratch_size` floats.
        out: `[height, width, outputs]`.
    """
    channels, panel, group = layer.inputs, layer.panel, tiling.group
    places, across = _places(tiling)
    block_tiles = tiling.block_height * tiling.block_width
    tiles = -(-block_tiles // ROWS) * ROWS
    patch_height, patch_width = OUT * tiling.block_height + 2, OUT * tiling.block_width + 2
    v_step, m_step = tiles * channels + LANES, tiles * group + LANES
    patch = scratch[: patch_height * patch_width * channels]
    v = scratch[patch.size : patch.size + PRODUCTS * v_step]
    m = scratch[patch.size + v.size : patch.size + v.size + PRODUCTS * m_step]
    half = scratch[patch.size + v.size + m.size :]
    panels = group // panel
    filled = -1
    for block in range(first, last):
        place, part = block % places, block // places
        block_y = place // across * tiling.block_height
        block_x = place % across * tiling.block_width
        if place != filled:
            _fill_patch(x, table, tiling, channels, block_y * OUT - 1, block_x * OUT - 1, patch)
            for tile in range(block_tiles):
                ty, tx = tile // tiling.block_width, tile % tiling.block_width
                at = (ty * OUT * patch_width + tx * OUT) * channels
                transform_in(
                    patch, at, patch_width * channels, channels, v, tile * channels, v_step, half
                )
            filled = place
        for product in range(PRODUCTS):
            multiply(
                v, product * v_step, channels, layer.weights,
                (product * (layer.outputs // panel) + part * panels) * channels * panel, panel,
                channels, tiles, panels, m, product * m_step, group, False,
            )  # fmt: skip
        for tile in range(block_tiles):
            y = (block_y + tile // tiling.block_width) * OUT
            column = (block_x + tile % tiling.block_width) * OUT
            if y < tiling.height and column < tiling.width:
                transform_out(
                    m, tile * group, m_step, layer, part, skip, tiling, y, column, out, half
                )


def choose_tiling(layer: Convolution, height: int, width: int, threads: int) -> Tiling:
    """Choose blocks for a map.

    Many channels want many tiles, so that weights are read from memory less often; few channels
    want few, so that a block stays in the second-level cache.
    """
    wanted = 24 if layer.inputs <= 256 else 96
    block_width = min(-(-width // OUT), 6 if wanted == 24 else 12)
    block_height = min(-(-height // OUT), wanted // block_width)
    tiling = Tiling(height, width, block_height, block_width, layer.outputs)
    while count_blocks(layer, tiling) < 2 * threads and tiling.group % (2 * layer.panel) == 0:
        tiling = tiling._replace(group=tiling.group // 2)
    return tiling


def count_blocks(layer: Convolution, tiling: Tiling) -> int:
    """Return how many blocks `convolve` is to run in all."""
    return _places(tiling)[0] * (layer.outputs // tiling.group)


def scratch_size(layer: Convolution, tiling: Tiling) -> int:
    """Return how many floats of scratch `convolve` needs."""
    tiles = -(-tiling.block_height * tiling.block_width // ROWS) * ROWS
    patch = (OUT * tiling.block_height + 2) * (OUT * tiling.block_width + 2) * layer.inputs
    sums = tiles * (layer.inputs + tiling.group) + 2 * LANES
    return patch + PRODUCTS * sums + PRODUCTS * LANES

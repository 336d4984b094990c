"""3x3 convolutions of modulated feature maps by Winograd's F(4x4, 3x3).

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016): 36 products per 4x4
outputs and channel pair instead of 144. The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity,
which lose less precision than the usual 0, +-1, +-2 (measured, docs/engine.md). Modulation,
activation, both transforms and the products run block by block in one pass, so nothing between the
feature map that comes in and the one that goes out leaves the cache.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.gemm import Floats, multiply
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.simd import LANES, fma, load, maximum, splat, store

Vector = Any
Four = tuple[Vector, Vector, Vector, Vector]
Six = tuple[Vector, Vector, Vector, Vector, Vector, Vector]
Rows = npt.NDArray[np.int32]
OUT = 4
IN = 6
PRODUCTS = IN * IN
# Points +-a and +-b: squares, and the coefficients that follow from them.
A2, B2 = 0.5, 2.0
A1, B1 = A2**0.5, B2**0.5
SLOPE = 0.2


@kernel
def modulate(
    x: Floats, x_at: int, table: Floats, table_at: int, channels: int, slope: float,
    out: Floats, out_at: int,
) -> None:  # fmt: skip
    """Write max(v, slope v) with v = x * scale + shift for the channels of one pixel."""
    leak = splat(np.float32(slope))
    for c in range(0, channels, LANES):
        at = table_at + c
        v = fma(load(x, x_at + c), load(table, at), load(table, at + channels))
        store(out, out_at + c, maximum(v, v * leak))


@kernel
def _fill_patch(
    x: Floats, rows: Rows, height: int, width: int, up: int, channels: int, table: Floats,
    y0: int, x0: int, patch_height: int, patch_width: int, patch: Floats,
) -> None:  # fmt: skip
    """Modulate a patch of the feature map; zeros beyond its border."""
    zero = splat(np.float32(0))
    for i in range(patch_height):
        y = y0 + i
        for j in range(patch_width):
            column = x0 + j
            at = (i * patch_width + j) * channels
            if 0 <= y < height and 0 <= column < width:
                x_at = ((y >> up) * (width >> up) + (column >> up)) * channels
                row = rows[y * width + column]
                modulate(x, x_at, table, row * 2 * channels, channels, SLOPE, patch, at)
            else:
                for c in range(0, channels, LANES):
                    store(patch, at + c, zero)


@kernel
def _in_1d(d0: Vector, d1: Vector, d2: Vector, d3: Vector, d4: Vector, d5: Vector) -> Six:
    """Return the transform B^T d of six values."""
    both, product = splat(np.float32(-A2 - B2)), splat(np.float32(A2 * B2))
    minus_a2, minus_b2 = splat(np.float32(-A2)), splat(np.float32(-B2))
    a, b = splat(np.float32(A1)), splat(np.float32(B1))
    even_a, odd_a = fma(minus_b2, d2, d4), a * fma(minus_b2, d1, d3)
    even_b, odd_b = fma(minus_a2, d2, d4), b * fma(minus_a2, d1, d3)
    first = fma(product, d0, fma(both, d2, d4))
    last = fma(product, d1, fma(both, d3, d5))
    return first, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, last


@kernel
def _out_1d(m0: Vector, m1: Vector, m2: Vector, m3: Vector, m4: Vector, m5: Vector) -> Four:
    """Return the transform A^T m of six values: four."""
    a2, b2 = splat(np.float32(A2)), splat(np.float32(B2))
    a, b = splat(np.float32(A1)), splat(np.float32(B1))
    sum_a, sum_b = m1 + m2, m3 + m4
    odd_a, odd_b = a * (m1 - m2), b * (m3 - m4)
    return (
        m0 + (sum_a + sum_b),
        odd_a + odd_b,
        fma(a2, sum_a, b2 * sum_b),
        m5 + fma(a2, odd_a, b2 * odd_b),
    )


@kernel
def _transform_in(
    patch: Floats, at: int, row_step: int, channels: int, v: Floats, v_at: int, v_step: int,
    half: Floats,
) -> None:  # fmt: skip
    """Transform one 6x6 tile of all channels into 36 rows of `v`."""
    for c in range(0, channels, LANES):
        for j in range(IN):
            p = at + j * channels + c
            r = _in_1d(
                load(patch, p),
                load(patch, p + row_step),
                load(patch, p + 2 * row_step),
                load(patch, p + 3 * row_step),
                load(patch, p + 4 * row_step),
                load(patch, p + 5 * row_step),
            )
            store(half, j * LANES, r[0])
            store(half, (IN + j) * LANES, r[1])
            store(half, (2 * IN + j) * LANES, r[2])
            store(half, (3 * IN + j) * LANES, r[3])
            store(half, (4 * IN + j) * LANES, r[4])
            store(half, (5 * IN + j) * LANES, r[5])
        for i in range(IN):
            q = i * IN * LANES
            r = _in_1d(
                load(half, q),
                load(half, q + LANES),
                load(half, q + 2 * LANES),
                load(half, q + 3 * LANES),
                load(half, q + 4 * LANES),
                load(half, q + 5 * LANES),
            )
            o = v_at + i * IN * v_step + c
            store(v, o, r[0])
            store(v, o + v_step, r[1])
            store(v, o + 2 * v_step, r[2])
            store(v, o + 3 * v_step, r[3])
            store(v, o + 4 * v_step, r[4])
            store(v, o + 5 * v_step, r[5])


@kernel
def _transform_out(
    m: Floats, m_at: int, m_step: int, columns: int, bias: Floats, bias_at: int, skip: Floats,
    skip_up: int, out: Floats, y0: int, x0: int, height: int, width: int, stride: int,
    half: Floats,
) -> None:  # fmt: skip
    """Turn 36 rows of products of one tile into 4x4 pixels, plus bias and what skips the layer."""
    for c in range(0, columns, LANES):
        for j in range(IN):
            p = m_at + j * m_step + c
            r = _out_1d(
                load(m, p),
                load(m, p + IN * m_step),
                load(m, p + 2 * IN * m_step),
                load(m, p + 3 * IN * m_step),
                load(m, p + 4 * IN * m_step),
                load(m, p + 5 * IN * m_step),
            )
            store(half, j * LANES, r[0])
            store(half, (IN + j) * LANES, r[1])
            store(half, (2 * IN + j) * LANES, r[2])
            store(half, (3 * IN + j) * LANES, r[3])
        start = load(bias, bias_at + c)
        for i in range(min(OUT, height - y0)):
            q = i * IN * LANES
            r = _out_1d(
                load(half, q),
                load(half, q + LANES),
                load(half, q + 2 * LANES),
                load(half, q + 3 * LANES),
                load(half, q + 4 * LANES),
                load(half, q + 5 * LANES),
            )
            y = y0 + i
            o = (y * width + x0) * stride + bias_at + c
            left = width - x0
            if skip.size:
                s = ((y >> skip_up) * (width >> skip_up) + (x0 >> skip_up)) * stride + bias_at + c
                step = stride if skip_up == 0 else 0
                third = stride * (2 >> skip_up)
                store(out, o, r[0] + start + load(skip, s))
                if left > 1:
                    store(out, o + stride, r[1] + start + load(skip, s + step))
                if left > 2:
                    store(out, o + 2 * stride, r[2] + start + load(skip, s + third))
                if left > 3:
                    store(out, o + 3 * stride, r[3] + start + load(skip, s + third + step))
            else:
                store(out, o, r[0] + start)
                if left > 1:
                    store(out, o + stride, r[1] + start)
                if left > 2:
                    store(out, o + 2 * stride, r[2] + start)
                if left > 3:
                    store(out, o + 3 * stride, r[3] + start)


@kernel
def convolve(
    first: int, last: int, x: Floats, up: int, rows: Rows, table: Floats, channels: int,
    weights: Floats, panel: int, bias: Floats, outputs: int, group: int,
    skip: Floats, skip_up: int, height: int, width: int, block_height: int, block_width: int,
    scratch: Floats, out: Floats,
) -> None:  # fmt: skip
    """Run the blocks first..last of one modulated 3x3 convolution.

    A block is `block_height` x `block_width` tiles times `group` output channels.

    Args:
        x: feature map `[height >> up, width >> up, channels]`, flat as are all arrays.
        rows: table row of each pixel `[height, width]`; table: `[rows, 2 * channels]`.
        weights: packed `[36, outputs / panel, channels, panel]`.
        skip: empty, or what is added to the result, `[height >> skip_up, width >> skip_up,
            outputs]`; may be `out` itself.
        out: `[height, width, outputs]`.
    """
    tile_rows, tile_columns = -(-height // OUT), -(-width // OUT)
    across = -(-tile_columns // block_width)
    down = -(-tile_rows // block_height)
    tiles = -(-block_height * block_width // 6) * 6
    patch_height, patch_width = OUT * block_height + 2, OUT * block_width + 2
    v_step, m_step = tiles * channels + LANES, tiles * group + LANES
    patch = scratch[: patch_height * patch_width * channels]
    v = scratch[patch.size : patch.size + PRODUCTS * v_step]
    m = scratch[patch.size + v.size : patch.size + v.size + PRODUCTS * m_step]
    half = scratch[patch.size + v.size + m.size :]
    panels = group // panel
    filled = -1
    for block in range(first, last):
        place, part = block % (across * down), block // (across * down)
        block_y, block_x = place // across * block_height, place % across * block_width
        if place != filled:
            _fill_patch(
                x, rows, height, width, up, channels, table, block_y * OUT - 1,
                block_x * OUT - 1, patch_height, patch_width, patch,
            )  # fmt: skip
            for tile in range(block_height * block_width):
                ty, tx = tile // block_width, tile % block_width
                at = (ty * OUT * patch_width + tx * OUT) * channels
                _transform_in(
                    patch, at, patch_width * channels, channels, v, tile * channels, v_step, half
                )
            filled = place
        for product in range(PRODUCTS):
            multiply(
                v, product * v_step, channels, weights,
                (product * (outputs // panel) + part * panels) * channels * panel, panel,
                channels, tiles, panels, m, product * m_step, group, False,
            )  # fmt: skip
        for tile in range(block_height * block_width):
            y = (block_y + tile // block_width) * OUT
            column = (block_x + tile % block_width) * OUT
            if y < height and column < width:
                _transform_out(
                    m, tile * group, m_step, group, bias, part * group, skip, skip_up, out, y,
                    column, height, width, outputs, half,
                )  # fmt: skip


def scratch_size(channels: int, group: int, block_height: int, block_width: int) -> int:
    """Return how many floats of scratch `convolve` needs."""
    tiles = -(-block_height * block_width // 6) * 6
    patch = (OUT * block_height + 2) * (OUT * block_width + 2) * channels
    return patch + PRODUCTS * (tiles * (channels + group) + 2 * LANES) + PRODUCTS * LANES

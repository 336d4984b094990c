"""Winograd's F(4x4, 3x3): what it turns weights, tiles of pixels and sums of products into.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016): 36 products per 4x4
outputs and channel pair instead of 144. The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity,
which lose less precision than the usual 0, +-1, +-2 (measured, docs/engine.md).
"""

from typing import Any

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from spade.engine.cpu.gemm import Floats, flat
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.operands import Convolution, Feature, Tiling
from spade.engine.cpu.pool import Pool
from spade.engine.cpu.simd import LANES, fma, load, splat, store

Vector = Any
Four = tuple[Vector, Vector, Vector, Vector]
Six = tuple[Vector, Vector, Vector, Vector, Vector, Vector]
OUT = 4
IN = 6
PRODUCTS = IN * IN
# Points +-a and +-b: squares, and the coefficients that follow from them.
A2, B2 = 0.5, 2.0
A1, B1 = A2**0.5, B2**0.5
TAPS = 3
# A row of G is [1, p, p^2] / (product of the differences to the other points).
CENTRE = 1 / (A2 * B2)
A_SCALE = 1 / (2 * A2 * (A2 - B2))
B_SCALE = 1 / (2 * B2 * (B2 - A2))


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
def transform_in(
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
def transform_out(
    m: Floats, m_at: int, m_step: int, layer: Convolution, part: int, skip: Feature,
    tiling: Tiling, y0: int, x0: int, out: Floats, half: Floats,
) -> None:  # fmt: skip
    """Turn 36 rows of products of one tile into 4x4 pixels, plus bias and what skips the layer.

    They are of group `part` of the output channels.
    """
    height, width, stride = tiling.height, tiling.width, layer.outputs
    first, up = part * tiling.group, skip.up
    for c in range(0, tiling.group, LANES):
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
        start = load(layer.bias, first + c)
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
            o = (y * width + x0) * stride + first + c
            left = width - x0
            if skip.values.size:
                s = ((y >> up) * (width >> up) + (x0 >> up)) * stride + first + c
                step = stride if up == 0 else 0
                third = stride * (2 >> up)
                store(out, o, r[0] + start + load(skip.values, s))
                if left > 1:
                    store(out, o + stride, r[1] + start + load(skip.values, s + step))
                if left > 2:
                    store(out, o + 2 * stride, r[2] + start + load(skip.values, s + third))
                if left > 3:
                    store(out, o + 3 * stride, r[3] + start + load(skip.values, s + third + step))
            else:
                store(out, o, r[0] + start)
                if left > 1:
                    store(out, o + stride, r[1] + start)
                if left > 2:
                    store(out, o + 2 * stride, r[2] + start)
                if left > 3:
                    store(out, o + 3 * stride, r[3] + start)


def transform_weights(weight: Tensor, inputs: int, outputs: int, panel: int, pool: Pool) -> Floats:
    """Return packed `[36, outputs / panel, inputs, panel]`, flat, of `[O, I, 3, 3]` weights.

    `inputs` and `outputs` are I and O padded; what is added is zero.
    """
    by_tap = weight.permute(2, 3, 1, 0)
    extra = (0, outputs - weight.shape[0], 0, inputs - weight.shape[1])
    taps = flat(F.pad(by_tap, extra) if any(extra) else by_tap)
    packed = np.empty(PRODUCTS * inputs * outputs, dtype=np.float32)

    def work(first: int, last: int, _scratch: Floats) -> None:
        _transform_weights(first, last, taps, inputs, outputs, panel, packed)

    pool.run(inputs // LANES, 0, work)
    return packed


@kernel
def _filter_1d(g0: Vector, g1: Vector, g2: Vector) -> Six:
    """Return G g of three values."""
    odd_a, odd_b = splat(np.float32(A_SCALE * A1)) * g1, splat(np.float32(B_SCALE * B1)) * g1
    even_a = fma(splat(np.float32(A_SCALE * A2)), g2, splat(np.float32(A_SCALE)) * g0)
    even_b = fma(splat(np.float32(B_SCALE * B2)), g2, splat(np.float32(B_SCALE)) * g0)
    centre = splat(np.float32(CENTRE)) * g0
    return centre, even_a + odd_a, even_a - odd_a, even_b + odd_b, even_b - odd_b, g2


@kernel
def _transform_weights(
    first: int, last: int, taps: Floats, inputs: int, outputs: int, panel: int, packed: Floats
) -> None:
    """Transform the input channels first..last, counted in vectors."""
    half = np.empty(IN * TAPS * LANES, dtype=np.float32)
    plane = inputs * outputs
    for row in range(first * LANES, last * LANES):
        for column in range(0, outputs, LANES):
            tap = row * outputs + column
            for x in range(TAPS):
                r = _filter_1d(
                    load(taps, tap + x * plane),
                    load(taps, tap + (TAPS + x) * plane),
                    load(taps, tap + (2 * TAPS + x) * plane),
                )
                store(half, x * LANES, r[0])
                store(half, (TAPS + x) * LANES, r[1])
                store(half, (2 * TAPS + x) * LANES, r[2])
                store(half, (3 * TAPS + x) * LANES, r[3])
                store(half, (4 * TAPS + x) * LANES, r[4])
                store(half, (5 * TAPS + x) * LANES, r[5])
            at = (column // panel * inputs + row) * panel + column % panel
            for i in range(IN):
                q = i * TAPS * LANES
                r = _filter_1d(load(half, q), load(half, q + LANES), load(half, q + 2 * LANES))
                o = at + i * IN * plane
                store(packed, o, r[0])
                store(packed, o + plane, r[1])
                store(packed, o + 2 * plane, r[2])
                store(packed, o + 3 * plane, r[3])
                store(packed, o + 4 * plane, r[4])
                store(packed, o + 5 * plane, r[5])

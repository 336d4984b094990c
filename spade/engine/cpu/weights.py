"""Winograd's transform of 3x3 weights, G g G^T, straight into packed panels."""

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from spade.engine.cpu.gemm import Floats, flat
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.pool import Pool
from spade.engine.cpu.simd import LANES, fma, load, splat, store
from spade.engine.cpu.winograd import A1, A2, B1, B2, IN, PRODUCTS, Six, Vector

TAPS = 3
# A row of G is [1, p, p^2] / (product of the differences to the other points).
CENTRE = 1 / (A2 * B2)
A_SCALE = 1 / (2 * A2 * (A2 - B2))
B_SCALE = 1 / (2 * B2 * (B2 - A2))


def transform_weights(weight: Tensor, inputs: int, outputs: int, panel: int, pool: Pool) -> Floats:
    """Return packed `[36, outputs / panel, inputs, panel]`, flat, of `[O, I, 3, 3]` weights.

    `inputs` and `outputs` are I and O padded; what is added is zero.
    """
    by_tap = weight.permute(2, 3, 1, 0)
    extra = (0, outputs - weight.shape[0], 0, inputs - weight.shape[1])
    taps = flat(F.pad(by_tap, extra) if any(extra) else by_tap)
    packed = np.empty(PRODUCTS * inputs * outputs, dtype=np.float32)

    def work(first: int, last: int, _scratch: Floats) -> None:
        _transform(first, last, taps, inputs, outputs, panel, packed)

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
def _transform(
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

"""Winograd's transform of 3x3 weights, G g G^T, straight into packed panels."""

import numpy as np
import numpy.typing as npt

from spade.engine.gemm import Floats
from spade.engine.jit import kernel
from spade.engine.pool import Pool
from spade.engine.winograd import A2, B2, IN, PRODUCTS

TAPS = 3


def filter_transform() -> npt.NDArray[np.float64]:
    """Return G `[6, 3]` for the points 0, +-a, +-b and infinity."""
    rows = [[1 / (A2 * B2), 0.0, 0.0]]
    for square, other in ((A2, B2), (B2, A2)):
        scale = 1 / (2 * square * (square - other))
        for point in (square**0.5, -(square**0.5)):
            rows.append([scale, scale * point, scale * square])
    return np.array([*rows, [0.0, 0.0, 1.0]])


def transform_weights(weight: Floats, inputs: int, outputs: int, panel: int, pool: Pool) -> Floats:
    """Return packed `[36, outputs / panel, inputs, panel]`, flat, of `[O, I, 3, 3]` weights.

    `inputs` and `outputs` are I and O padded; what is added is zero. Computed in float64.
    """
    packed = np.zeros(PRODUCTS * inputs * outputs, dtype=np.float32)
    weight = np.ascontiguousarray(weight)
    g = filter_transform()

    def work(first: int, last: int, _scratch: Floats) -> None:
        _transform(first, last, weight, g, inputs, outputs, panel, packed)

    pool.run(outputs // panel, 0, work)
    return packed


@kernel
def _transform(
    first: int, last: int, weight: Floats, g: npt.NDArray[np.float64], inputs: int, outputs: int,
    panel: int, packed: Floats,
) -> None:  # fmt: skip
    """Transform the panels first..last."""
    columns, rows = weight.shape[:2]
    half = np.empty((IN, TAPS), dtype=np.float64)
    buffer = np.empty((PRODUCTS, panel), dtype=np.float32)
    for part in range(first, last):
        wide = min(panel, columns - part * panel)
        for row in range(rows):
            for lane in range(wide):
                kernel_ = weight[part * panel + lane, row]
                for i in range(IN):
                    for x in range(TAPS):
                        half[i, x] = (
                            g[i, 0] * kernel_[0, x]
                            + g[i, 1] * kernel_[1, x]
                            + g[i, 2] * kernel_[2, x]
                        )
                for i in range(IN):
                    for j in range(IN):
                        buffer[i * IN + j, lane] = (
                            half[i, 0] * g[j, 0] + half[i, 1] * g[j, 1] + half[i, 2] * g[j, 2]
                        )
            for product in range(PRODUCTS):
                at = ((product * (outputs // panel) + part) * inputs + row) * panel
                packed[at : at + wide] = buffer[product, :wide]

"""Tables of scale and shift: what a SPADE layer does at each distinct label neighbourhood.

Batch norm, gamma and beta fold into one affine map of the hidden vectors around a pixel, so a
table row is `[scale | shift]` with `out = x * scale + shift`. The products of each hidden vector
with each of the nine places are made once per distinct 3x3 pattern and then added up nine by nine,
which is several times less work than one product per distinct 5x5 neighbourhood.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from spade.engine.cpu.gemm import ROWS, Floats, flat, multiply, pack, padded, panel_width
from spade.engine.cpu.jit import kernel
from spade.engine.cpu.neighbourhoods import PLACES, Indices, Neighbourhoods
from spade.engine.cpu.pool import Pool
from spade.engine.cpu.simd import LANES, load, maximum, splat, store
from spade.engine.weights import fold_batch_norm, plain
from spade.model.modulation import HIDDEN, Spade, by_place

# Products of hidden vectors that are kept at once; a map near noise would make hundreds of MiB.
SCRATCH_FLOATS = 2**23


class Modulation(NamedTuple):
    """A SPADE layer's weights as the kernels want them.

    places: `[9, symbols + 1, hidden]` shared layer by place and symbol; the last symbol is
        "outside" and adds nothing.
    weights: packed `[9, 2 * channels / panel, hidden, panel]`.
    """

    channels: int
    panel: int
    places: Floats
    hidden_bias: Floats
    weights: Floats
    bias: Floats


def prepare_modulation(layer: Spade, edges: bool) -> Modulation:
    """Fold batch norm into gamma and beta and lay the weights out."""
    shared = layer.mlp_shared[0]
    assert isinstance(shared, torch.nn.Conv2d)
    folded = fold_batch_norm(layer)
    outputs = len(folded.scale)
    channels = padded(outputs)
    weights = torch.zeros(PLACES, HIDDEN, 2, channels)
    bias = torch.zeros(2, channels)
    halves = ((folded.scale, folded.scale_bias), (folded.shift, folded.shift_bias))
    for half, (weight, offset) in enumerate(halves):
        weights[:, :, half, :outputs] = weight.permute(2, 3, 1, 0).flatten(0, 1)
        bias[half, :outputs] = offset
    return Modulation(
        channels,
        panel_width(2 * channels),
        place_table(plain(shared.weight), edges, HIDDEN),
        flat(plain(shared.bias)),
        pack(weights.view(PLACES, HIDDEN, 2 * channels)),
        bias.numpy().ravel(),
    )


def place_table(weight: Tensor, edges: bool, outputs: int) -> Floats:
    """Return `[9, symbols + 1, outputs]`: a 3x3 kernel by place and symbol, the last "outside".

    `outputs` is the kernel's number of outputs, padded.
    """
    table = F.pad(by_place(weight, edges), (0, outputs - len(weight), 0, 1))
    return np.asarray(table.contiguous().numpy())


def pattern_sums(places: Floats, bias: Floats, inner: Indices, rectify: bool, rows: int) -> Floats:
    """Return `[rows, outputs]`: a 3x3 layer's output at each pattern; rows beyond them are 0."""
    out = np.zeros((rows, len(bias)), dtype=np.float32)
    _pattern_sums(places.ravel(), places.shape[1], bias, inner, rectify, out.ravel())
    return out


@kernel
def _pattern_sums(
    places: Floats, symbols: int, bias: Floats, inner: Indices, rectify: bool, out: Floats
) -> None:
    zero = splat(np.float32(0))
    outputs = bias.size
    for row in range(len(inner)):
        for c in range(0, outputs, LANES):
            total = load(bias, c)
            for place in range(PLACES):
                at = (place * symbols + inner[row, place]) * outputs + c
                total = total + load(places, at)
            if rectify:
                total = maximum(total, zero)
            store(out, row * outputs + c, total)


def region_table(layer: Modulation, found: Neighbourhoods, pool: Pool) -> Floats:
    """Return `[V, 2 * channels]`, flat: scale and shift of each distinct neighbourhood."""
    columns, panel = 2 * layer.channels, layer.panel
    patterns = -(-(len(found.inner) + 1) // ROWS) * ROWS
    hidden = pattern_sums(layer.places, layer.hidden_bias, found.inner, True, patterns).ravel()
    table = np.empty(len(found.outer) * columns, dtype=np.float32)
    together = next((n for n in (PLACES, 3) if patterns * n * panel <= SCRATCH_FLOATS), 1)

    def work(first: int, last: int, scratch: Floats) -> None:
        _fill_table(first, last, layer, hidden, patterns, found.outer, together, scratch, table)

    pool.run(columns // panel, patterns * together * panel, work)
    return table


@kernel
def _fill_table(
    first: int, last: int, layer: Modulation, hidden: Floats, patterns: int, outer: Indices,
    together: int, scratch: Floats, table: Floats,
) -> None:  # fmt: skip
    """Fill the column panels first..last, with the products of `together` places at a time.

    The row of "outside" in `hidden` is all zeros, and so is its product.
    """
    columns, panel = 2 * layer.channels, layer.panel
    step = together * panel
    for part in range(first, last):
        for start in range(0, PLACES, together):
            for place in range(together):
                at = ((start + place) * (columns // panel) + part) * HIDDEN * panel
                multiply(
                    hidden, 0, HIDDEN, layer.weights, at, panel, HIDDEN, patterns, 1, scratch,
                    place * panel, step, False,
                )  # fmt: skip
            for row in range(len(outer)):
                for c in range(0, panel, LANES):
                    to = row * columns + part * panel + c
                    total = load(layer.bias, part * panel + c) if start == 0 else load(table, to)
                    for place in range(together):
                        at = outer[row, start + place] * step + place * panel + c
                        total = total + load(scratch, at)
                    store(table, to, total)


def dense_table(layer: Modulation, found: Neighbourhoods, pool: Pool) -> Floats:
    """Return `[h * w, 2 * channels]`, flat: scale and shift of each pixel, as a convolution."""
    height, width = found.height, found.width
    columns = 2 * layer.channels
    hidden = pattern_sums(layer.places, layer.hidden_bias, found.inner, True, len(found.inner) + 1)
    # One row of zeros above and below, and columns up to a multiple of the tile's rows.
    step = -(-width // ROWS) * ROWS
    framed = np.zeros((height + 2, step + 2, HIDDEN), dtype=np.float32)
    framed[1:-1, 1 : width + 1] = hidden[found.inner_rows.reshape(height, width)]
    pixels = framed.ravel()
    table = np.empty(height * width * columns, dtype=np.float32)

    def work(first: int, last: int, scratch: Floats) -> None:
        _fill_dense(first, last, layer, pixels, width, step, scratch, table)

    pool.run(height, step * columns, work)
    return table


@kernel
def _fill_dense(
    first: int, last: int, layer: Modulation, framed: Floats, width: int, step: int,
    scratch: Floats, table: Floats,
) -> None:  # fmt: skip
    """Fill the pixel rows first..last."""
    columns, panel = 2 * layer.channels, layer.panel
    panels = columns // panel
    for y in range(first, last):
        for place in range(PLACES):
            at = ((y + place // 3) * (step + 2) + place % 3) * HIDDEN
            multiply(
                framed, at, HIDDEN, layer.weights, place * panels * HIDDEN * panel, panel, HIDDEN,
                step, panels, scratch, 0, columns, place > 0,
            )  # fmt: skip
        for x in range(width):
            for c in range(0, columns, LANES):
                total = load(scratch, x * columns + c) + load(layer.bias, c)
                store(table, (y * width + x) * columns + c, total)

"""The generator's blocks as kernel calls on flat `[height, width, channels]` arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from spade.engine.cpu.convolution import choose_tiling, convolve, count_blocks, scratch_size
from spade.engine.cpu.direct import convolve_framed, empty_frame, frame, framed_rows
from spade.engine.cpu.gemm import Floats, flat, pack, padded, panel_width
from spade.engine.cpu.neighbourhoods import Neighbourhoods
from spade.engine.cpu.operands import Convolution, Feature, Projection, Table
from spade.engine.cpu.pointwise import pointwise_scratch, project
from spade.engine.cpu.pool import Pool
from spade.engine.cpu.tables import (
    Modulation,
    dense_table,
    prepare_modulation,
    region_table,
)
from spade.engine.cpu.winograd import transform_weights
from spade.engine.weights import plain
from spade.model.generator import SpadeResnetBlock

Size = tuple[int, int]
NOTHING = np.zeros(0, dtype=np.float32)
# Above so many distinct 3x3 patterns, gamma and beta pixel by pixel take less time. They are equal
# at 0.55 (128 channels) to 0.85 (512).
MOST_PATTERNS_PER_PIXEL = 0.6


@dataclass(frozen=True)
class Block:
    """A SPADE residual block's weights.

    norm_s, shortcut: where the width changes.
    noise: `[channels]`, or empty without noise.
    """

    norm_0: Modulation
    conv_0: Convolution
    norm_1: Modulation
    conv_1: Convolution
    norm_s: Modulation | None
    shortcut: Projection | None
    noise: Floats


def prepare_convolution(layer: torch.nn.Conv2d, pool: Pool, direct: bool = False) -> Convolution:
    """Lay out a 3x3 layer's weights; channels are padded to whole vectors."""
    weight = plain(layer.weight)
    inputs, outputs = padded(weight.shape[1]), padded(weight.shape[0])
    panel = panel_width(outputs)
    if direct:
        extra = (0, outputs - weight.shape[0], 0, inputs - weight.shape[1])
        packed = pack(F.pad(weight.permute(2, 3, 1, 0).flatten(0, 1), extra))
    else:
        packed = transform_weights(weight, inputs, outputs, panel, pool)
    bias = flat(F.pad(plain(layer.bias), (0, outputs - len(weight))))
    return Convolution(inputs, outputs, panel, packed, bias, direct)


def prepare_block(block: SpadeResnetBlock, edges: bool, pool: Pool, direct: bool) -> Block:
    """Lay out one block; a `direct` one is for small maps."""
    shortcut, norm_s = None, None
    if block.learned_shortcut:
        weight = plain(block.conv_s.weight)[:, :, 0, 0]
        outputs, inputs = weight.shape
        matrix = F.pad(weight.T, (0, padded(outputs) - outputs, 0, padded(inputs) - inputs))
        rows, columns = matrix.shape
        shortcut = Projection(rows, columns, panel_width(columns), pack(matrix[None]))
        norm_s = prepare_modulation(block.norm_s, edges)
    return Block(
        prepare_modulation(block.norm_0, edges),
        prepare_convolution(block.conv_0, pool, direct),
        prepare_modulation(block.norm_1, edges),
        prepare_convolution(block.conv_1, pool, direct),
        norm_s,
        shortcut,
        _prepare_noise(block),
    )


def _prepare_noise(block: SpadeResnetBlock) -> Floats:
    if not hasattr(block, "noise_weight"):
        return NOTHING
    weight = plain(block.noise_weight)
    return flat(F.pad(weight, (0, padded(len(weight)) - len(weight))))


def run_block(
    block: Block, x: Feature, found: Neighbourhoods, pool: Pool, noise: torch.Tensor | None = None
) -> Floats:
    """Return the block's output at the size of `found`; `noise` is `[h, w]`."""
    table = modulation_table(block.norm_0, found, pool)
    middle = Feature(run_convolution(block.conv_0, x, found, table, pool))
    if noise is not None:
        pixels = torch.from_numpy(middle.values).view(-1, len(block.noise))
        pixels.addr_(noise.flatten(), torch.from_numpy(block.noise))
    if block.norm_s is None or block.shortcut is None:
        skip, out = x, None
    else:
        out = _run_shortcut(block.shortcut, block.norm_s, x, found, pool)
        skip = Feature(out)
    table = modulation_table(block.norm_1, found, pool)
    return run_convolution(block.conv_1, middle, found, table, pool, skip, out)


def modulation_table(layer: Modulation, found: Neighbourhoods, pool: Pool) -> Table:
    """Return scale and shift of every pixel, by neighbourhood where that is less work."""
    if len(found.inner) > MOST_PATTERNS_PER_PIXEL * len(found.rows):
        return Table(np.arange(len(found.rows), dtype=np.int32), dense_table(layer, found, pool))
    return Table(found.rows, region_table(layer, found, pool))


def run_convolution(
    layer: Convolution,
    x: Feature,
    found: Neighbourhoods,
    table: Table,
    pool: Pool,
    skip: Feature | None = None,
    out: Floats | None = None,
) -> Floats:
    """Modulate, activate, convolve and add `skip`, into `out` (may be `skip`) where given."""
    height, width = found.height, found.width
    if out is None:
        out = np.empty(height * width * layer.outputs, dtype=np.float32)
    skip = skip or Feature(NOTHING)
    run = _run_direct if layer.direct else _run_winograd
    run(layer, x, (height, width), table, pool, skip, out)
    return out


def _run_winograd(
    layer: Convolution, x: Feature, size: Size, table: Table, pool: Pool, skip: Feature, out: Floats
) -> None:
    tiling = choose_tiling(layer, *size, pool.threads)

    def work(first: int, last: int, scratch: Floats) -> None:
        convolve(first, last, layer, x, table, skip, tiling, scratch, out)

    pool.run(count_blocks(layer, tiling), scratch_size(layer, tiling), work)


def _run_direct(
    layer: Convolution, x: Feature, size: Size, table: Table, pool: Pool, skip: Feature, out: Floats
) -> None:
    height, width = size
    framed = empty_frame(height, width, layer.inputs)
    frame(x, table, layer.inputs, height, width, framed)

    def work(first: int, last: int, scratch: Floats) -> None:
        convolve_framed(first, last, layer, framed, skip, height, width, scratch, out)

    pool.run(layer.outputs // layer.panel, framed_rows(height, width) * layer.panel, work)


def _run_shortcut(
    layer: Projection, norm: Modulation, x: Feature, found: Neighbourhoods, pool: Pool
) -> Floats:
    table = modulation_table(norm, found, pool)._replace(slope=1.0)
    out = np.empty(found.height * found.width * layer.outputs, dtype=np.float32)

    def work(first: int, last: int, scratch: Floats) -> None:
        project(first, last, layer, x, table, found.width, scratch, out)

    pool.run(found.height >> x.up, pointwise_scratch(layer), work)
    return out

"""Single-threaded matrix products inside a kernel, on panels that fit the cache.

The inner loop keeps a tile of `ROWS` x (up to 4 vectors) sums in registers, as in Goto and van de
Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). It runs at the machine's rate
(112 GFLOP/s a core where oneDNN's convolutions reach 113), and being part of the kernel it needs
no hand-over between threads, so a block of tiles stays in the cache from transform to transform.
"""

# ruff: noqa: ARG001 (an intrinsic's typing function takes arguments that only numba reads)

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from llvmlite import ir
from numba import types
from torch import Tensor

from spade.engine.cpu.jit import kernel
from spade.engine.cpu.simd import (
    INDEX,
    LANES,
    VECTOR,
    data_pointer,
    fused,
    intrinsic,
    spread,
    vector_pointer,
)

ROWS = 6
# 6 x 4 sums, 4 loaded vectors and a spread one fill AVX-512's 32 registers; others have 16.
WIDEST = 4 if LANES == 16 else 2
PANELS = tuple(LANES * width for width in (4, 2, 1) if width <= WIDEST)
Floats = npt.NDArray[np.float32]


def padded(channels: int) -> int:
    """Return the number of channels that is stored: whole vectors."""
    return -(-channels // LANES) * LANES


def panel_width(columns: int) -> int:
    """Return the widest panel that divides a padded number of columns."""
    return next(width for width in PANELS if columns % width == 0)


def pack(matrices: Tensor) -> Floats:
    """Lay `[M, K, N]` matrices out as panels `[M, N / panel, K, panel]`, flat; N is padded."""
    count, inner, columns = matrices.shape
    width = panel_width(columns)
    panels = matrices.view(count, inner, columns // width, width).permute(0, 2, 1, 3)
    return flat(panels)


def flat(values: Tensor) -> Floats:
    """Copy a tensor into a flat array. NumPy's large arrays use huge pages, PyTorch's do not."""
    array = np.empty(values.numel(), dtype=np.float32)
    torch.from_numpy(array).view(values.shape).copy_(values)
    return array


def _tile(vectors: int) -> Any:
    """Make the intrinsic for a tile of ROWS x `vectors` vectors."""

    @intrinsic
    def tile(
        _typing: Any, a: Any, a_at: Any, a_step: Any, b: Any, b_at: Any, inner: Any, c: Any,
        c_at: Any, c_step: Any, add: Any,
    ) -> Any:  # fmt: skip
        index = types.int64
        signature = types.void(a, index, index, b, index, index, c, index, index, types.boolean)

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            _emit_tile(context, builder, signature, args, vectors)
            return context.get_dummy_value()

        return signature, codegen

    return tile


def _emit_tile(context: Any, builder: Any, signature: Any, args: Any, vectors: int) -> None:
    """Emit c[ROWS, vectors] (+)= a[ROWS, inner] @ b[inner, vectors]."""
    a, a_at, a_step, b, b_at, inner, c, c_at, c_step, add = args
    a_rows = _rows(builder, data_pointer(context, builder, signature.args[0], a), a_at, a_step)
    b_start = builder.gep(data_pointer(context, builder, signature.args[3], b), [b_at])
    c_rows = _rows(builder, data_pointer(context, builder, signature.args[6], c), c_at, c_step)
    grid = [(row, column) for row in range(ROWS) for column in range(vectors)]

    start = _starting_sums(builder, c_rows, grid, add)
    before = builder.block
    loop, after = builder.append_basic_block("inner"), builder.append_basic_block("after")
    builder.branch(loop)
    builder.position_at_end(loop)
    k = builder.phi(INDEX)
    k.add_incoming(_number(0), before)
    sums = {place: builder.phi(VECTOR) for place in grid}
    b_k = builder.mul(k, _number(vectors * LANES))
    b_vectors = [
        builder.load(
            vector_pointer(builder, b_start, builder.add(b_k, _number(column * LANES))), align=4
        )
        for column in range(vectors)
    ]
    a_vectors = [spread(builder, builder.load(builder.gep(row, [k]))) for row in a_rows]
    multiply_add = fused(builder)
    following = builder.add(k, _number(1))
    k.add_incoming(following, loop)
    for row, column in grid:
        total = builder.call(multiply_add, [a_vectors[row], b_vectors[column], sums[row, column]])
        sums[row, column].add_incoming(start[row, column], before)
        sums[row, column].add_incoming(total, loop)
        start[row, column] = total
    builder.cbranch(builder.icmp_signed("<", following, inner), loop, after)
    builder.position_at_end(after)
    for row, column in grid:
        place = vector_pointer(builder, c_rows[row], _number(column * LANES))
        builder.store(start[row, column], place, align=4)


def _starting_sums(builder: Any, c_rows: Any, grid: Any, add: Any) -> Any:
    """Return zeros, or what c holds where `add` is true."""
    zero = ir.Constant(VECTOR, [0.0] * LANES)
    before = builder.block
    fetch, ready = builder.append_basic_block("fetch"), builder.append_basic_block("ready")
    builder.cbranch(add, fetch, ready)
    builder.position_at_end(fetch)
    held = {
        (row, column): builder.load(
            vector_pointer(builder, c_rows[row], _number(column * LANES)), align=4
        )
        for row, column in grid
    }
    builder.branch(ready)
    builder.position_at_end(ready)
    start = {}
    for place in grid:
        start[place] = builder.phi(VECTOR)
        start[place].add_incoming(zero, before)
        start[place].add_incoming(held[place], fetch)
    return start


def _rows(builder: Any, pointer: Any, at: Any, step: Any) -> list[Any]:
    return [
        builder.gep(pointer, [builder.add(at, builder.mul(step, _number(row)))])
        for row in range(ROWS)
    ]


def _number(value: int) -> Any:
    return ir.Constant(INDEX, value)


_tile_1, _tile_2, _tile_4 = _tile(1), _tile(2), _tile(4)


@kernel
def multiply(
    a: Floats, a_at: int, a_step: int, b: Floats, b_at: int, width: int, inner: int, rows: int,
    panels: int, c: Floats, c_at: int, c_step: int, add: bool,
) -> None:  # fmt: skip
    """Compute c[rows, panels * width] (+)= a[rows, inner] @ b, all flat arrays.

    `*_at` is the first element, `*_step` the distance of two rows; `b` holds packed panels;
    `rows` is a multiple of ROWS and `width` one of PANELS.
    """
    for panel in range(panels):
        b_panel = b_at + panel * inner * width
        c_panel = c_at + panel * width
        for row in range(0, rows, ROWS):
            a_row = a_at + row * a_step
            c_row = c_panel + row * c_step
            if width == 4 * LANES:
                _tile_4(a, a_row, a_step, b, b_panel, inner, c, c_row, c_step, add)
            elif width == 2 * LANES:
                _tile_2(a, a_row, a_step, b, b_panel, inner, c, c_row, c_step, add)
            else:
                _tile_1(a, a_row, a_step, b, b_panel, inner, c, c_row, c_step, add)

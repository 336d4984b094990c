"""What the CUDA engine does to a batch, as one fused kernel where Triton is, else in plain PyTorch.

Feature maps are `[N, h, w, C]`, contiguous: what PyTorch calls channels_last, seen from its side.
"""

import logging
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

LOG = logging.getLogger(__name__)
PLACES = 9
# Elements of one Triton program, 32 a thread, and the most channels among them.
ELEMENTS, CHANNELS = 4096, 128


def fused(x: Tensor) -> bool:
    """Tell whether the Triton kernels take this tensor."""
    return x.is_cuda and triton_works(x.device)


@cache
def triton_works(device: torch.device) -> bool:
    """Try a kernel once: Triton may be missing, or what it compiles with, as a C compiler.

    Raises:
        torch.OutOfMemoryError: which says nothing about Triton.
    """
    patterns = torch.zeros(1, PLACES, dtype=torch.int32, device=device)
    places, bias = torch.ones(PLACES, 1, 16, device=device), torch.zeros(16, device=device)
    try:
        total = _fused_sums(patterns, places, bias, False, False)
        return bool((total == PLACES).all().item())
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        LOG.warning("painting with plain PyTorch, which is slower: Triton does not work: %s", error)
        return False


def pattern_sums(
    patterns: Tensor, places: Tensor, bias: Tensor, *, rectify: bool, outside: bool
) -> Tensor:
    """Compute a 3x3 layer over one-hot planes at each pattern of symbols.

    Args:
        patterns: `[R, 9] int32` symbols.
        places: `[9, symbols, outputs]` weights by place and symbol.
        bias: `[outputs] float32`.
        rectify: take the positive part.
        outside: the first pattern stands for "outside the map": its result is 0.

    Returns:
        `[R, outputs]` of the dtype of `places`.
    """
    outputs = places.shape[2]
    if fused(places):
        return _fused_sums(patterns, places, bias, rectify, outside)
    starts = torch.arange(PLACES, device=patterns.device, dtype=torch.int32) * places.shape[1]
    total = F.embedding_bag(patterns + starts, places.view(-1, outputs).float(), mode="sum") + bias
    if rectify:
        total = F.relu(total)
    if outside:
        total[0] = 0
    return total.to(places.dtype)


def modulate(
    x: Tensor,
    table: Tensor,
    rows: Tensor | None,
    size: tuple[int, int],
    slope: float,
    noise: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Compute act((x + weight * noise) * scale + shift) in one pass.

    Args:
        x: `[N, h, w, C]`, or half that height and width, which is then upsampled.
        table: `[V, 2 C]`: scale, then shift; one row per pixel where `rows` is left out.
        rows: `[N, h, w] int32` row of `table` at each pixel.
        size: (h, w).
        slope: of the leaky ReLU; 1 for none.
        noise: planes `[N, h, w] float32` and weights `[C] float32`.

    Returns:
        `[N, h, w, C]` of the dtype of `x`; sums are float32.
    """
    up = x.shape[1] != size[0]
    if fused(x):
        return _fused_modulate(x, table, rows, size, slope, noise, up)
    if up:
        x = x.repeat_interleave(2, 1).repeat_interleave(2, 2)
    pixels = table.view(*x.shape[:3], -1) if rows is None else table[rows.long()]
    scale, shift = pixels.float().chunk(2, dim=3)
    value = x.float()
    if noise is not None:
        value = torch.addcmul(value, noise[0][..., None], noise[1])
    return F.leaky_relu(torch.addcmul(shift, value, scale), slope).to(x.dtype)


def _fused_sums(
    patterns: Tensor, places: Tensor, bias: Tensor, rectify: bool, outside: bool
) -> Tensor:
    from spade.engine.cuda import kernels

    count, outputs = len(patterns), places.shape[2]
    out = places.new_empty(count, outputs)
    rows, columns = _blocks(outputs)
    grid = (-(-count // rows), -(-outputs // columns))
    kernels.pattern_sums[grid](
        patterns, places, bias, out, count, places.shape[1], outputs,
        RECTIFY=rectify, OUTSIDE=outside, ROWS=rows, COLUMNS=columns,
    )  # fmt: skip
    return out


def _fused_modulate(
    x: Tensor, table: Tensor, rows: Tensor | None, size: tuple[int, int], slope: float,
    noise: tuple[Tensor, Tensor] | None, up: bool,
) -> Tensor:  # fmt: skip
    from spade.engine.cuda import kernels

    count, channels = len(x) * size[0] * size[1], x.shape[3]
    out = x.new_empty(len(x), *size, channels)
    block, columns = _blocks(channels)
    planes, weight = noise or (table, table)
    planes = planes.contiguous()  # of several items they are slices of what was drawn at once
    assert all(t.is_contiguous() for t in (x, table, weight)), "kernels count rows from the start"
    grid = (-(-count // block), -(-channels // columns))
    kernels.modulate[grid](
        x, table if rows is None else rows, table, planes, weight, out, count, *size, channels,
        int(up), slope, BY_ROW=rows is not None, NOISE=noise is not None, ROWS=block,
        COLUMNS=columns,
    )  # fmt: skip
    return out


def _blocks(channels: int) -> tuple[int, int]:
    """Return the rows and columns of one program, powers of two."""
    columns = min(CHANNELS, 1 << (channels - 1).bit_length())
    return ELEMENTS // columns, columns

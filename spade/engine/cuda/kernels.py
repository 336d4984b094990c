"""Triton kernels of the CUDA engine; each has a plain PyTorch twin where it is called from.

All are bound by memory: one pass each, rows of channels read and written as whole vectors. With
TRITON_INTERPRET=1 they run on the CPU, which is how they are tested where there is no GPU.

Compiling takes about half a second a variant, the first time on a machine, so sizes are no reason
for one: only whole groups of 16 channels are, which every row of channels has.
"""

# mypy: disable-error-code="no-untyped-def, misc, untyped-decorator"
# ruff: noqa: N803 (compile-time constants are written in capitals)

import triton
import triton.language as tl


@triton.jit
def _window(padded, pixel, size, width):
    """Return the address of the first value of each pixel's 3x3 window; `size` is of one item."""
    item, inside = pixel // size, pixel % size
    line = item * (size // width + 2) + inside // width
    return padded + line.to(tl.int64) * (width + 2) + inside % width


@triton.jit
def _slot(first, live, width, slots, offset, prime):
    """Return the slot of each pixel's pattern: FNV-1a over its nine values."""
    code = tl.zeros_like(live).to(tl.int64) + offset
    for place in tl.static_range(9):
        at = first + (place // 3) * (width + 2) + place % 3
        code = (code ^ tl.load(at, mask=live, other=0).to(tl.int64)) * prime
    return (code ^ (code >> 29)) & (slots - 1)


@triton.jit
def _equal(first, second, live, width):
    """Tell where two windows hold the same nine values."""
    same = live
    for place in tl.static_range(9):
        step = (place // 3) * (width + 2) + place % 3
        here = tl.load(first + step, mask=live, other=0)
        same = same & (here == tl.load(second + step, mask=live, other=0))
    return same


@triton.jit(do_not_specialize=["pixels", "size", "width", "slots"])
def claim(
    padded, owner, chosen, pixels, size, width, slots, offset, prime,
    SECOND: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Let the first pixel of each pattern own its slot, in the second round of those unsettled.

    Of a run of equal pixels only the first tries, and only where it would win, so that a flat
    region does not queue at one address.
    """
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = pixel < pixels
    if SECOND:
        live = live & (tl.load(chosen + pixel, mask=live, other=0) < 0)
    first = _window(padded, pixel, size, width)
    slot = _slot(first, live, width, slots, offset, prime)
    repeats = _equal(first, first - 1, live & (pixel % width > 0), width)
    tries = live & (repeats == 0)
    tries = tries & (tl.load(owner + slot, mask=tries, other=0) > pixel)
    tl.atomic_min(owner + slot, pixel, mask=tries, sem="relaxed")


@triton.jit(do_not_specialize=["pixels", "size", "width", "slots"])
def settle(
    padded, owner, chosen, leads, pixels, size, width, slots, offset, prime,
    SECOND: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Choose the owner of its slot for each pixel with the same pattern.

    A pixel without one is marked with -1 in the first round and chooses itself in the second.
    `leads` tells where a pixel chose itself.
    """
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = pixel < pixels
    live = inside
    if SECOND:
        before = tl.load(chosen + pixel, mask=inside, other=0)
        live = inside & (before < 0)
    first = _window(padded, pixel, size, width)
    slot = _slot(first, live, width, slots, offset, prime)
    candidate = tl.load(owner + slot, mask=live, other=0)
    known = live & (candidate < pixels)
    candidate = tl.where(known, candidate, 0)
    same = _equal(first, _window(padded, candidate, size, width), known, width)
    if SECOND:
        choice = tl.where(live, tl.where(same, candidate, pixel), before)
        tl.store(leads + pixel, (choice == pixel).to(tl.int32), mask=inside)
    else:
        choice = tl.where(same, candidate, -1)
    tl.store(chosen + pixel, choice, mask=inside)


@triton.jit(do_not_specialize=["pixels", "size", "width", "capacity"])
def list_patterns(
    padded, chosen, ids, patterns, rows, pixels, size, width, capacity, BLOCK: tl.constexpr
):
    """Write each pixel's row, and each leading pixel's pattern at its own row."""
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = pixel < pixels
    choice = tl.load(chosen + pixel, mask=live, other=0)
    row = tl.load(ids + choice, mask=live, other=0)
    tl.store(rows + pixel, row, mask=live)
    leads = live & (choice == pixel) & (row < capacity)
    first = _window(padded, pixel, size, width)
    for place in tl.static_range(9):
        at = first + (place // 3) * (width + 2) + place % 3
        tl.store(patterns + row.to(tl.int64) * 9 + place, tl.load(at, mask=leads, other=0), leads)


@triton.jit(do_not_specialize=["count", "symbols"])
def pattern_sums(
    patterns, places, bias, out, count, symbols, outputs,
    RECTIFY: tl.constexpr, OUTSIDE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """Add up the nine table rows of each pattern; with `OUTSIDE` the first row of all is 0."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    live, inside = row < count, column < outputs
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    total += tl.load(bias + column, mask=inside, other=0.0)[None, :]
    both = live[:, None] & inside[None, :]
    for place in tl.static_range(9):
        symbol = tl.load(patterns + row.to(tl.int64) * 9 + place, mask=live, other=0)
        at = (place * symbols + symbol)[:, None] * outputs + column[None, :]
        total += tl.load(places + at, mask=both, other=0.0).to(tl.float32)
    if RECTIFY:
        total = tl.maximum(total, 0.0)
    if OUTSIDE:
        total = tl.where((row > 0)[:, None], total, 0.0)
    to = out + row.to(tl.int64)[:, None] * outputs + column[None, :]
    tl.store(to, total.to(out.dtype.element_ty), mask=both)


@triton.jit(do_not_specialize=["pixels", "height", "width", "up"])
def modulate(
    x, rows, table, noise, weight, out, pixels, height, width, channels, up, slope,
    BY_ROW: tl.constexpr, NOISE: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """Write act((x + weight * noise) * scale + shift) of each pixel.

    `x` has half the height and width where `up` is 1 and the same where it is 0.
    """
    pixel = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    live, inside = pixel < pixels, column < channels
    both = live[:, None] & inside[None, :]
    line = pixel // width
    item = line // height
    line = item * (height >> up) + ((line - item * height) >> up)
    source = line * (width >> up) + (pixel % width >> up)
    row = pixel
    if BY_ROW:
        row = tl.load(rows + pixel, mask=live, other=0)
    at = source.to(tl.int64)[:, None] * channels + column[None, :]
    value = tl.load(x + at, mask=both, other=0.0).to(tl.float32)
    if NOISE:
        plane = tl.load(noise + pixel, mask=live, other=0.0)
        each = tl.load(weight + column, mask=inside, other=0.0)
        value += plane[:, None] * each[None, :]
    at = row.to(tl.int64)[:, None] * (2 * channels) + column[None, :]
    scale = tl.load(table + at, mask=both, other=0.0).to(tl.float32)
    shift = tl.load(table + at + channels, mask=both, other=0.0).to(tl.float32)
    value = value * scale + shift
    value = tl.where(value > 0, value, value * slope)
    at = pixel.to(tl.int64)[:, None] * channels + column[None, :]
    tl.store(out + at, value.to(out.dtype.element_ty), mask=both)

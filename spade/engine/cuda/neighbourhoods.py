"""The distinct label neighbourhoods of a batch, numbered on the device without asking the host.

A pattern is found by a hash and told apart by all nine values. A pixel whose pattern lost its slot
to another in both rounds gets a row of its own: a collision can only add rows, never merge two
patterns. So no step waits for the host to learn how many there are, and a CUDA graph holds it all.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from spade.engine.cuda.ops import PLACES, fused

# Offset and prime of the hash (FNV-1a, 64 bits, as signed numbers) in each round.
ROUNDS = ((-3750763034362895579, 1099511628211), (-7046029254386353131, 2862933555777941757))
SHIFT = 29
# A doodle's patterns then lose their first slot once in hundreds, and both slots hardly ever.
SLOTS_PER_PIXEL = 2
# Pixels of one Triton program.
BLOCK = 256


@dataclass(frozen=True)
class Neighbourhoods:
    """Distinct 3x3 patterns of symbols of a whole batch, and distinct 3x3 patterns of those.

    Symbols and rows count from 1; 0 is "outside the map", and row 0 of both lists stands for it.

    inner: `[capacity, 9] int32` symbols of each pattern, in reading order.
    outer: `[capacity, 9] int32` rows of `inner`.
    rows: `[N, h, w] int32` row of `outer` at each pixel.
    count: `[] int32` rows of `outer` in use, row 0 among them; the lists are cut off where it is
        above `capacity`. `inner` never has more.
    """

    inner: Tensor
    outer: Tensor
    rows: Tensor
    count: Tensor

    def cut(self, capacity: int) -> "Neighbourhoods":
        """Return the same with lists of `capacity` rows, which must hold the count."""
        return Neighbourhoods(self.inner[:capacity], self.outer[:capacity], self.rows, self.count)


def find_neighbourhoods(symbols: Tensor, capacity: int) -> Neighbourhoods:
    """List the neighbourhoods of `[N, h, w] int32` symbols from 1."""
    inner, inner_rows, _ = number_patterns(symbols, capacity)
    outer, rows, count = number_patterns(inner_rows, capacity)
    return Neighbourhoods(inner, outer, rows, count)


def number_patterns(
    values: Tensor, capacity: int, slots: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Number the 3x3 patterns of `[N, h, w] int32` values from 1, in the order first met.

    Args:
        values: positive; 0 is taken for what lies outside.
        capacity: rows of the list, row 0 (all "outside") among them.
        slots: of the hash table, a power of two.

    Returns:
        patterns `[capacity, 9]`, the row of each pixel `[N, h, w]` and the number of rows `[]`, all
        int32. Only rows below `capacity` are listed.
    """
    padded = F.pad(values, (1, 1, 1, 1))
    slots = slots or 1 << (SLOTS_PER_PIXEL * values.numel() - 1).bit_length()
    number = _fused_numbers if fused(values) else _plain_numbers
    return number(values, padded, capacity, slots)


def windows(padded: Tensor) -> Tensor:
    """Return `[N * h * w, 9]`: the 3x3 surroundings of each pixel of `[N, h + 2, w + 2]`."""
    return padded.unfold(1, 3, 1).unfold(2, 3, 1).reshape(-1, PLACES)


def _plain_numbers(
    values: Tensor, padded: Tensor, capacity: int, slots: int
) -> tuple[Tensor, Tensor, Tensor]:
    around = windows(padded)
    pixels = torch.arange(len(around), device=values.device)
    chosen = torch.full_like(pixels, -1)
    for offset, prime in ROUNDS:
        code = torch.full_like(pixels, offset)
        for place in range(PLACES):
            code = (code ^ around[:, place]) * prime
        slot = (code ^ (code >> SHIFT)) & (slots - 1)
        tries = torch.where(chosen < 0, pixels, len(pixels) - 1)
        owner = torch.full((slots,), len(pixels) - 1, device=values.device)
        candidate = owner.scatter_reduce(0, slot, tries, "amin")[slot]
        same = (around[candidate] == around).all(1)
        chosen = torch.where((chosen < 0) & same, candidate, chosen)
    chosen = torch.where(chosen < 0, pixels, chosen)
    leads = chosen == pixels
    ids = torch.cumsum(leads, 0, dtype=torch.int32)
    patterns = around.new_zeros(capacity, PLACES)
    patterns.index_copy_(0, torch.where(leads & (ids < capacity), ids, 0).long(), around)
    patterns[0] = 0
    return patterns, ids[chosen].view_as(values), ids[-1] + 1


def _fused_numbers(
    values: Tensor, padded: Tensor, capacity: int, slots: int
) -> tuple[Tensor, Tensor, Tensor]:
    from spade.engine.cuda import kernels

    pixels, size, width = values.numel(), values.shape[1] * values.shape[2], values.shape[2]
    grid = (-(-pixels // BLOCK),)
    chosen, leads, rows = (torch.empty_like(values) for _ in range(3))
    for second, (offset, prime) in enumerate(ROUNDS):
        owner = values.new_full((slots,), torch.iinfo(torch.int32).max)
        shape = (pixels, size, width, slots, offset, prime)
        kernels.claim[grid](padded, owner, chosen, *shape, SECOND=second, BLOCK=BLOCK)
        kernels.settle[grid](padded, owner, chosen, leads, *shape, SECOND=second, BLOCK=BLOCK)
    ids = torch.cumsum(leads.flatten(), 0, dtype=torch.int32)
    patterns = values.new_zeros(capacity, PLACES)
    kernels.list_patterns[grid](
        padded, chosen, ids, patterns, rows, pixels, size, width, capacity, BLOCK=BLOCK
    )
    return patterns, rows, ids[-1] + 1

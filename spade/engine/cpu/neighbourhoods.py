"""The distinct label neighbourhoods of one label map at one size."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spade.engine.cpu.jit import kernel

Indices = npt.NDArray[np.int32]
PLACES = 9


@dataclass(frozen=True)
class Neighbourhoods:
    """Distinct 3x3 patterns of symbols, and distinct 3x3 patterns of those.

    inner: `[U, 9]` symbols of each pattern, in reading order.
    inner_rows: `[h * w]` row of `inner` at each pixel.
    outer: `[V, 9]` rows of `inner`; U stands for "outside the map".
    rows: `[h * w]` row of `outer` at each pixel.
    """

    height: int
    width: int
    inner: Indices
    inner_rows: Indices
    outer: Indices
    rows: Indices


def find_neighbourhoods(symbols: Indices, outside: int) -> Neighbourhoods:
    """List the neighbourhoods of `[h, w]` symbols below `outside`."""
    height, width = symbols.shape
    inner, inner_rows = _distinct(np.ascontiguousarray(symbols).ravel(), height, width, outside)
    outer, rows = _distinct(inner_rows, height, width, len(inner))
    return Neighbourhoods(height, width, inner, inner_rows, outer, rows)


@kernel
def _distinct(values: Indices, height: int, width: int, outside: int) -> tuple[Indices, Indices]:
    """Number the distinct 3x3 patterns in the order in which they are first met.

    Patterns are found by a hash and told apart by all nine values, so no collision can merge two.
    """
    slots = 16
    while slots < 2 * height * width:
        slots *= 2
    table = np.zeros(slots, dtype=np.int32)
    patterns = np.empty((height * width, PLACES), dtype=np.int32)
    rows = np.empty(height * width, dtype=np.int32)
    here = np.empty(PLACES, dtype=np.int32)
    count = 0
    row = -1
    for y in range(height):
        for x in range(width):
            same = row >= 0
            for place in range(PLACES):
                py, px = y + place // 3 - 1, x + place % 3 - 1
                value = outside
                if 0 <= py < height and 0 <= px < width:
                    value = values[py * width + px]
                same = same and here[place] == value
                here[place] = value
            if not same:
                row, count = _find(here, patterns, table, count)
            rows[y * width + x] = row
    return patterns[:count].copy(), rows


@kernel
def _find(here: Indices, patterns: Indices, table: Indices, count: int) -> tuple[int, int]:
    """Return the row of a pattern, adding it if it is new, and the number of patterns."""
    code = np.uint64(14695981039346656037)
    for place in range(PLACES):
        code = (code ^ np.uint64(here[place])) * np.uint64(1099511628211)
    slot = np.int64((code ^ (code >> np.uint64(29))) & np.uint64(table.size - 1))
    while table[slot] != 0:
        row = table[slot] - 1
        equal = True
        for place in range(PLACES):
            equal = equal and patterns[row, place] == here[place]
        if equal:
            return row, count
        slot = (slot + 1) & (table.size - 1)
    patterns[count] = here
    table[slot] = count + 1
    return count, count + 1

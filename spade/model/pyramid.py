"""A batch of label maps at every size the generator asks for, as planes or as neighbourhoods."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Size = tuple[int, int]


@dataclass(frozen=True)
class Neighbourhoods:
    """The distinct 3x3 label patterns of a batch, and the distinct 3x3 patterns of those.

    Gamma and beta at a pixel depend on nothing but its row of `outer` (SPADE, section 3.1: two
    3x3 convolutions, so a 5x5 neighbourhood of labels).

    inner: `[U, 9] int64` symbols; the symbol one past the last stands for "outside the map".
    outer: `[V, 9] int64` rows of `inner`; U stands for "outside the map".
    Both may end with repetitions that belong to no pixel.
    rows: `[N, h, w] int64` row of `outer` at each pixel.
    """

    inner: Tensor
    outer: Tensor
    rows: Tensor


class LabelPyramid:
    """Label channels (and instance edges) of a batch, resized to any size by nearest neighbour.

    Work that depends on the size alone is done once and shared by all layers of that size.
    """

    def __init__(
        self,
        channels: Tensor,
        label_channels: int,
        edges: Tensor | None = None,
        *,
        dense: bool = False,
    ) -> None:
        """Keep `channels` `[N, H, W] int64` and `edges` `[N, H, W] bool`, where used.

        With `dense` every modulation is computed as published, pixel by pixel.
        """
        self.label_channels = label_channels
        self.dense = dense
        self.has_edges = edges is not None
        # Label and edge make one symbol, so that a pattern of symbols is the whole input.
        self._symbols = channels if edges is None else channels * 2 + edges.long()
        self._resized: dict[Size, Tensor] = {}
        self._planes: dict[Size, Tensor] = {}
        self._neighbourhoods: dict[Size, Neighbourhoods] = {}

    @property
    def symbol_count(self) -> int:
        """Distinct symbols there can be, "outside" not counted."""
        return self.label_channels * (2 if self.has_edges else 1)

    @property
    def size(self) -> Size:
        """Size (height, width) of the label maps as they came."""
        return self._symbols.shape[1], self._symbols.shape[2]

    def symbols(self, size: Size) -> Tensor:
        """Return `[N, h, w] int64` symbols at `size`."""
        if size not in self._resized:
            self._resized[size] = nearest(self._symbols, size)
        return self._resized[size]

    def planes(self, size: Size) -> Tensor:
        """Return the dense input `[N, semantic_nc, h, w] float32` at `size`."""
        if size not in self._planes:
            symbols = self.symbols(size)
            labels = symbols // 2 if self.has_edges else symbols
            planes = F.one_hot(labels, self.label_channels).permute(0, 3, 1, 2).float()
            if self.has_edges:
                planes = torch.cat([planes, (symbols % 2)[:, None].float()], dim=1)
            self._planes[size] = planes
        return self._planes[size]

    def neighbourhoods(self, size: Size) -> Neighbourhoods:
        """Return the distinct neighbourhoods at `size`."""
        if size not in self._neighbourhoods:
            inner, inner_rows = distinct_patterns(self.symbols(size), self.symbol_count)
            inner = lengthened(inner)
            outer, outer_rows = distinct_patterns(inner_rows, len(inner))
            self._neighbourhoods[size] = Neighbourhoods(inner, lengthened(outer), outer_rows)
        return self._neighbourhoods[size]


def lengthened(patterns: Tensor) -> Tensor:
    """Repeat the last pattern until there are as many as in other batches: at most an eighth more.

    Kernels are compiled, and memory is laid out, for each number of rows anew. Were it another one
    in each batch, a long run would do little else, in more and more memory.
    """
    few = 2 ** max(0, len(patterns).bit_length() - 4)
    missing = -len(patterns) % few
    return torch.cat([patterns, patterns[-1:].expand(missing, -1)])


def nearest(maps: Tensor, size: Size) -> Tensor:
    """Resize `[N, H, W]` integers as PyTorch's nearest interpolation does: floor(i * H / h)."""
    height, width = maps.shape[-2:]
    if (height, width) == size:
        return maps
    rows = torch.arange(size[0], device=maps.device) * height // size[0]
    columns = torch.arange(size[1], device=maps.device) * width // size[1]
    return maps[:, rows[:, None], columns[None, :]]


def distinct_patterns(values: Tensor, outside: int) -> tuple[Tensor, Tensor]:
    """Find the distinct 3x3 patterns of `[N, h, w]` integers in [0, outside).

    Returns:
        patterns `[U, 9]` in reading order, with `outside` beyond the border, and the row of
        each pixel `[N, h, w]`. Exact: codes are positional, never hashed; two rounds of three
        digits keep them below 2**63.
    """
    padded = F.pad(values, (1, 1, 1, 1), value=outside)
    triples, triple_rows = _distinct_triples(
        [padded[:, :, x : x + values.shape[2]] for x in range(3)], outside + 1
    )
    height = values.shape[1]
    rows_of_triples, rows = _distinct_triples(
        [triple_rows[:, y : y + height] for y in range(3)], len(triples)
    )
    return triples[rows_of_triples].reshape(-1, 9), rows


def _distinct_triples(digits: list[Tensor], base: int) -> tuple[Tensor, Tensor]:
    code = (digits[0] * base + digits[1]) * base + digits[2]
    codes, rows = torch.unique(code, return_inverse=True)
    triples = torch.stack([codes // base**2, codes // base % base, codes % base], dim=1)
    return triples, rows

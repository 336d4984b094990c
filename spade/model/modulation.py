"""The SPADE layer: gamma and beta once per distinct label neighbourhood, or densely."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spade.model.pyramid import LabelPyramid, Neighbourhoods, Size

HIDDEN = 128
# Above so many the dense convolutions are less work (measured, bench/).
MOST_NEIGHBOURHOODS_PER_PIXEL = 0.5


class Spade(nn.Module):
    """Spatially-adaptive normalisation: batch norm whose scale and shift come from the labels."""

    def __init__(self, channels: int, semantic_nc: int) -> None:
        super().__init__()
        self.param_free_norm = nn.BatchNorm2d(channels, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(semantic_nc, HIDDEN, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(HIDDEN, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(HIDDEN, channels, 3, padding=1)

    def forward(self, x: Tensor, pyramid: LabelPyramid) -> Tensor:
        """Return `x` normalised, then scaled and shifted by its labels, `[N, C, h, w]`."""
        size = x.shape[2], x.shape[3]
        x = self.param_free_norm(x)
        neighbourhoods = _worth_finding(pyramid, size)
        if neighbourhoods is None:
            gamma, beta = dense_modulation(self, pyramid, size)
            return torch.addcmul(beta, x, 1 + gamma)
        table = modulation_table(self, neighbourhoods, pyramid.has_edges)
        return modulate(x, table, neighbourhoods.rows)


def _worth_finding(pyramid: LabelPyramid, size: Size) -> Neighbourhoods | None:
    """Return the distinct neighbourhoods at `size`, or None where they would save nothing."""
    if pyramid.dense or size[0] * size[1] <= 256:
        return None
    found = pyramid.neighbourhoods(size)
    few = len(found.outer) <= MOST_NEIGHBOURHOODS_PER_PIXEL * found.rows.numel()
    return found if few else None


def dense_modulation(layer: Spade, pyramid: LabelPyramid, size: Size) -> tuple[Tensor, Tensor]:
    """Compute gamma and beta by three convolutions over one-hot planes, as in the paper."""
    hidden: Tensor = layer.mlp_shared(pyramid.planes(size))
    return layer.mlp_gamma(hidden), layer.mlp_beta(hidden)


def modulation_table(layer: Spade, neighbourhoods: Neighbourhoods, edges: bool) -> Tensor:
    """Return `[V, 2 C]`: 1 + gamma, then beta, of each distinct neighbourhood."""
    hidden = hidden_table(layer, neighbourhoods.inner, edges)
    if torch.is_autocast_enabled(hidden.device.type):
        # Before the rows are multiplied, as the linear layer below would do it afterwards.
        hidden = hidden.to(torch.get_autocast_dtype(hidden.device.type))
    outside = torch.zeros_like(hidden[:1])
    patches = gather_rows(torch.cat([hidden, outside]), neighbourhoods.outer).flatten(1)
    weight = torch.cat([layer.mlp_gamma.weight, layer.mlp_beta.weight])
    bias = torch.cat([1 + _bias(layer.mlp_gamma), _bias(layer.mlp_beta)])
    # [2C, hidden, 3, 3] -> [2C, 9 hidden] in the order of the patches: place first.
    return F.linear(patches, weight.permute(0, 2, 3, 1).flatten(1), bias)


def hidden_table(layer: Spade, inner: Tensor, edges: bool) -> Tensor:
    """Return `[U, hidden]`: the shared layer's output at each distinct 3x3 pattern of symbols."""
    shared = layer.mlp_shared[0]
    assert isinstance(shared, nn.Conv2d)
    table = F.pad(by_place(shared.weight, edges), (0, 0, 0, 1))
    places = torch.arange(9, device=inner.device) * table.shape[1]
    total = F.embedding_bag(inner + places, table.flatten(0, 1), mode="sum")
    return F.relu(total + _bias(shared))


def by_place(weight: Tensor, edges: bool) -> Tensor:
    """Return `[9, symbols, outputs]`: a 3x3 kernel over one-hot planes, by place and symbol.

    With `edges` the last plane marks instance edges, and a symbol is twice the label, plus one on
    an edge.
    """
    table = weight.permute(2, 3, 1, 0).flatten(0, 1)
    if edges:
        labels, edge = table[:, :-1], table[:, -1:]
        table = torch.stack([labels, labels + edge], dim=2).flatten(1, 2)
    return table


def gather_rows(table: Tensor, rows: Tensor) -> Tensor:
    """Return `[..., C]`: rows of `table` `[V, C]`, with gradients that are summed in float32."""
    gathered: Tensor = _GatherRows.apply(table, rows)  # type: ignore[no-untyped-call]
    return gathered


class _GatherRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.count = len(table)
        return F.embedding(rows, table)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (rows,), (grad,) = ctx.saved_tensors, grads
        return sum_by_row(grad, rows, ctx.count), None


def modulate(x: Tensor, table: Tensor, rows: Tensor) -> Tensor:
    """Scale and shift each pixel of `x` `[N, C, h, w]` by its row of `table` `[V, 2 C]`."""
    modulated: Tensor = _Modulate.apply(x, table, rows)  # type: ignore[no-untyped-call]
    return modulated


class _Modulate(torch.autograd.Function):
    """One function, so that a gradient of the gathered pixels is never made and stored."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, table: Tensor, rows: Tensor) -> Tensor:
        ctx.save_for_backward(x, table, rows)
        scale, shift = F.embedding(rows, table).permute(0, 3, 1, 2).chunk(2, dim=1)
        return torch.addcmul(shift, x, scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (x, table, rows), (grad,) = ctx.saved_tensors, grads
        scales = table[:, : x.shape[1]].contiguous()
        scale = F.embedding(rows, scales).permute(0, 3, 1, 2)
        parts = [
            sum_by_row(part.to(table.dtype).permute(0, 2, 3, 1), rows, len(table))
            for part in (grad * x, grad)
        ]
        return (grad * scale).to(x.dtype), torch.cat(parts, dim=1), None


def sum_by_row(values: Tensor, rows: Tensor, count: int) -> Tensor:
    """Return `[count, C]`: the sums of the values `[..., C]` that belong to each row.

    A label's region of thousands of pixels is one row. Summed one by one in bfloat16 its gradient
    would stand still at 256 times a pixel's. Where the index is the same for all channels, PyTorch
    sums in float32 on a processor, and rounds at the end.
    """
    flat = values.reshape(-1, values.shape[-1])
    index = rows.reshape(-1, 1).expand(-1, flat.shape[1])
    return flat.new_zeros(count, flat.shape[1]).scatter_add_(0, index, flat)


def _bias(layer: nn.Module) -> Tensor:
    bias = layer.bias
    assert isinstance(bias, Tensor)
    return bias

"""The generator's forward pass over a batch, from neighbourhoods to pictures.

Nothing here asks the device for a value, so that a CUDA graph can hold it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from spade.engine.batch import Size
from spade.engine.cuda.neighbourhoods import Neighbourhoods, windows
from spade.engine.cuda.ops import modulate, pattern_sums
from spade.engine.cuda.weights import Block, LabelSeed, Modulation, StyleSeed, Weights
from spade.model.architecture import SLOPE
from spade.model.cells import resize_cells


@dataclass(frozen=True)
class Place:
    """A batch's labels at one size.

    symbols: `[N, h, w] int32` from 1.
    found: their neighbourhoods, or None where every pixel is computed for itself.
    """

    symbols: Tensor
    found: Neighbourhoods | None

    @property
    def size(self) -> Size:
        """(height, width)."""
        return self.symbols.shape[1], self.symbols.shape[2]

    def patterns(self) -> Tensor:
        """Return each pixel's pattern of symbols, `[N * h * w, 9] int32`."""
        return windows(F.pad(self.symbols, (1, 1, 1, 1)))


def paint(
    weights: Weights,
    sizes: list[Size],
    cells: Size,
    places: Mapping[Size, Place],
    z: Tensor | None,
    noise: list[Tensor] | None,
) -> Tensor:
    """Return `[N, H, W, 3] float32` in [-1, 1].

    Args:
        weights: of the generator.
        sizes: that its blocks work at.
        cells: the size that the first one's output is enlarged to.
        places: the labels at those sizes.
        z: `[N, z_dim] float32` with a style seed.
        noise: one plane `[N, h, w] float32` per block with a noise model.
    """
    x = _seed(weights.seed, places[sizes[0]], z)
    for index, (block, size) in enumerate(zip(weights.blocks, sizes, strict=True)):
        x = _run_block(block, x, places[size], None if noise is None else noise[index])
        if index == 0:
            x = resize_cells(x.permute(0, 3, 1, 2), cells).permute(0, 2, 3, 1).contiguous()
    nowhere = torch.zeros_like(places[sizes[-1]].symbols)
    x = convolve(modulate(x, weights.last, nowhere, sizes[-1], SLOPE), weights.image)
    return torch.tanh(x[..., :3].float() + weights.image_bias)


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve `[N, h, w, C]` with `[outputs, C, 3, 3]`, zeros outside."""
    return F.conv2d(x.permute(0, 3, 1, 2), weight, bias, padding=1).permute(0, 2, 3, 1).contiguous()


def _seed(seed: LabelSeed | StyleSeed, place: Place, z: Tensor | None) -> Tensor:
    size = place.size
    if isinstance(seed, LabelSeed):
        out = pattern_sums(place.patterns(), seed.places, seed.bias, rectify=False, outside=False)
        return out.view(len(place.symbols), *size, -1)
    if z is None:
        raise ValueError("a model with a VAE needs z")
    x = F.linear(z.to(seed.weight.dtype), seed.weight, seed.bias).view(len(z), *seed.size, -1)
    return resize_cells(x.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1).contiguous()


def _run_block(block: Block, x: Tensor, place: Place, noise: Tensor | None) -> Tensor:
    size = place.size
    out = convolve(modulate(x, *_table(block.norm_0, place), size, SLOPE), block.conv_0)
    with_noise = None if noise is None or block.noise is None else (noise, block.noise)
    table, rows = _table(block.norm_1, place)
    out = convolve(modulate(out, table, rows, size, SLOPE, with_noise), block.conv_1)
    if block.norm_s is None or block.shortcut is None:
        return _add_upsampled(out, x)
    skip = modulate(x, *_table(block.norm_s, place), size, 1.0)
    # The sum of both is made inside the product, in float32.
    return out.view(-1, out.shape[3]).addmm_(skip.flatten(0, 2), block.shortcut.T).view_as(out)


def _add_upsampled(out: Tensor, x: Tensor) -> Tensor:
    up = out.shape[1] // x.shape[1]
    items, height, width, channels = x.shape
    cells = out.view(items, height, up, width, up, channels)
    cells += x[:, :, None, :, None]
    return out


def _table(layer: Modulation, place: Place) -> tuple[Tensor, Tensor | None]:
    """Return `[scale | shift]` by row and each pixel's row, or by pixel."""
    found, hidden_bias = place.found, layer.hidden_bias
    if found is None:
        hidden = pattern_sums(
            place.patterns(), layer.places, hidden_bias, rectify=True, outside=False
        )
        pixels = hidden.view(len(place.symbols), *place.size, -1)
        return convolve(pixels, layer.weight.permute(0, 3, 1, 2), layer.bias).flatten(0, 2), None
    hidden = pattern_sums(found.inner, layer.places, hidden_bias, rectify=True, outside=True)
    patches = hidden.index_select(0, found.outer.flatten()).view(len(found.outer), -1)
    return F.linear(patches, layer.weight.flatten(1), layer.bias), found.rows

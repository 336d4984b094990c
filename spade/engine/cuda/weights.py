"""A generator's weights as the CUDA engine wants them: folded, padded, in one dtype.

What is the same for every pixel of a channel never costs a pass over a feature map. The bias of a
convolution goes into the table of the SPADE layer that reads its output. Where the output joins
the shortcut, the bias is carried along as a constant that the feature map lacks, up to the next
layers that read it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spade.engine.weights import fold_batch_norm, plain
from spade.model.generator import Generator, SpadeResnetBlock
from spade.model.modulation import Spade, by_place

# Tensor cores take whole groups of channels, and the kernels move them as whole vectors.
GROUP = 16


@dataclass(frozen=True)
class Modulation:
    """A SPADE layer: hidden vectors by pattern of symbols, and `[scale | shift]` of those.

    places: `[9, 1 + symbols, hidden]`; symbol 0 is "outside" and adds nothing.
    hidden_bias: `[hidden] float32`.
    weight: `[2 C, 3, 3, hidden]`, with `bias` `[2 C]`: out = x * scale + shift.
    """

    places: Tensor
    hidden_bias: Tensor
    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Block:
    """A SPADE residual block; convolutions are `[outputs, inputs, 3, 3]`, channels last.

    shortcut: `[outputs, inputs]`, where the width changes.
    noise: `[middle] float32`, with a noise model.
    """

    norm_0: Modulation
    conv_0: Tensor
    norm_1: Modulation
    conv_1: Tensor
    norm_s: Modulation | None
    shortcut: Tensor | None
    noise: Tensor | None


@dataclass(frozen=True)
class LabelSeed:
    """The first feature map from labels: `places` as in `Modulation`, and `bias` `[C] float32`."""

    places: Tensor
    bias: Tensor


@dataclass(frozen=True)
class StyleSeed:
    """The first feature map from a style: `weight` `[h * w * C, z_dim]` and `bias` `[h * w * C]`.

    size: (h, w).
    """

    weight: Tensor
    bias: Tensor
    size: tuple[int, int]


@dataclass(frozen=True)
class Weights:
    """All of a generator.

    last: `[1, 2 C]` scale and shift of what the last layer reads.
    image: the last layer `[16, C, 3, 3]`, of which three channels count, and its bias
        `[3] float32`.
    """

    seed: LabelSeed | StyleSeed
    blocks: tuple[Block, ...]
    last: Tensor
    image: Tensor
    image_bias: Tensor


def prepare_weights(generator: Generator, device: torch.device, dtype: torch.dtype) -> Weights:
    """Fold, pad and move a generator's weights; sums are made in float32 on the CPU."""
    target = _Target(device, dtype, generator.architecture.instance_edges)
    blocks, missing = [], torch.zeros(1)
    for block in generator.blocks():
        blocks.append(target.block(block, missing))
        carried = torch.zeros(1) if block.learned_shortcut else missing
        missing = carried + plain(block.conv_1.bias)
    last = generator.conv_img
    return Weights(
        target.seed(generator),
        tuple(blocks),
        target.rounded(_rows(torch.ones_like(missing), missing)[None]),
        target.convolution(last),
        target.exact(plain(last.bias)),
    )


@dataclass(frozen=True)
class _Target:
    """Where weights go, and what of a layer goes there."""

    device: torch.device
    dtype: torch.dtype
    edges: bool

    def rounded(self, values: Tensor) -> Tensor:
        return values.to(self.device, self.dtype).contiguous()

    def exact(self, values: Tensor) -> Tensor:
        return values.to(self.device).contiguous()

    def block(self, block: SpadeResnetBlock, missing: Tensor) -> Block:
        """Lay out a block that reads a feature map without the constant `missing`."""
        norm_s, shortcut, noise = None, None, None
        if block.learned_shortcut:
            norm_s = self.norm(block.norm_s, missing)
            shortcut = self.rounded(_grouped(_grouped(plain(block.conv_s.weight), 0), 1)[..., 0, 0])
        if hasattr(block, "noise_weight"):
            noise = self.exact(_grouped(plain(block.noise_weight), 0))
        return Block(
            self.norm(block.norm_0, missing),
            self.convolution(block.conv_0),
            self.norm(block.norm_1, plain(block.conv_0.bias)),
            self.convolution(block.conv_1),
            norm_s,
            shortcut,
            noise,
        )

    def norm(self, layer: Spade, missing: Tensor) -> Modulation:
        """Fold batch norm, and the constant that the input lacks, into gamma and beta."""
        shared = layer.mlp_shared[0]
        assert isinstance(shared, nn.Conv2d)
        folded = fold_batch_norm(layer, missing)
        return Modulation(
            self.rounded(F.pad(by_place(plain(shared.weight), self.edges), (0, 0, 1, 0))),
            self.exact(plain(shared.bias)),
            self.rounded(_rows(folded.scale, folded.shift).permute(0, 2, 3, 1)),
            self.rounded(_rows(folded.scale_bias, folded.shift_bias)),
        )

    def convolution(self, layer: nn.Conv2d) -> Tensor:
        weight = self.rounded(_grouped(_grouped(plain(layer.weight), 0), 1))
        return weight.contiguous(memory_format=torch.channels_last)

    def seed(self, generator: Generator) -> LabelSeed | StyleSeed:
        layer = generator.fc
        if isinstance(layer, nn.Conv2d):
            table = F.pad(by_place(plain(layer.weight), self.edges), (0, 0, 1, 0))
            return LabelSeed(
                self.rounded(_grouped(table, 2)), self.exact(_grouped(plain(layer.bias), 0))
            )
        assert isinstance(layer, nn.Linear)
        rows, columns = generator.architecture.seed_size
        # [C, h, w, z] -> [h * w * C, z]: what the layer gives is then `[h, w, C]` as it is.
        weight = _grouped(plain(layer.weight).view(-1, rows, columns, layer.in_features), 0)
        bias = _grouped(plain(layer.bias).view(-1, rows, columns), 0)
        return StyleSeed(
            self.rounded(weight.permute(1, 2, 0, 3).flatten(0, 2)),
            self.rounded(bias.permute(1, 2, 0).flatten()),
            (rows, columns),
        )


def _rows(scale: Tensor, shift: Tensor) -> Tensor:
    """Return `[2 C, ...]`: scale, then shift, of grouped channels."""
    return torch.cat([_grouped(scale, 0), _grouped(shift, 0)])


def _grouped(values: Tensor, axis: int) -> Tensor:
    """Fill an axis of channels up to whole groups with zeros."""
    extra = -values.shape[axis] % GROUP
    return F.pad(values, [0, 0] * (values.ndim - 1 - axis) + [0, extra])

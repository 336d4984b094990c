"""The SPADE generator (Park et al., CVPR 2019, section 3 and appendix A).

Parameter names and shapes are those of NVIDIA's SPADE code, so that its
checkpoints load. Modulation is computed per distinct label neighbourhood where that is less work,
and densely otherwise; both give the same numbers, and gradients flow through both.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spade.model.architecture import SLOPE, Architecture
from spade.model.cells import resize_cells
from spade.model.modulation import Spade
from spade.model.pyramid import LabelPyramid

# Standard deviation of the noise's weights at first. They hardly grow: at 0.1, a tenth of the
# activations, large regions had nothing but their distance to a border to grow texture from.
FIRST_NOISE = 0.5


class SpadeResnetBlock(nn.Module):
    """Two modulated convolutions beside a shortcut, learned where the width changes.

    With `noise`, a weight per channel says how much of the noise joins between the two.
    """

    def __init__(self, inputs: int, outputs: int, semantic_nc: int, noise: bool = False) -> None:
        super().__init__()
        middle = min(inputs, outputs)
        self.conv_0 = nn.Conv2d(inputs, middle, 3, padding=1)
        self.conv_1 = nn.Conv2d(middle, outputs, 3, padding=1)
        self.norm_0 = Spade(inputs, semantic_nc)
        self.norm_1 = Spade(middle, semantic_nc)
        self.learned_shortcut = inputs != outputs
        if self.learned_shortcut:
            self.conv_s = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.norm_s = Spade(inputs, semantic_nc)
        if noise:
            self.noise_weight = nn.Parameter(torch.empty(middle))
            if not self.noise_weight.is_meta:  # which has torch load its compiler, in 3 s
                nn.init.normal_(self.noise_weight, std=FIRST_NOISE)

    def forward(self, x: Tensor, pyramid: LabelPyramid, noise: Tensor | None = None) -> Tensor:
        """Return `[N, outputs, h, w]`; `noise` is `[N, h, w]`."""
        shortcut: Tensor = self.conv_s(self.norm_s(x, pyramid)) if self.learned_shortcut else x
        dx: Tensor = self.conv_0(F.leaky_relu(self.norm_0(x, pyramid), SLOPE))
        if noise is not None:
            weight = self.noise_weight.to(dx.dtype)[:, None, None]
            dx = torch.addcmul(dx, weight, noise.to(dx.dtype)[:, None])
        dx = self.conv_1(F.leaky_relu(self.norm_1(dx, pyramid), SLOPE))
        return shortcut + dx


class PaintingNetwork(nn.Module):
    """Paints pictures `[N, 3, H, W] float32 in [-1, 1]` from a batch of label maps."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture

    def forward(
        self,
        pyramid: LabelPyramid,
        size: tuple[int, int],
        z: Tensor | None,
        noise: list[Tensor] | None = None,
    ) -> Tensor:
        """Paint a picture of `size` (height, width), a multiple of the architecture's stride."""
        raise NotImplementedError


class Generator(PaintingNetwork):
    """SPADE's."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture)
        nf, nc, noise = architecture.ngf, architecture.semantic_nc, architecture.noise
        if architecture.use_vae:
            rows, columns = architecture.seed_size
            self.fc: nn.Module = nn.Linear(architecture.z_dim, 16 * nf * rows * columns)
        else:
            self.fc = nn.Conv2d(nc, 16 * nf, 3, padding=1)
        self.head_0 = SpadeResnetBlock(16 * nf, 16 * nf, nc, noise)
        self.G_middle_0 = SpadeResnetBlock(16 * nf, 16 * nf, nc, noise)
        self.G_middle_1 = SpadeResnetBlock(16 * nf, 16 * nf, nc, noise)
        self.up_0 = SpadeResnetBlock(16 * nf, 8 * nf, nc, noise)
        self.up_1 = SpadeResnetBlock(8 * nf, 4 * nf, nc, noise)
        self.up_2 = SpadeResnetBlock(4 * nf, 2 * nf, nc, noise)
        self.up_3 = SpadeResnetBlock(2 * nf, nf, nc, noise)
        last = nf
        if architecture.num_upsampling_layers == "most":
            self.up_4 = SpadeResnetBlock(nf, nf // 2, nc, noise)
            last = nf // 2
        self.conv_img = nn.Conv2d(last, 3, 3, padding=1)

    def blocks(self) -> list[SpadeResnetBlock]:
        """Return the residual blocks in the order in which they paint."""
        return [module for module in self.children() if isinstance(module, SpadeResnetBlock)]

    def forward(
        self,
        pyramid: LabelPyramid,
        size: tuple[int, int],
        z: Tensor | None,
        noise: list[Tensor] | None = None,
    ) -> Tensor:
        """Paint a picture of `size` (height, width), a multiple of the architecture's stride.

        `z` is `[N, z_dim] float32` with a VAE model and unused otherwise. `noise` is one
        `[N, h, w]` plane per block with a noise model; fresh noise is drawn if left out.
        """
        sizes = self.architecture.block_sizes(size)
        x = self._seed(pyramid, sizes[0], z)
        planes = self._noise(x, sizes) if noise is None else noise
        for block, block_size, plane in zip(self.blocks(), sizes, planes, strict=True):
            if x.shape[2:] != block_size:
                x = F.interpolate(x, size=block_size, mode="nearest")
            x = block(x, pyramid, plane)
            if block is self.head_0:
                x = resize_cells(x, self.architecture.cells(size))
                x = x.contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.conv_img(F.leaky_relu(x, SLOPE)))

    def _noise(self, x: Tensor, sizes: list[tuple[int, int]]) -> list[Tensor] | list[None]:
        if not self.architecture.noise:
            return [None] * len(sizes)
        return [torch.randn(len(x), *size, device=x.device) for size in sizes]

    def _seed(self, pyramid: LabelPyramid, size: tuple[int, int], z: Tensor | None) -> Tensor:
        if not self.architecture.use_vae:
            x: Tensor = self.fc(pyramid.planes(size))
            return x
        if z is None:
            raise ValueError("a model with a VAE needs z")
        x = self.fc(z).view(-1, 16 * self.architecture.ngf, *self.architecture.seed_size)
        return resize_cells(x, size).contiguous(memory_format=torch.channels_last)

"""The SPADE generator (Park et al., CVPR 2019, section 3 and appendix A).

Parameter names and shapes are those of the public reference implementation, so that its
checkpoints load. Modulation is computed per distinct label neighbourhood where that is less work,
and densely otherwise; both give the same numbers, and gradients flow through both.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spade.architecture import Architecture
from spade.modulation import modulation
from spade.pyramid import LabelPyramid

HIDDEN = 128
SLOPE = 0.2


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
        gamma, beta = modulation(self, pyramid, (x.shape[2], x.shape[3]))
        return torch.addcmul(beta, self.param_free_norm(x), 1 + gamma)


class SpadeResnetBlock(nn.Module):
    """Two modulated convolutions beside a shortcut, learned where the width changes."""

    def __init__(self, inputs: int, outputs: int, semantic_nc: int) -> None:
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

    def forward(self, x: Tensor, pyramid: LabelPyramid) -> Tensor:
        """Return `[N, outputs, h, w]`."""
        shortcut: Tensor = self.conv_s(self.norm_s(x, pyramid)) if self.learned_shortcut else x
        dx: Tensor = self.conv_0(F.leaky_relu(self.norm_0(x, pyramid), SLOPE))
        dx = self.conv_1(F.leaky_relu(self.norm_1(dx, pyramid), SLOPE))
        return shortcut + dx


class Generator(nn.Module):
    """Paints pictures `[N, 3, H, W] float32 in [-1, 1]` from a batch of label maps."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        nf, nc = architecture.ngf, architecture.semantic_nc
        if architecture.use_vae:
            rows, columns = architecture.seed_size
            self.fc: nn.Module = nn.Linear(architecture.z_dim, 16 * nf * rows * columns)
        else:
            self.fc = nn.Conv2d(nc, 16 * nf, 3, padding=1)
        self.head_0 = SpadeResnetBlock(16 * nf, 16 * nf, nc)
        self.G_middle_0 = SpadeResnetBlock(16 * nf, 16 * nf, nc)
        self.G_middle_1 = SpadeResnetBlock(16 * nf, 16 * nf, nc)
        self.up_0 = SpadeResnetBlock(16 * nf, 8 * nf, nc)
        self.up_1 = SpadeResnetBlock(8 * nf, 4 * nf, nc)
        self.up_2 = SpadeResnetBlock(4 * nf, 2 * nf, nc)
        self.up_3 = SpadeResnetBlock(2 * nf, nf, nc)
        last = nf
        if architecture.num_upsampling_layers == "most":
            self.up_4 = SpadeResnetBlock(nf, nf // 2, nc)
            last = nf // 2
        self.conv_img = nn.Conv2d(last, 3, 3, padding=1)

    def forward(self, pyramid: LabelPyramid, size: tuple[int, int], z: Tensor | None) -> Tensor:
        """Paint a picture of `size` (height, width), a multiple of the architecture's stride.

        `z` is `[N, z_dim] float32` with a VAE model and unused otherwise.
        """
        layers = self.architecture.num_upsampling_layers
        x = self.head_0(self._seed(pyramid, size, z), pyramid)
        x = self.G_middle_0(_upsample(x), pyramid)
        x = self.G_middle_1(x if layers == "normal" else _upsample(x), pyramid)
        for block in (self.up_0, self.up_1, self.up_2, self.up_3):
            x = block(_upsample(x), pyramid)
        if layers == "most":
            x = self.up_4(_upsample(x), pyramid)
        return torch.tanh(self.conv_img(F.leaky_relu(x, SLOPE)))

    def _seed(self, pyramid: LabelPyramid, size: tuple[int, int], z: Tensor | None) -> Tensor:
        stride = self.architecture.stride
        seed_size = (size[0] // stride, size[1] // stride)
        if not self.architecture.use_vae:
            x: Tensor = self.fc(pyramid.planes(seed_size))
            return x
        if z is None:
            raise ValueError("a model with a VAE needs z")
        native = self.architecture.seed_size
        x = self.fc(z).view(-1, 16 * self.architecture.ngf, *native)
        # A style vector says nothing of place, so another size takes the nearest native cell.
        x = x if seed_size == native else F.interpolate(x, size=seed_size, mode="nearest")
        return x.contiguous(memory_format=torch.channels_last)


def _upsample(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")

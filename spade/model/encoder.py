"""The style encoder of SPADE's VAE (Park et al., CVPR 2019, appendix A, figure 14)."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from spade.model.architecture import SLOPE

GRID = 4


class StyleEncoder(nn.Module):
    """Turns a picture into mean and log variance of its style vector.

    Parameter names are those of NVIDIA's SPADE code (`ConvEncoder`), whose
    spectrally normalised convolutions have no bias and are followed by instance norm.
    """

    def __init__(self, z_dim: int, nef: int = 64, size: int = 256) -> None:
        """Make an encoder that sees pictures at `size` x `size` pixels, at least 128."""
        super().__init__()
        self.size = size
        widths = [3, nef, 2 * nef, 4 * nef, 8 * nef, 8 * nef]
        if size >= 256:
            widths.append(8 * nef)
        self.depth = len(widths) - 1
        for index in range(self.depth):
            conv = nn.Conv2d(widths[index], widths[index + 1], 3, stride=2, padding=1, bias=False)
            norm = nn.InstanceNorm2d(widths[index + 1])
            self.add_module(f"layer{index + 1}", nn.Sequential(conv, norm))
        self.fc_mu = nn.Linear(widths[-1] * GRID * GRID, z_dim)
        self.fc_var = nn.Linear(widths[-1] * GRID * GRID, z_dim)

    @staticmethod
    def size_of(state: Mapping[str, Tensor]) -> int:
        """Return the size at which the encoder with these tensors sees pictures."""
        return 256 if "layer6.0.weight" in state else 128

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance, `[N, z_dim]`, of pictures `[N, 3, H, W]` in [-1, 1]."""
        x = pictures
        if x.shape[2:] != (self.size, self.size):
            x = F.interpolate(x, size=(self.size, self.size), mode="bilinear")
        x = self.get_submodule("layer1")(x)
        for index in range(1, self.depth):
            x = self.get_submodule(f"layer{index + 1}")(F.leaky_relu(x, SLOPE))
        x = F.leaky_relu(x, SLOPE).contiguous().flatten(1)
        return self.fc_mu(x), self.fc_var(x)


def sample_style(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw style vectors `[N, z_dim]` from the encoder's distribution."""
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + torch.exp(0.5 * log_variance) * noise

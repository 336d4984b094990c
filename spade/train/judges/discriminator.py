"""What tells painted pictures from photos: patches at two scales, and frozen features."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from spade.model.architecture import SLOPE
from spade.model.pyramid import LabelPyramid, Size

PATCH_LAYERS = 4
WIDEST = 512
Activations = list[Tensor]


class PatchDiscriminator(nn.Module):
    """Judges overlapping patches of a picture together with its labels.

    Spectral norm on every convolution but the last, instance norm inside (SPADE, appendix A).
    """

    def __init__(self, semantic_nc: int, ndf: int) -> None:
        super().__init__()
        widths = [semantic_nc + 3, *(min(WIDEST, ndf * 2**i) for i in range(PATCH_LAYERS))]
        layers: list[nn.Module] = []
        for index in range(PATCH_LAYERS):
            stride = 2 if index < PATCH_LAYERS - 1 else 1
            conv = nn.Conv2d(
                widths[index], widths[index + 1], 4, stride, padding=2, bias=index == 0
            )
            norm = nn.InstanceNorm2d(widths[index + 1]) if index else nn.Identity()
            first = conv if index == 0 else spectral_norm(conv)
            layers.append(nn.Sequential(first, norm, nn.LeakyReLU(SLOPE)))
        layers.append(nn.Conv2d(widths[-1], 1, 4, padding=2))
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Activations:
        """Return every layer's activation; the last is the judgement of each patch."""
        activations = []
        for layer in self.layers:
            x = layer(x)
            activations.append(x)
        return activations


class MultiscaleDiscriminator(nn.Module):
    """The same judge at full and at half size."""

    def __init__(self, semantic_nc: int, ndf: int, scales: int = 2) -> None:
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(semantic_nc, ndf) for _ in range(scales))

    def forward(self, pictures: Tensor, planes: Tensor) -> list[Activations]:
        """Judge `[N, 3, H, W]` pictures whose labels are `planes` `[N, semantic_nc, H, W]`."""
        x = torch.cat([planes, pictures], dim=1).contiguous(memory_format=torch.channels_last)
        results = []
        for index, judge in enumerate(self.scales):
            if index:
                x = F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)
            results.append(judge(x))
        return results


class FeatureDiscriminator(nn.Module):
    """Small judges on frozen features of a picture, each told the labels there.

    Projected GANs (Sauer et al., NeurIPS 2021) in their plainest form, made conditional; they
    bring shape and texture within few steps, which is what small data sets need.
    """

    WIDTH = 64

    def __init__(self, channels: Sequence[int], semantic_nc: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(
                spectral_norm(nn.Conv2d(width + semantic_nc, self.WIDTH, 1)),
                nn.LeakyReLU(SLOPE),
                spectral_norm(nn.Conv2d(self.WIDTH, self.WIDTH, 3, padding=1)),
                nn.LeakyReLU(SLOPE),
                spectral_norm(nn.Conv2d(self.WIDTH, 1, 1)),
            )
            for width in channels
        )

    def forward(self, features: list[Tensor], pyramid: LabelPyramid) -> list[Activations]:
        """Judge the features of a picture with the labels of `pyramid`."""
        results = []
        for head, feature in zip(self.heads, features, strict=True):
            size: Size = (feature.shape[2], feature.shape[3])
            planes = F.adaptive_avg_pool2d(pyramid.planes(_finer(size)), size)
            results.append([head(torch.cat([feature, planes], dim=1))])
        return results


def _finer(size: Size) -> Size:
    # Averaging planes of twice the size keeps thin labels that one sample per cell would miss.
    return size[0] * 2, size[1] * 2

"""The losses of SPADE's training (Park et al., appendix A)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from spade.train.judges.discriminator import Activations

# Weights of shallow to deep features. For VGG19 those of pix2pixHD (Wang et al., section 3.2);
# the deep features of Lite0 are coarser and blind to brightness, so all weigh the same.
PERCEPTUAL_WEIGHTS = {
    "vgg19": (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0),
    "efficientnet-lite0": (0.4, 0.4, 0.4, 0.4, 0.4),
}
CELL = 16


def discriminator_hinge(real: list[Activations], fake: list[Activations]) -> Tensor:
    """Return the hinge loss that pushes real judgements above 1 and painted ones below -1."""
    losses = [
        F.relu(1 - r[-1].float()).mean() + F.relu(1 + f[-1].float()).mean()
        for r, f in zip(real, fake, strict=True)
    ]
    return torch.stack(losses).mean()


def generator_hinge(fake: list[Activations]) -> Tensor:
    """Return the generator's side of the hinge loss."""
    return torch.stack([-activations[-1].float().mean() for activations in fake]).mean()


def feature_matching(real: list[Activations], fake: list[Activations]) -> Tensor:
    """Return the L1 distance between the judges' inner activations, averaged over scales."""
    total = torch.zeros((), device=real[0][0].device)
    for r, f in zip(real, fake, strict=True):
        for inner_real, inner_fake in zip(r[:-1], f[:-1], strict=True):
            total = total + F.l1_loss(inner_fake.float(), inner_real.detach().float())
    return total / len(real)


def perceptual(real: list[Tensor], fake: list[Tensor], network: str) -> Tensor:
    """Return the weighted L1 distance of frozen features of the named network.

    Each feature is divided by the mean size of the real one, so that the weights mean the same
    whatever the network.
    """
    total = torch.zeros((), device=real[0].device)
    for weight, r, f in zip(PERCEPTUAL_WEIGHTS[network], real, fake, strict=True):
        scale = r.float().abs().mean().clamp(min=1e-6)
        total = total + weight * F.l1_loss(f.float(), r.float()) / scale
    return total


def colour(real: Tensor, fake: Tensor) -> Tensor:
    """Return the L1 distance of pictures `[N, 3, H, W]` averaged over cells of 16 pixels."""
    return F.l1_loss(F.avg_pool2d(fake.float(), CELL), F.avg_pool2d(real.float(), CELL))


def kld(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the divergence of a picture's style from N(0, I), the mean over the batch."""
    return -0.5 * (1 + log_variance - mean.pow(2) - log_variance.exp()).sum(dim=1).mean()

"""The distribution that the styles of photos really have, and how it becomes N(0, I).

A weak KLD lets the styles of photos drift from N(0, I), which seeds are drawn from where a model
has no looks. On export the drift is undone exactly, since both the encoder's last layer and the
generator's first are linear: the generator's layer maps N(0, I) onto the fit, and the encoder's
layer maps it back.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spade.model.encoder import StyleEncoder


@dataclass(frozen=True)
class StylePrior:
    """The normal distribution to draw styles from: z = mean + scale @ z', z' ~ N(0, I).

    mean: `[z_dim]`. scale: `[z_dim, z_dim]`, lower triangular. spread: `[z_dim]`, the mean variance
    to draw one photo's style with.
    """

    mean: Tensor
    scale: Tensor
    spread: Tensor


def fit_prior(means: Tensor, log_variances: Tensor) -> StylePrior:
    """Fit the distribution of styles drawn for photos: `means`, `log_variances` `[N, z_dim]`."""
    spread = log_variances.double().exp().mean(dim=0)
    centred = means.double() - means.double().mean(dim=0)
    covariance = centred.T @ centred / max(len(means) - 1, 1) + torch.diag(spread)
    scale = torch.linalg.cholesky(covariance)
    return StylePrior(means.mean(dim=0), scale.float(), spread.float())


@torch.no_grad()
def absorb_prior(linear: nn.Linear, encoder: StyleEncoder, prior: StylePrior) -> None:
    """Change both layers in place, so that styles are N(0, I) between them.

    Means are mapped exactly, so a photo's own style paints the same picture as before. Variances
    stay diagonal; each gets the factor that is right for the mean variance.
    """
    linear.bias.add_(linear.weight @ prior.mean)
    linear.weight.copy_(linear.weight @ prior.scale)
    inverse = torch.linalg.inv(prior.scale.double()).float()
    encoder.fc_mu.bias.copy_(inverse @ (encoder.fc_mu.bias - prior.mean))
    encoder.fc_mu.weight.copy_(inverse @ encoder.fc_mu.weight)
    mapped = (inverse**2) @ prior.spread
    encoder.fc_var.bias.add_(torch.log(mapped / prior.spread))

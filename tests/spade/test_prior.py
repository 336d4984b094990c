"""Seeds draw what photos have, and nothing else changes by it."""

import torch
from torch import nn

from spade.model.encoder import StyleEncoder
from spade.train.export.prior import absorb_prior, fit_prior

Z_DIM = 6


def drifted_encoder() -> StyleEncoder:
    torch.manual_seed(3)
    encoder = StyleEncoder(Z_DIM, nef=4, size=128).eval()
    with torch.no_grad():
        encoder.fc_mu.bias.add_(2.0)
        encoder.fc_mu.weight.mul_(20.0)
        encoder.fc_var.bias.sub_(2.0)
    return encoder


def test_a_photos_own_style_paints_the_same_as_before() -> None:
    """What the generator's first layer makes of a photo's mean style is unchanged."""
    encoder, linear = drifted_encoder(), nn.Linear(Z_DIM, 10)
    photos = torch.rand(40, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        styles = encoder(photos)
        before = linear(styles[0])
        absorb_prior(linear, encoder, fit_prior(*styles))
        after = linear(encoder(photos)[0])

    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)


def test_drifted_styles_become_the_prior() -> None:
    """Afterwards the styles drawn for photos fill N(0, I), from which seeds are drawn."""
    encoder, linear = drifted_encoder(), nn.Linear(Z_DIM, 10)
    photos = torch.rand(40, 3, 128, 128) * 2 - 1
    with torch.no_grad():
        absorb_prior(linear, encoder, fit_prior(*encoder(photos)))
        means, log_variances = encoder(photos)

    total = means.var(dim=0) + log_variances.exp().mean(dim=0)
    torch.testing.assert_close(means.mean(dim=0), torch.zeros(Z_DIM), rtol=0, atol=1e-3)
    torch.testing.assert_close(total, torch.ones(Z_DIM), rtol=0, atol=0.1)

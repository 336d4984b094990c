"""Styles of photos seen lately, and random ones drawn from those of similar scenes.

A finished model gives a seed the style of a training photo whose label map resembles the one to
paint. So random styles are drawn like that while training, too: one of the most similar label
maps of a bank of recent crops lends its photo's style. A normal fit of all styles, used before,
drew mostly what no photo has, in scenes that never look so.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SLOTS = 512
# The most similar crops, among which chance chooses.
SIMILAR = 25
# Of so many pictures one is painted from a random style instead of its photo's own, so that
# random styles are judged too. They have no photo to be compared with, only the judges.
ONE_RANDOM_OF = 3


class StyleBank(nn.Module):
    """A ring of recent styles with the signatures of their label maps; part of a run's state."""

    means: Tensor
    log_variances: Tensor
    signatures: Tensor
    taken_in: Tensor

    def __init__(self, z_dim: int, labels: int) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(SLOTS, z_dim))
        self.register_buffer("log_variances", torch.zeros(SLOTS, z_dim))
        self.register_buffer("signatures", torch.zeros(SLOTS, 3 * labels))
        self.register_buffer("taken_in", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        return min(int(self.taken_in), SLOTS)

    @torch.no_grad()
    def take_in(self, means: Tensor, log_variances: Tensor, signatures: Tensor) -> None:
        """Put the styles of a batch in the place of the oldest."""
        places = (torch.arange(len(means), device=self.means.device) + self.taken_in) % SLOTS
        self.means[places] = means.float()
        self.log_variances[places] = log_variances.float()
        self.signatures[places] = signatures
        self.taken_in += len(means)

    @torch.no_grad()
    def draw(self, signatures: Tensor, generator: torch.Generator) -> Tensor:
        """Draw styles `[N, z_dim]` for label maps with these signatures.

        Each is another crop's mean with between none and all of its deviation. Raises IndexError
        while the bank is empty.
        """
        filled, count, device = len(self), len(signatures), self.means.device
        alike = signatures @ self.signatures[:filled].T
        nearest = alike.topk(min(SIMILAR, filled), dim=1).indices
        choice = torch.rand(count, 1, generator=generator, device=device) * nearest.shape[1]
        picks = nearest.gather(1, choice.long())[:, 0]
        noise = torch.randn(count, self.means.shape[1], generator=generator, device=device)
        share = torch.rand(count, 1, generator=generator, device=device)
        styles: Tensor = self.means[picks] + share * noise * self._deviations()[picks]
        return styles

    def spread(self) -> dict[str, float]:
        """Say how much of a style is the photo's: `style_means` is the deviation of the means.

        Both are shares of the root of the whole variance, so that the scale of styles, which is
        free, does not count. 0 while the bank holds fewer than two.
        """
        filled = len(self)
        if filled < 2:
            return {"style_means": 0.0, "style_noise": 0.0}
        between = self.means[:filled].var(dim=0)
        within = self._deviations()[:filled].square().mean(dim=0)
        whole = (between + within).clamp(min=1e-12)
        return {
            "style_means": float((between / whole).sqrt().mean()),
            "style_noise": float((within / whole).sqrt().mean()),
        }

    def _deviations(self) -> Tensor:
        return (0.5 * self.log_variances).exp()


def random_styles(first: int, count: int) -> int:
    """Return how many of a batch's `count` pictures, the run's `first` among them, are painted so.

    One at least keeps its photo's style, for the losses that compare.
    """
    random = (first + count) // ONE_RANDOM_OF - first // ONE_RANDOM_OF
    return min(random, count - 1)


def signatures(planes: Tensor) -> Tensor:
    """Return `[N, 3 labels]`: what one-hot label maps `[N, labels, H, W]` show, and where.

    Square roots of the shares of the labels in the whole map (for twice as much), in its upper and
    in its lower half, so that the dot product of two tells how alike they are: of a batch what
    `spade.maps.signature` says of a map.
    """
    half = planes.shape[2] // 2
    parts = (planes, planes[:, :, :half], planes[:, :, half:])
    weights = (2**0.5, 1.0, 1.0)
    described = [w * part.mean(dim=(2, 3)).sqrt() for w, part in zip(weights, parts, strict=True)]
    return F.normalize(torch.cat(described, dim=1))

"""What a step asks for: the losses of those who paint, then those of the judges."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from spade.model.encoder import sample_style
from spade.train.batches import Batch
from spade.train.config import TrainConfig
from spade.train.judges import losses
from spade.train.judges.diffaugment import augment
from spade.train.judges.discriminator import Activations
from spade.train.networks import Networks, judged_features
from spade.train.parallel import gather
from spade.train.schedule import bf16_is_fast
from spade.train.styles import random_styles

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Painted:
    """What was painted of a batch, `[N, 3, H, W]`, without gradients, and the frozen features.

    features, photo_features: those of the pictures and of the batch's photos, one per tap.
    """

    pictures: Tensor
    features: list[Tensor]
    photo_features: list[Tensor]


class Objectives:
    """The losses of a phase's networks, each a scalar by name, weighted as they are summed."""

    def __init__(
        self, config: TrainConfig, device: torch.device, networks: Networks, phase: int
    ) -> None:
        self._config = config
        self._phase = config.phases[phase]
        self._device = device
        self._networks = networks
        self._bf16 = config.bf16 and bf16_is_fast(device)

    def painters(self, batch: Batch, first: int) -> tuple[Losses, Painted]:
        """Paint a batch and return the losses of generator and encoder.

        `first` is the place of the batch's first picture in the run; styles follow from it.
        """
        weights, nets = self._config.losses, self._networks
        results: Losses = {}
        with self._judges_frozen(), self._autocast():
            z, random = self._styles(batch, first, results)
            fake = nets.generator(batch.pyramid, batch.size, z)
            real_judged, fake_judged = self._judge_patches(batch, fake, learn=False)
            results["gan"] = losses.generator_hinge(fake_judged)
            results["feature_matching"] = weights.feature_matching * losses.feature_matching(
                _without(real_judged, random), _without(fake_judged, random)
            )
            with torch.no_grad():
                real_features = nets.features(batch.photos)
            fake_features = nets.features(fake)
            results["perceptual"] = weights.perceptual * losses.perceptual(
                [f[random:] for f in real_features],
                [f[random:] for f in fake_features],
                nets.features.name,
            )
            if weights.colour:
                results["colour"] = weights.colour * losses.colour(
                    batch.photos[random:], fake[random:]
                )
            if weights.projected:
                seen = judged_features(fake, fake_features)
                judged = nets.judges.features(seen, batch.pyramid)
                results["projected"] = weights.projected * losses.generator_hinge(judged)
        return results, Painted(fake.detach(), [f.detach() for f in fake_features], real_features)

    def judges(self, batch: Batch, painted: Painted) -> Losses:
        """Return the losses of the discriminators, who tell a batch's photos from its pictures."""
        results: Losses = {}
        with self._autocast():
            real_judged, fake_judged = self._judge_patches(batch, painted.pictures, learn=True)
            results["judge"] = losses.discriminator_hinge(real_judged, fake_judged)
            if self._config.losses.projected:
                judge = self._networks.judges.features
                real, fake = (
                    judge(judged_features(pictures, features), batch.pyramid)
                    for pictures, features in (
                        (batch.photos, painted.photo_features),
                        (painted.pictures, painted.features),
                    )
                )
                results["judge_projected"] = losses.discriminator_hinge(real, fake)
        return results

    @torch.no_grad()
    def styles_of(self, batch: Batch) -> Tensor | None:
        """Draw style vectors `[N, z_dim]` as training does: random ones first, then photos' own."""
        if self._networks.encoder is None:
            return None
        assert self._networks.bank is not None
        mean, log_variance = self._networks.encoder(batch.photos)
        self._networks.bank.take_in(mean, log_variance, batch.signatures())
        generator = torch.Generator(self._device).manual_seed(0)
        return self._draw(batch, 0, mean, log_variance, generator)[0]

    def _styles(self, batch: Batch, first: int, results: Losses) -> tuple[Tensor | None, int]:
        """Return style vectors and how many of them, at the front, are random."""
        if self._networks.encoder is None:
            return None, 0
        mean, log_variance = (t.float() for t in self._networks.encoder(batch.photos))
        kld = self._phase.kld
        weight = self._config.losses.kld if kld is None else kld
        results["kld"] = weight * losses.kld(mean, log_variance)
        assert self._networks.bank is not None
        # All processes keep the styles of all, so that any of them goes on from the saved ones.
        self._networks.bank.take_in(
            gather(mean.detach()), gather(log_variance.detach()), gather(batch.signatures())
        )
        seed = self._config.seed + first * 7919
        return self._draw(
            batch, first, mean, log_variance, torch.Generator(self._device).manual_seed(seed)
        )

    def _draw(
        self,
        batch: Batch,
        first: int,
        mean: Tensor,
        log_variance: Tensor,
        generator: torch.Generator,
    ) -> tuple[Tensor, int]:
        assert self._networks.bank is not None
        z = sample_style(mean, log_variance, generator)
        random = random_styles(first, len(z))
        drawn = self._networks.bank.draw(batch.signatures()[:random], generator)
        return torch.cat([drawn, z[random:]]), random

    def _judge_patches(
        self, batch: Batch, fake: Tensor, *, learn: bool
    ) -> tuple[list[Activations], list[Activations]]:
        """Judge photos and pictures by the same weights; unless judges `learn`, gradients are those
        of the pictures alone.
        """
        numbers = torch.bfloat16 if self._bf16 else torch.float32
        versions, planes = augment(
            [batch.photos, fake],
            batch.pyramid.planes(batch.size).to(numbers),
            self._phase.augmentation.policy,
        )
        judge = self._networks.judges.patches
        with parametrize.cached():
            with torch.set_grad_enabled(learn):
                real = judge(versions[0].to(numbers), planes)
            return real, judge(versions[1].to(numbers), planes)

    @contextmanager
    def _judges_frozen(self) -> Iterator[None]:
        parameters = list(self._networks.judges.parameters())
        for parameter in parameters:
            parameter.requires_grad_(False)
        try:
            yield
        finally:
            for parameter in parameters:
                parameter.requires_grad_(True)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16)


def _without(judged: list[Activations], count: int) -> list[Activations]:
    return [[a[count:] for a in activations] for activations in judged]

"""One training step: the generator's side, then the discriminators'."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spade.model.encoder import sample_style
from spade.model.pyramid import LabelPyramid
from spade.train import losses
from spade.train.config import TrainConfig
from spade.train.diffaugment import augment
from spade.train.discriminator import Activations
from spade.train.networks import Networks, update_average
from spade.train.parallel import average_gradients

# Share of a batch painted from a random style instead of the photo's own, so that random
# styles are judged too. They have no photo to be compared with, only the judges.
PRIOR_SHARE = 1 / 3

Metrics = dict[str, float]


@dataclass(frozen=True)
class Batch:
    """photos `[N, 3, H, W] float32 in [-1, 1]` and the label maps they belong to."""

    photos: Tensor
    pyramid: LabelPyramid

    @property
    def size(self) -> tuple[int, int]:
        """Picture size (height, width)."""
        return self.photos.shape[2], self.photos.shape[3]


class Trainer:
    """Holds the networks and their optimisers and takes steps."""

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self.config = config
        self.device = device
        self.networks = Networks(config, device)
        self._painting = [p for module in self.networks.painters for p in module.parameters()]
        self._judging = list(self.networks.judges.parameters())
        fused = True if device.type == "cuda" else None
        self.painter_adam = torch.optim.Adam(
            self._painting, config.generator_lr, config.betas, fused=fused
        )
        self.judge_adam = torch.optim.Adam(
            self._judging, config.discriminator_lr, config.betas, fused=fused
        )

    def step(self, batch: Batch, step: int) -> Metrics:
        """Train on one batch and return the losses, each a float.

        What is random in it follows from (seed, step), so a resumed run repeats it.
        """
        torch.manual_seed(self.config.seed * 1_000_003 + step)
        self._set_learning_rates(step)
        painter_losses, fake, features = self._painter_losses(batch, step)
        self._descend(self.painter_adam, self._painting, painter_losses)
        judge_losses = self._judge_losses(batch, fake, features)
        self._descend(self.judge_adam, self._judging, judge_losses)
        for averaged, trained in self.networks.averages():
            update_average(averaged, trained, self.config.ema_decay, step)
        return {
            name: float(loss.detach()) for name, loss in (painter_losses | judge_losses).items()
        }

    def _painter_losses(
        self, batch: Batch, step: int
    ) -> tuple[dict[str, Tensor], Tensor, tuple[list[Tensor], list[Tensor]]]:
        weights, nets = self.config.losses, self.networks
        results: dict[str, Tensor] = {}
        self._freeze_judges(True)
        with self._autocast():
            z, prior = self._styles(batch, step, results)
            fake = nets.generator(batch.pyramid, batch.size, z)
            real_judged, fake_judged = self._judge_patches(batch, fake)
            results["gan"] = losses.generator_hinge(fake_judged)
            results["feature_matching"] = weights.feature_matching * losses.feature_matching(
                _without(real_judged, prior), _without(fake_judged, prior)
            )
            with torch.no_grad():
                real_features = nets.features(batch.photos)
            fake_features = nets.features(fake)
            results["perceptual"] = weights.perceptual * losses.perceptual(
                [f[prior:] for f in real_features],
                [f[prior:] for f in fake_features],
                nets.features.name,
            )
            if weights.colour:
                results["colour"] = weights.colour * losses.colour(
                    batch.photos[prior:], fake[prior:]
                )
            if weights.projected:
                judged = nets.judges.features(fake_features, batch.pyramid)
                results["projected"] = weights.projected * losses.generator_hinge(judged)
        self._freeze_judges(False)
        return results, fake.detach(), (real_features, [f.detach() for f in fake_features])

    @torch.no_grad()
    def styles_of(self, photos: Tensor) -> Tensor | None:
        """Draw style vectors `[N, z_dim]` as training does: random ones first, then photos' own."""
        if self.networks.encoder is None or self.networks.prior is None:
            return None
        mean, log_variance = self.networks.encoder(photos)
        return self._draw(mean, log_variance, torch.Generator(self.device).manual_seed(0))[0]

    def _styles(
        self, batch: Batch, step: int, results: dict[str, Tensor]
    ) -> tuple[Tensor | None, int]:
        """Return style vectors and how many of them, at the front, are random."""
        if self.networks.encoder is None or self.networks.prior is None:
            return None, 0
        mean, log_variance = (t.float() for t in self.networks.encoder(batch.photos))
        results["kld"] = self.config.losses.kld * losses.kld(mean, log_variance)
        generator = torch.Generator(self.device).manual_seed(self.config.seed + step * 7919)
        self.networks.prior.update(sample_style(mean, log_variance, generator).detach())
        return self._draw(mean, log_variance, generator)

    def _draw(
        self, mean: Tensor, log_variance: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, int]:
        assert self.networks.prior is not None
        z = sample_style(mean, log_variance, generator)
        prior = int(len(z) * PRIOR_SHARE)
        drawn = self.networks.prior.draw(prior, generator)
        return torch.cat([drawn, z[prior:]]), prior

    def _judge_losses(
        self, batch: Batch, fake: Tensor, features: tuple[list[Tensor], list[Tensor]]
    ) -> dict[str, Tensor]:
        results: dict[str, Tensor] = {}
        with self._autocast():
            real_judged, fake_judged = self._judge_patches(batch, fake)
            results["judge"] = losses.discriminator_hinge(real_judged, fake_judged)
            if self.config.losses.projected:
                judge = self.networks.judges.features
                real, painted = (judge(part, batch.pyramid) for part in features)
                results["judge_projected"] = losses.discriminator_hinge(real, painted)
        return results

    def _judge_patches(
        self, batch: Batch, fake: Tensor
    ) -> tuple[list[Activations], list[Activations]]:
        """Judge photos and pictures in one pass, so that both meet the same statistics."""
        planes = batch.pyramid.planes(batch.size)
        pictures = torch.cat([batch.photos, fake.to(batch.photos.dtype)])
        pictures, planes = augment(
            pictures, torch.cat([planes, planes]), self.config.augmentation.policy
        )
        judged = self.networks.judges.patches(pictures, planes)
        count = len(batch.photos)
        real = [[a[:count] for a in activations] for activations in judged]
        painted = [[a[count:] for a in activations] for activations in judged]
        return real, painted

    def _descend(
        self, adam: torch.optim.Adam, parameters: list[nn.Parameter], parts: dict[str, Tensor]
    ) -> None:
        adam.zero_grad(set_to_none=True)
        total = torch.stack([part.float() for part in parts.values()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        average_gradients(parameters)
        adam.step()

    def _freeze_judges(self, frozen: bool) -> None:
        for parameter in self._judging:
            parameter.requires_grad_(not frozen)

    def _set_learning_rates(self, step: int) -> None:
        config = self.config
        start = config.lr_decay_from * config.steps
        share = 1 - max(0.0, (step - start) / max(config.steps - start, 1))
        # At rate 0 Adam still learns how large the gradients are.
        painter_rate = config.generator_lr if step >= config.judges_first else 0.0
        for adam, rate in (
            (self.painter_adam, painter_rate),
            (self.judge_adam, config.discriminator_lr),
        ):
            for group in adam.param_groups:
                group["lr"] = rate * max(share, 0.0)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bf16)


def _without(judged: list[Activations], count: int) -> list[Activations]:
    return [[a[count:] for a in activations] for activations in judged]

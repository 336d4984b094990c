"""One training step: the generator's side, then the discriminators'."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from spade.model.encoder import sample_style
from spade.train.batches import Batch
from spade.train.config import TrainConfig
from spade.train.judges import losses
from spade.train.judges.diffaugment import augment
from spade.train.judges.discriminator import Activations
from spade.train.networks import Networks, judged_features, update_average
from spade.train.parallel import average_gradients
from spade.train.schedule import bf16_is_fast, judge_rate, painter_rate
from spade.train.watch import colours

# Share of a batch painted from a random style instead of the photo's own, so that random
# styles are judged too. They have no photo to be compared with, only the judges.
RANDOM_SHARE = 1 / 3

Metrics = dict[str, float]


@dataclass
class Progress:
    """Where a run stands.

    images: pictures seen, by which everything is scheduled. steps: steps taken.
    moments_since: the step from which on Adam has its averages; they begin anew where a run goes
    on from a state without them.
    """

    images: int = 0
    steps: int = 0
    moments_since: int = 0


class Trainer:
    """Holds the networks of a phase and their optimisers, and takes steps."""

    def __init__(self, config: TrainConfig, device: torch.device, phase: int = 0) -> None:
        self.config = config
        self.device = device
        self.phase = phase
        self.progress = Progress()
        self.networks = Networks(config, device, phase)
        self._painting = [p for module in self.networks.painters for p in module.parameters()]
        self._judging = list(self.networks.judges.parameters())
        self._bf16 = config.bf16 and bf16_is_fast(device)
        fused = True if device.type == "cuda" else None
        self.painter_adam, self.judge_adam = (
            torch.optim.Adam(parameters, betas=config.betas, fused=fused)
            for parameters in (self._painting, self._judging)
        )

    def step(self, batch: Batch, pictures: int | None = None) -> Metrics:
        """Train on one batch and return the losses, and what to watch, each a float.

        `pictures` are those that all processes see in this step; one batch if left out. What is
        random in it follows from the seed and the pictures seen, so a resumed run repeats it.
        """
        torch.manual_seed(self.config.seed * 1_000_003 + self.progress.images)
        self._set_learning_rates()
        painter_losses, fake, features = self._painter_losses(batch)
        self._descend(self.painter_adam, self._painting, painter_losses)
        judge_losses = self._judge_losses(batch, fake, features)
        self._descend(self.judge_adam, self._judging, judge_losses)
        pictures = pictures or len(batch.photos)
        self._average(pictures)
        self.progress.images += pictures
        self.progress.steps += 1
        found = {
            name: float(loss.detach()) for name, loss in (painter_losses | judge_losses).items()
        }
        return found | self._watched(batch, fake)

    @property
    def holds_statistics(self) -> bool:
        """Whether the mean and variance before each modulation stay what they are."""
        return self.config.phases[self.phase].held_statistics

    def state(self) -> dict[str, Any]:
        """Return everything that the run needs to go on."""
        return {
            "phase": self.phase,
            "progress": dict(vars(self.progress)),
            "networks": self.networks.state(),
            "painter_adam": self.painter_adam.state_dict(),
            "judge_adam": self.judge_adam.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned, of a run in the same phase."""
        self.progress = Progress(**state["progress"])
        self.networks.load_state(state["networks"])
        if "painter_adam" in state:
            self.painter_adam.load_state_dict(state["painter_adam"])
            self.judge_adam.load_state_dict(state["judge_adam"])
        else:
            self.progress.moments_since = self.progress.steps

    def _painter_losses(
        self, batch: Batch
    ) -> tuple[dict[str, Tensor], Tensor, tuple[list[Tensor], list[Tensor]]]:
        weights, nets = self.config.losses, self.networks
        results: dict[str, Tensor] = {}
        self._freeze_judges(True)
        with self._autocast():
            z, random = self._styles(batch, results)
            fake = nets.generator(batch.pyramid, batch.size, z)
            real_judged, fake_judged = self._judge_patches(batch, fake)
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
        self._freeze_judges(False)
        return results, fake.detach(), (real_features, [f.detach() for f in fake_features])

    @torch.no_grad()
    def styles_of(self, batch: Batch) -> Tensor | None:
        """Draw style vectors `[N, z_dim]` as training does: random ones first, then photos' own."""
        if self.networks.encoder is None:
            return None
        mean, log_variance = self.networks.encoder(batch.photos)
        return self._draw(batch, mean, log_variance, torch.Generator(self.device).manual_seed(0))[0]

    def _styles(self, batch: Batch, results: dict[str, Tensor]) -> tuple[Tensor | None, int]:
        """Return style vectors and how many of them, at the front, are random."""
        if self.networks.encoder is None:
            return None, 0
        mean, log_variance = (t.float() for t in self.networks.encoder(batch.photos))
        kld = self.config.phases[self.phase].kld
        weight = self.config.losses.kld if kld is None else kld
        results["kld"] = weight * losses.kld(mean, log_variance)
        seed = self.config.seed + self.progress.images * 7919
        return self._draw(batch, mean, log_variance, torch.Generator(self.device).manual_seed(seed))

    def _draw(
        self, batch: Batch, mean: Tensor, log_variance: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, int]:
        assert self.networks.bank is not None
        described = batch.signatures()
        z = sample_style(mean, log_variance, generator)
        self.networks.bank.take_in(mean.detach(), log_variance.detach(), described)
        random = int(len(z) * RANDOM_SHARE)
        drawn = self.networks.bank.draw(described[:random], generator)
        return torch.cat([drawn, z[random:]]), random

    def _judge_losses(
        self, batch: Batch, fake: Tensor, features: tuple[list[Tensor], list[Tensor]]
    ) -> dict[str, Tensor]:
        results: dict[str, Tensor] = {}
        with self._autocast():
            real_judged, fake_judged = self._judge_patches(batch, fake)
            results["judge"] = losses.discriminator_hinge(real_judged, fake_judged)
            if self.config.losses.projected:
                judge = self.networks.judges.features
                real, painted = (
                    judge(judged_features(pictures, taps), batch.pyramid)
                    for pictures, taps in zip((batch.photos, fake), features, strict=True)
                )
                results["judge_projected"] = losses.discriminator_hinge(real, painted)
        return results

    def _judge_patches(
        self, batch: Batch, fake: Tensor
    ) -> tuple[list[Activations], list[Activations]]:
        """Judge photos and pictures in one pass, so that both meet the same statistics."""
        planes = batch.pyramid.planes(batch.size)
        pictures = torch.cat([batch.photos, fake.to(batch.photos.dtype)])
        pictures, planes = augment(
            pictures,
            torch.cat([planes, planes]),
            self.config.phases[self.phase].augmentation.policy,
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

    def _set_learning_rates(self) -> None:
        rates = (
            (self.painter_adam, painter_rate(self.config, self.phase, **vars(self.progress))),
            (self.judge_adam, judge_rate(self.config, self.phase, **vars(self.progress))),
        )
        for adam, rate in rates:
            for group in adam.param_groups:
                group["lr"] = rate

    def _average(self, pictures: int) -> None:
        # Quickly at first, so that the start is forgotten.
        steps = self.progress.steps
        decay = min(0.5 ** (pictures / self.config.half_life), (1 + steps) / (10 + steps))
        for averaged, trained in self.networks.averages():
            update_average(averaged, trained, decay)

    def _watched(self, batch: Batch, fake: Tensor) -> Metrics:
        """Return colours of pictures and photos, and how much of a style is the photo's."""
        seen = colours(fake) | {f"photo_{k}": v for k, v in colours(batch.photos).items()}
        return seen if self.networks.bank is None else seen | self.networks.bank.spread()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)


def _without(judged: list[Activations], count: int) -> list[Activations]:
    return [[a[count:] for a in activations] for activations in judged]

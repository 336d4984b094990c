"""Every knob of a training run, with its meaning. The named ones are in `spade.train.recipes`."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from spade.data.augmentation import Augmentation
from spade.model.architecture import Architecture

Size = tuple[int, int]


@dataclass(frozen=True)
class LossWeights:
    """Weights of the generator's losses (SPADE, appendix A, except where noted).

    feature_matching: L1 between discriminator activations of real and painted pictures.
    perceptual: L1 between frozen ImageNet activations of both.
    kld: Kullback-Leibler divergence of a picture's style, with the VAE only. The paper's 0.05 is
        for the sum over the 4 pictures of a GPU.
    projected: hinge loss of discriminators on frozen features (Sauer et al. 2021); 0 is off.
    colour: L1 between photo and picture, both averaged over cells of 16 pixels; 0 is off. It ties
        brightness and colour to the style without blurring texture.
    """

    feature_matching: float = 10.0
    perceptual: float = 10.0
    kld: float = 0.2
    projected: float = 0.0
    colour: float = 0.0


@dataclass(frozen=True)
class Phase:
    """A stretch of a run in which the same kind of crops is learned from.

    images: pictures seen in it, so that it means the same with any batch and on any machine.
    size: crop (height, width) in pixels that the networks see.
    least_side: photos whose short side has fewer pixels are left out.
    batch_size: pictures per step on each device.
    generator_lr, discriminator_lr: Adam learning rates (two time-scale update rule).
    kld: weight of the style's divergence in this phase; None takes that of the losses.
    held_statistics: the mean and variance before each modulation are held, so that training paints
        as the finished model will; measured where the phase begins.
    """

    images: int
    size: Size = (256, 256)
    least_side: int = 0
    batch_size: int = 16
    generator_lr: float = 1e-4
    discriminator_lr: float = 4e-4
    kld: float | None = None
    held_statistics: bool = False
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    phases: one after the other, from the first picture to the last.
    label_set: labels of the data, one of `spade.maps.labels`.
    native_size: picture (height, width) that the finished model paints; may be larger than the
        crops where these were cut at the scale that they have in such a picture.
    betas: Adam momenta.
    lr_decay_from: share of all pictures after which both rates fall linearly to 0.
    half_life: pictures after which a weight counts half in the averaged generator, which is the
        one that is kept.
    ndf: width of the patch discriminators' first layer.
    nef: width of the style encoder's first layer.
    encoder_size: size in pixels at which it sees photos, 128 or 256.
    judges_first: pictures at the beginning from which only the discriminators learn.
    features: frozen network of the perceptual and projected losses, see `spade.model.features`.
    bf16: compute in bfloat16 where the device is fast with it.
    sample_every, save_every: pictures between sample grids (0: none) and between saved states.
    measure_every: pictures between measurings of the averaged generator on the val split; 0 is
        never.
    patience: measurings in a row that find nothing better before the run ends; 0 is no limit.
    """

    architecture: Architecture
    phases: tuple[Phase, ...]
    label_set: str = "landscape"
    native_size: Size = (256, 256)
    betas: tuple[float, float] = (0.0, 0.9)
    lr_decay_from: float = 0.6
    half_life: int = 10_000
    ndf: int = 64
    nef: int = 64
    encoder_size: int = 256
    judges_first: int = 0
    features: str = "efficientnet-lite0"
    losses: LossWeights = field(default_factory=LossWeights)
    bf16: bool = True
    seed: int = 1
    workers: int = 2
    sample_every: int = 10_000
    save_every: int = 5_000
    measure_every: int = 0
    patience: int = 0

    @property
    def images(self) -> int:
        """Pictures seen in the whole run."""
        return sum(phase.images for phase in self.phases)

    def ends(self) -> list[int]:
        """Return how many pictures the run has seen where each phase ends."""
        return [sum(phase.images for phase in self.phases[: i + 1]) for i in range(self.count)]

    @property
    def count(self) -> int:
        """Phases in all."""
        return len(self.phases)

    def phase_at(self, images: int) -> int:
        """Return the index of the phase that goes on, or begins, after so many pictures."""
        return next((i for i, end in enumerate(self.ends()) if images < end), self.count - 1)

    def architecture_in(self, phase: int) -> Architecture:
        """Return the architecture for the crops of a phase: they are its native size."""
        height, width = self.phases[phase].size
        return replace(self.architecture, crop_size=width, aspect_ratio=width / height)

    def with_batches_of(self, pictures: int) -> "TrainConfig":
        """Return the same run with other batches, as another device may want them."""
        phases = tuple(replace(phase, batch_size=pictures) for phase in self.phases)
        return replace(self, phases=phases)

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self) | {"architecture": self.architecture.to_json()}

    @staticmethod
    def from_json(values: dict[str, Any]) -> "TrainConfig":
        """Rebuild a configuration from `to_json`."""
        parts = {
            "architecture": Architecture(**values["architecture"]),
            "phases": tuple(_phase(one) for one in values["phases"]),
            "losses": LossWeights(**values["losses"]),
            "native_size": tuple(values["native_size"]),
            "betas": tuple(values["betas"]),
        }
        return TrainConfig(**{**values, **parts})


def _phase(values: dict[str, Any]) -> Phase:
    parts = {
        "size": tuple(values["size"]),
        "augmentation": Augmentation(**values["augmentation"]),
    }
    return Phase(**{**values, **parts})

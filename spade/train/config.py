"""Every knob of a training run, with its default and meaning, and the named configurations."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from spade.data.augmentation import Augmentation
from spade.model.architecture import Architecture


@dataclass(frozen=True)
class LossWeights:
    """Weights of the generator's losses (SPADE, appendix A, except where noted).

    feature_matching: L1 between discriminator activations of real and painted pictures.
    perceptual: L1 between frozen ImageNet activations of both.
    kld: Kullback-Leibler divergence of the style vector, with the VAE only.
    projected: hinge loss of discriminators on frozen features (Sauer et al. 2021); 0 is off.
    colour: L1 between photo and picture, both averaged over cells of 16 pixels; 0 is off. It ties
        brightness and colour to the style without blurring texture.
    """

    feature_matching: float = 10.0
    perceptual: float = 10.0
    kld: float = 0.05
    projected: float = 0.0
    colour: float = 0.0


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    label_set: labels of the data, one of `spade.maps.labels`.
    size: crop (height, width) in pixels that the networks see.
    native_size: picture (height, width) that the finished model paints; may be larger than
        `size` where crops were cut at the scale that they have in such a picture.
    batch_size: pictures per step on each device.
    steps: steps in all.
    generator_lr, discriminator_lr: Adam learning rates (two time-scale update rule).
    betas: Adam momenta.
    lr_decay_from: share of the steps after which both rates fall linearly to 0.
    ema_decay: decay per step of the averaged generator, which is the one that is kept.
    ndf: width of the patch discriminators' first layer.
    nef: width of the style encoder's first layer.
    encoder_size: size in pixels at which it sees photos, 128 or 256; None chooses by `size`.
    judges_first: steps at the beginning in which only the discriminators learn.
    held_statistics: the mean and variance before each modulation are held, so that training paints
        as the finished model will; those of the model that the run starts from, or measured when it
        starts from another run.
    features: frozen network of the perceptual and projected losses, see `spade.model.features`.
    sample_every, save_every: steps between sample grids and between saved states.
    measure_every: steps between measurings of the averaged generator on the val split; 0 is never.
    patience: measurings in a row that find nothing better before the run ends; 0 is no limit.
    """

    architecture: Architecture
    label_set: str = "landscape"
    size: tuple[int, int] = (256, 256)
    native_size: tuple[int, int] = (256, 256)
    batch_size: int = 16
    steps: int = 100_000
    generator_lr: float = 1e-4
    discriminator_lr: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.9)
    lr_decay_from: float = 0.6
    ema_decay: float = 0.999
    ndf: int = 64
    nef: int = 64
    encoder_size: int | None = None
    judges_first: int = 0
    held_statistics: bool = False
    features: str = "efficientnet-lite0"
    losses: LossWeights = field(default_factory=LossWeights)
    augmentation: Augmentation = field(default_factory=Augmentation)
    bf16: bool = True
    seed: int = 1
    workers: int = 2
    sample_every: int = 1000
    save_every: int = 500
    measure_every: int = 0
    patience: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> "TrainConfig":
        """Rebuild a configuration from `to_json`."""
        parts = {
            "architecture": Architecture(**values["architecture"]),
            "losses": LossWeights(**values["losses"]),
            "augmentation": Augmentation(**values["augmentation"]),
            "size": tuple(values["size"]),
            "native_size": tuple(values["native_size"]),
            "betas": tuple(values["betas"]),
        }
        return TrainConfig(**{**values, **parts})


def _coco(label_nc: int, **options: Any) -> Architecture:
    return Architecture(label_nc=label_nc, **options)


# With few pictures seen, a KLD of 0.05 leaves the style vector unused, and losses that compare
# pictures drown the judges, who alone ask for texture (docs/decisions/training.md).
SMALL_DATA = LossWeights(feature_matching=5.0, perceptual=4.0, projected=1.0, colour=10.0, kld=0.01)

# The widest generator and encoder that fit 64 MiB in half precision.
LANDSCAPE = TrainConfig(
    architecture=_coco(18, ngf=30, z_dim=64, use_vae=True, noise=True, crop_size=256),
    batch_size=32,
    steps=60_000,
    nef=32,
    losses=SMALL_DATA,
    workers=12,
    measure_every=2000,
    patience=10,
)

# What two CPU cores can do: half-size crops at the scale of the native size, thin networks.
LANDSCAPE_CPU = replace(
    LANDSCAPE,
    architecture=_coco(18, ngf=20, z_dim=64, use_vae=True, noise=True, crop_size=128),
    size=(128, 128),
    batch_size=6,
    steps=6_000,
    generator_lr=3e-4,
    discriminator_lr=4e-4,
    ema_decay=0.998,
    ndf=32,
    nef=24,
    augmentation=Augmentation(min_scale=0.4, max_scale=0.75, simplify=0.4, policy="colour"),
    sample_every=200,
    save_every=100,
    measure_every=500,
    workers=1,
)

CONFIGS: dict[str, TrainConfig] = {
    "landscape": LANDSCAPE,
    "landscape-cpu": LANDSCAPE_CPU,
    # After it, with --start-from its run: whole pictures, for composition and large regions.
    "landscape-cpu-256": replace(
        LANDSCAPE_CPU,
        architecture=replace(LANDSCAPE_CPU.architecture, crop_size=256),
        size=(256, 256),
        batch_size=3,
        steps=1_500,
        generator_lr=1.5e-4,
        discriminator_lr=3e-4,
        lr_decay_from=0.3,
        held_statistics=True,
        augmentation=Augmentation(min_scale=0.7, simplify=0.4, policy="colour"),
        save_every=50,
        measure_every=250,
    ),
    "coco": TrainConfig(
        architecture=_coco(182, instance_edges=True, ngf=64),
        label_set="coco",
        augmentation=Augmentation(min_scale=0.9, colour=0.0, rare_labels=0.0, policy=""),
    ),
    "ade20k": TrainConfig(
        architecture=_coco(150, ngf=64),
        label_set="ade20k",
        augmentation=Augmentation(min_scale=0.9, colour=0.0, rare_labels=0.0, policy=""),
    ),
    "cityscapes": TrainConfig(
        architecture=_coco(
            35, contain_dontcare=False, instance_edges=True, crop_size=512, aspect_ratio=2.0
        ),
        label_set="cityscapes",
        size=(256, 512),
        native_size=(256, 512),
        augmentation=Augmentation(min_scale=0.9, colour=0.0, rare_labels=0.0, policy=""),
    ),
}


def load_config(name: str) -> TrainConfig:
    """Return a named configuration, or the one in a JSON file such as a run's `config.json`.

    Raises:
        ValueError: no such name or file, or a file that is no configuration.
    """
    if name in CONFIGS:
        return CONFIGS[name]
    if not name.endswith(".json"):
        raise ValueError(
            f"no configuration '{name}'; known: {', '.join(CONFIGS)}, or a FILE.json like those "
            "that runs keep as config.json"
        )
    try:
        return TrainConfig.from_json(json.loads(Path(name).read_text(encoding="utf-8")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name} is no training configuration: {error}") from None

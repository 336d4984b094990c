"""The named configurations of training runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from spade.data.augmentation import Augmentation
from spade.model.architecture import Architecture
from spade.train.config import LossWeights, Phase, TrainConfig


def _landscape_net(ngf: int) -> Architecture:
    return Architecture(label_nc=18, ngf=ngf, z_dim=64, use_vae=True, noise=True, crop_size=256)


# With few pictures seen, the paper's KLD leaves the style vector unused, and losses that compare
# pictures drown the judges, who alone ask for texture (docs/decisions/training.md).
SMALL_DATA = LossWeights(feature_matching=5.0, perceptual=4.0, projected=1.0, colour=10.0, kld=0.01)

# Judges that see colours moved about cannot ask for the right ones, so only places are moved.
POLICY = "translation"
MAPS: dict[str, Any] = {"simplify": 0.4, "fray": 0.3, "policy": POLICY}

# What a label looks like close by, at a fifth of the work of larger crops.
TINY_CROPS = Phase(
    images=12_000,
    size=(64, 64),
    batch_size=16,
    generator_lr=3e-4,
    discriminator_lr=4e-4,
    kld=0.003,
    augmentation=Augmentation(min_scale=0.2, max_scale=0.4, **MAPS),
)
# Trees, waves and clouds, at the scale that they have in a picture of 256 pixels.
SMALL_CROPS = replace(
    TINY_CROPS,
    images=60_000,
    size=(128, 128),
    batch_size=6,
    augmentation=Augmentation(min_scale=0.4, max_scale=0.75, **MAPS),
)
# Composition, light and large regions.
WHOLE_PICTURES = Phase(
    images=20_000,
    size=(256, 256),
    batch_size=3,
    generator_lr=1.5e-4,
    discriminator_lr=3e-4,
    held_statistics=True,
    augmentation=Augmentation(min_scale=0.7, **MAPS),
)
# A crop of 256 pixels of a picture of 512: what 512 and 1024 are painted like.
LARGE_SCALE = replace(
    WHOLE_PICTURES,
    images=8_000,
    least_side=480,
    augmentation=Augmentation(min_scale=0.48, max_scale=0.6, **MAPS),
)

# The same run on a processor and on a GPU; only the batches differ (`--batch-size`).
LANDSCAPE = TrainConfig(
    architecture=_landscape_net(20),
    phases=(TINY_CROPS, SMALL_CROPS, WHOLE_PICTURES, LARGE_SCALE),
    half_life=2_000,
    lr_decay_from=0.8,
    ndf=32,
    nef=24,
    encoder_size=128,
    losses=SMALL_DATA,
    workers=1,
    sample_every=1_200,
    save_every=300,
)


def _at_128(architecture: Architecture) -> TrainConfig:
    """Return a recipe of whole pictures of 128 pixels, by which architectures are compared."""
    whole = replace(SMALL_CROPS, augmentation=Augmentation(min_scale=0.7, **MAPS))
    return replace(
        LANDSCAPE,
        architecture=replace(architecture, crop_size=128),
        phases=(whole,),
        native_size=(128, 128),
    )


def _published(architecture: Architecture, label_set: str, size: tuple[int, int]) -> TrainConfig:
    """Return the paper's recipe for a large data set."""
    cuts = Augmentation(min_scale=0.9, colour=0.0, rare_labels=0.0, simplify=0.0, policy="")
    return TrainConfig(
        architecture=architecture,
        phases=(Phase(images=1_600_000, size=size, augmentation=cuts),),
        label_set=label_set,
        native_size=size,
    )


CONFIGS: dict[str, TrainConfig] = {
    "landscape": LANDSCAPE,
    "landscape-128": _at_128(_landscape_net(20)),
    "pix2pixhd-128": _at_128(Architecture(label_nc=18, net="pix2pixhd", ngf=20)),
    "coco": _published(
        Architecture(label_nc=182, instance_edges=True, ngf=64), "coco", (256, 256)
    ),
    "ade20k": _published(Architecture(label_nc=150, ngf=64), "ade20k", (256, 256)),
    "cityscapes": _published(
        Architecture(
            label_nc=35, contain_dontcare=False, instance_edges=True, crop_size=512,
            aspect_ratio=2.0,
        ),
        "cityscapes",
        (256, 512),
    ),
}  # fmt: skip


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
        values: dict[str, Any] = json.loads(Path(name).read_text(encoding="utf-8"))
        return TrainConfig.from_json(values)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name} is no training configuration: {error}") from None

"""Architectures of published checkpoints, and what is known of their labels and licences."""

from dataclasses import dataclass

from spade.model.architecture import Architecture
from spade.model.card import Licence

NON_COMMERCIAL = Licence(
    "CC BY-NC-SA 4.0",
    "Weights published by NVIDIA with SPADE: research and other non-commercial use only, with "
    "credit, and under the same licence.",
    commercial=False,
)
COMMUNITY = Licence(
    "not stated",
    "Trained by volunteers with NVIDIA's SPADE code (CC BY-NC-SA 4.0); no licence of their own is "
    "stated, so treat the weights as for non-commercial use.",
    commercial=False,
)
UNKNOWN = Licence(
    "not stated", "Imported weights; ask whoever trained them what they allow.", commercial=False
)


@dataclass(frozen=True)
class Preset:
    """One `--arch`: an architecture, the label set it was trained on, a title and a licence."""

    title: str
    architecture: Architecture
    label_set: str | None
    licence: Licence


PRESETS = {
    "coco": Preset(
        "SPADE COCO-Stuff",
        Architecture(182, contain_dontcare=True, instance_edges=True),
        "coco",
        NON_COMMERCIAL,
    ),
    "ade20k": Preset(
        "SPADE ADE20K", Architecture(150, contain_dontcare=True), "ade20k", NON_COMMERCIAL
    ),
    "cityscapes": Preset(
        "SPADE Cityscapes",
        Architecture(
            35, contain_dontcare=False, instance_edges=True, crop_size=512, aspect_ratio=2.0
        ),
        "cityscapes",
        NON_COMMERCIAL,
    ),
    "landscape": Preset(
        "SPADE landscapes",
        Architecture(182, contain_dontcare=False, crop_size=512, num_upsampling_layers="normal"),
        "coco-182",
        COMMUNITY,
    ),
    "custom": Preset("Custom SPADE", Architecture(182, contain_dontcare=False), None, UNKNOWN),
}


def label_set_for(architecture: Architecture) -> str:
    """Name a set of numbered labels that fits an architecture with unknown labels."""
    unlabelled = "-unlabelled" if architecture.contain_dontcare else ""
    return f"numbered-{architecture.label_nc}{unlabelled}"

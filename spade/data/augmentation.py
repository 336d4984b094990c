"""How training pairs are varied, so that a network never meets the very same one twice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """How a training pair is cut from a photo and its label map.

    min_scale: smallest crop, as a share of the largest crop of the wanted aspect that fits.
    max_scale: largest crop, likewise.
    flip: mirror half of the pairs.
    colour: largest relative change of brightness, contrast and saturation.
    rare_labels: share of crops that are centred on a pixel of a rare label.
    simplify: share of crops whose label map is smoothed as a free-hand doodle would be.
    policy: differentiable augmentation before the discriminators (Zhao et al. 2020): any of
        colour, translation, cutout, separated by commas; empty is off.
    """

    min_scale: float = 0.4
    max_scale: float = 1.0
    flip: bool = True
    colour: float = 0.05
    rare_labels: float = 0.3
    simplify: float = 0.25
    policy: str = "colour,translation"

"""How a training pair is cut from a photo and its label map."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew each time that a photo is seen.

    min_scale: smallest crop, as a share of the largest crop of the wanted aspect that fits.
    max_scale: largest crop, likewise.
    flip: mirror half of the pairs.
    colour: largest relative change of brightness, contrast and saturation.
    rare_labels: share of crops that are centred on a pixel of a rare label.
    simplify: share of crops whose label map is smoothed as a free-hand doodle would be.
    fray: share of crops whose label map then gets `borders=natural`, as the service paints it.
    policy: differentiable augmentation before the discriminators (Zhao et al. 2020): any of
        colour, translation, cutout, separated by commas; empty is off.
    """

    min_scale: float = 0.4
    max_scale: float = 1.0
    flip: bool = True
    colour: float = 0.05
    rare_labels: float = 0.3
    simplify: float = 0.25
    fray: float = 0.0
    policy: str = "colour,translation"

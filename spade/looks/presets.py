"""Style presets: styles of training photos that make doodles look like a time or a weather.

What a style looks like is asked of the generator itself: styles drawn for training photos paint the
same few doodles, and a preset is the style whose pictures fit it best.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.model.encoder import sample_style

# Styles drawn for each photo. Its mean is none: nearer to the middle of all than any style that
# the generator has painted with while training, it comes out glaring.
DRAWS = 2
# Seeds vary a preset less than a photo's style is spread, so that it stays what it is called.
SHARE_OF_VARIANCE = 0.1
CLIPPED = 0.04
# How much clipped colours count against a style.
GLARE = 4.0

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Colours:
    """Colours of pictures, each from 0 to 1.

    warmth: red minus blue. contrast: standard deviation of the grey values. saturation: strongest
    minus weakest colour of a pixel. clipped: share of colour values at either end.
    """

    brightness: float
    warmth: float
    contrast: float
    saturation: float
    clipped: float


# How well a look fits: bright and blue, warm, dark and blue, grey and faint, pale, cold and clear.
PRESETS: dict[str, Callable[[Colours], float]] = {
    "day": lambda look: look.saturation - look.warmth - 2 * abs(look.brightness - 0.56),
    "golden-hour": lambda look: -6 * abs(look.warmth - 0.2) - abs(look.brightness - 0.45),
    "dusk": lambda look: -look.warmth - 2 * abs(look.brightness - 0.25),
    "mist": lambda look: -3 * look.contrast - 2 * look.saturation - 3 * abs(look.brightness - 0.62),
    "winter": lambda look: (
        look.contrast
        - 3 * abs(look.brightness - 0.72)
        - 2 * abs(look.saturation - 0.08)
        - 2 * max(look.warmth, -0.06)
    ),
}
TITLES = {
    "day": "Day",
    "golden-hour": "Golden hour",
    "dusk": "Dusk",
    "mist": "Mist",
    "winter": "Winter",
}


def preset_styles(
    means: Tensor, log_variances: Tensor, paint: Callable[[Tensor], Pictures]
) -> dict[str, Tensor]:
    """Return `[2, z_dim]` (mean, log variance) by preset.

    Args:
        means, log_variances: `[N, z_dim]`, the styles of the training photos.
        paint: paints some doodles `[P, H, W, 3] uint8 RGB` in a style `[z_dim]`.
    """
    means, log_variances = means.repeat(DRAWS, 1), log_variances.repeat(DRAWS, 1)
    styles = sample_style(means, log_variances, torch.Generator().manual_seed(0))
    looks = [measure_colours(paint(style)) for style in styles]
    presets = {}
    for name, fit in PRESETS.items():
        best = int(np.argmax([fit(look) - GLARE * look.clipped for look in looks]))
        spread = log_variances[best] + math.log(SHARE_OF_VARIANCE)
        presets[name] = torch.stack([styles[best], spread])
    return presets


def measure_colours(pictures: Pictures) -> Colours:
    """Measure the colours of pictures `[P, H, W, 3]`."""
    rgb = pictures.astype(np.float32) / 255
    red, _, blue = rgb.mean(axis=(0, 1, 2))
    return Colours(
        brightness=float(rgb.mean()),
        warmth=float(red - blue),
        contrast=float(rgb.mean(axis=-1).std()),
        saturation=float(np.ptp(rgb, axis=-1).mean()),
        clipped=float(((rgb < CLIPPED) | (rgb > 1 - CLIPPED)).mean()),
    )

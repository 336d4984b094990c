"""Style presets: mean styles of the training photos that most look like a time or a weather."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from spade.labels import LabelSet

PHOTOS_PER_PRESET = 12
# A mean of photos lies nearer to the middle than any of them: presets go twice as far, and vary
# less, so that people see which one they chose.
EMPHASIS = 2.0
SHARE_OF_VARIANCE = 0.7


def _day(rgb: npt.NDArray[np.float32], share: dict[str, float]) -> float:
    red, _, blue = rgb.mean(axis=(0, 1))
    clear = share.get("sky-other", 0) + 0.5 * share.get("clouds", 0)
    return float((blue - red) + 0.8 * rgb.mean() + 0.5 * clear - share.get("fog", 0))


def _golden_hour(rgb: npt.NDArray[np.float32], _: dict[str, float]) -> float:
    red, _green, blue = rgb.mean(axis=(0, 1))
    return float((red - blue) - 0.5 * abs(rgb.mean() - 0.45))


def _dusk(rgb: npt.NDArray[np.float32], share: dict[str, float]) -> float:
    red, green, blue = rgb.mean(axis=(0, 1))
    sky = share.get("sky-other", 0) + share.get("clouds", 0)
    return float((blue + 0.6 * red - 1.6 * green) - 1.5 * rgb.mean() + 0.4 * sky)


def _mist(rgb: npt.NDArray[np.float32], share: dict[str, float]) -> float:
    return float(share.get("fog", 0) - 2 * rgb.std() - float(np.ptp(rgb.mean(axis=(0, 1)))))


def _winter(rgb: npt.NDArray[np.float32], share: dict[str, float]) -> float:
    red, _, blue = rgb.mean(axis=(0, 1))
    return float(2 * share.get("snow", 0) + 0.5 * (blue - red) + 0.3 * rgb.mean())


# A photo's score: how much it looks like the preset, from its `[H, W, 3]` colours in [0, 1] and
# the share of each label by name.
PRESETS: dict[str, Callable[[npt.NDArray[np.float32], dict[str, float]], float]] = {
    "day": _day,
    "golden-hour": _golden_hour,
    "dusk": _dusk,
    "mist": _mist,
    "winter": _winter,
}
TITLES = {
    "day": "Day",
    "golden-hour": "Golden hour",
    "dusk": "Dusk",
    "mist": "Mist",
    "winter": "Winter",
}


def preset_styles(
    photos: list[Tensor],
    channels: list[Tensor],
    styles: tuple[Tensor, Tensor],
    label_set: LabelSet,
) -> dict[str, Tensor]:
    """Return `[2, z_dim]` (mean, log variance) by preset.

    Args:
        photos: `[3, H, W]` in [-1, 1].
        channels: `[H, W]` label channels of each.
        styles: means and log variances `[N, z_dim]` of each.
        label_set: names of the channels.

    A preset's variance holds both how its photos differ and how each of them is spread, because
    the generator knows drawn styles only, never bare means.
    """
    colours = [((photo + 1) / 2).permute(1, 2, 0).numpy() for photo in photos]
    shares = [_shares(item, label_set) for item in channels]
    means, log_variances = styles
    presets = {}
    for name, score in PRESETS.items():
        scores = [score(rgb, share) for rgb, share in zip(colours, shares, strict=True)]
        best = np.argsort(scores)[::-1][:PHOTOS_PER_PRESET].copy()
        spread = means[best].var(dim=0, unbiased=False) + log_variances[best].exp().mean(dim=0)
        presets[name] = torch.stack(
            [EMPHASIS * means[best].mean(dim=0), (SHARE_OF_VARIANCE * spread).log()]
        )
    return presets


def _shares(channels: Tensor, label_set: LabelSet) -> dict[str, float]:
    counts = torch.bincount(channels.flatten(), minlength=len(label_set.labels)).float()
    shares = (counts / counts.sum()).tolist()
    return {label.name: share for label, share in zip(label_set.labels, shares, strict=True)}

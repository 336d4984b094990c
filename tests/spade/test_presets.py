"""Style presets are what the generator paints with them, not what they are called."""

import numpy as np
import pytest
import torch

from spade.looks.presets import PRESETS, measure_colours, preset_styles

NO_SPREAD = -20.0  # log variance of photos whose every style is the same


def paint(z: torch.Tensor) -> np.ndarray:
    """Paint plain pictures whose red, green and blue are the style's numbers, with a dark half."""
    colour = z.clamp(0, 1).numpy() * 255
    pictures = np.full((2, 8, 8, 3), colour).astype(np.uint8)
    pictures[:, 4:] //= 2
    return pictures


def test_presets_look_like_their_names() -> None:
    """Among random styles the warm one is golden hour, the dark one dusk, the pale one mist."""
    means = torch.rand(200, 3, generator=torch.Generator().manual_seed(4)) * 1.2 + 0.1

    presets = preset_styles(means, torch.full((200, 3), NO_SPREAD), paint)

    looks = {name: measure_colours(paint(style[0])) for name, style in presets.items()}
    assert set(looks) == set(PRESETS)
    assert looks["golden-hour"].warmth > 0.15 > 0 > looks["day"].warmth
    assert looks["dusk"].warmth < 0
    assert looks["dusk"].brightness < looks["day"].brightness
    assert looks["mist"].saturation < 0.2
    assert looks["winter"].saturation < looks["day"].saturation


def test_glaring_styles_are_not_chosen() -> None:
    """A style that fits best but paints clipped colours gives way to one that does not."""
    glaring, warm = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.7, 0.5, 0.35])
    grey = torch.full((3,), 0.5)
    means = torch.stack([glaring, warm, grey])

    preset = preset_styles(means, torch.full((3, 3), NO_SPREAD), paint)["golden-hour"]

    assert preset[0][0] / preset[0][2] == pytest.approx(2, abs=0.01)

"""Simple colours of pictures, by which a run that drifts is seen early."""

import torch
from torch import Tensor

# Violet: blue and red well above green. Meadows, rocks and skies of photos are hardly ever so.
ABOVE_GREEN = 0.06


@torch.no_grad()
def colours(pictures: Tensor) -> dict[str, float]:
    """Return `luma`, the mean of grey values, and `violet`, a share of pixels, both 0 to 1.

    pictures: `[N, 3, H, W]` in [-1, 1].
    """
    red, green, blue = ((pictures.float() + 1) / 2).unbind(dim=1)
    violet = (torch.minimum(red, blue) - green) > ABOVE_GREEN
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return {"luma": float(luma.mean()), "violet": float(violet.float().mean())}

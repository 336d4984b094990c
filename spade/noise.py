"""Per-pixel noise: what lets a flat region have texture (Karras et al., CVPR 2019, section 3.2).

Inside a large region every pixel has the same label neighbourhood, so a SPADE generator has
nothing there to grow grass or waves from. Noise, weighted per channel, gives it something.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def draw_noise(seed: int, sizes: Sequence[tuple[int, int]]) -> list[Tensor]:
    """Draw one plane `[h, w] float32` of N(0, 1) per block size, the same on every device."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, generator=generator) for size in sizes]

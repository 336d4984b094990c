"""Per-pixel noise: what lets a flat region have texture (Karras et al., CVPR 2019, section 3.2).

Inside a large region every pixel has the same label neighbourhood, so a SPADE generator has
nothing there to grow grass or waves from. Noise, weighted per channel, gives it something.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

# SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): the step of its state and its mixing function.
STEP = -7046029254386353131
MIXING = ((30, -4658895280553007687), (27, -7723592293110705685))
LAST_SHIFT = 31
# The eight bytes of a number, added up in two steps: pairs into lanes of 16 bits, then the lanes.
EVEN_BYTES, LANES = 0x00FF00FF00FF00FF, 0x0001000100010001
MEAN, DEVIATION = 8 * 127.5, (8 * (256**2 - 1) / 12) ** 0.5


def draw_noise(
    seeds: Sequence[int] | Tensor,
    sizes: Sequence[tuple[int, int]],
    device: torch.device | str = "cpu",
) -> list[Tensor]:
    """Draw one plane `[N, h, w] float32` of nearly N(0, 1) per block size, from N seeds.

    A value is the sum of a random number's eight bytes, shifted and scaled, so it depends on
    nothing but seed and place: the same bits on every device and in any batch.
    """
    count = sum(height * width for height, width in sizes)
    state = torch.as_tensor(seeds, dtype=torch.int64, device=device)[:, None]
    numbers = _mixed(_mixed(state) + torch.arange(1, count + 1, device=device) * STEP)
    pairs = (numbers & EVEN_BYTES).add_((numbers >> 8) & EVEN_BYTES)
    values = _shifted(pairs.mul_(LANES), 48).float().sub_(MEAN).div_(DEVIATION)
    planes = torch.split(values, [height * width for height, width in sizes], dim=1)
    return [plane.reshape(-1, *size) for plane, size in zip(planes, sizes, strict=True)]


def _mixed(numbers: Tensor) -> Tensor:
    for shift, factor in MIXING:
        numbers = (numbers ^ _shifted(numbers, shift)).mul_(factor)
    return numbers ^ _shifted(numbers, LAST_SHIFT)


def _shifted(numbers: Tensor, bits: int) -> Tensor:
    """Shift int64 to the right as if it had no sign."""
    return (numbers >> bits).bitwise_and_((1 << (64 - bits)) - 1)

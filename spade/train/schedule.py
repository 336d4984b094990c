"""How fast a run learns, by how many pictures it has seen, and in which numbers it computes."""

import torch

from spade.train.config import TrainConfig

# Adam's first steps are as long as its rate allows, whatever the gradients; short ones come first.
WARM_UP = 20


def painter_rate(
    config: TrainConfig, phase: int, *, images: int, steps: int, moments_since: int
) -> float:
    """Return the learning rate of generator and encoder; 0 while only the judges learn."""
    if images < config.judges_first:
        return 0.0  # Adam still learns how large the gradients are
    return config.phases[phase].generator_lr * _share(config, images, steps - moments_since)


def judge_rate(
    config: TrainConfig, phase: int, *, images: int, steps: int, moments_since: int
) -> float:
    """Return the learning rate of the discriminators."""
    return config.phases[phase].discriminator_lr * _share(config, images, steps - moments_since)


def _share(config: TrainConfig, images: int, steps: int) -> float:
    start = config.lr_decay_from * config.images
    left = 1 - max(0.0, (images - start) / max(config.images - start, 1))
    return max(left, 0.0) * min(1.0, (1 + steps) / WARM_UP)


def bf16_is_fast(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; emulated, it is slower than float32."""
    if device.type != "cpu":
        return True
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))

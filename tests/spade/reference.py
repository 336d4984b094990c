"""A plain dense SPADE generator, written from the paper alone, that the engines are held against.

Park et al., "Semantic Image Synthesis with Spatially-Adaptive Normalization", CVPR 2019: section
3.1 and figure 3 (the SPADE layer), figure 4 (the residual block), appendix A (the generator).
Nothing is shared with the `spade` package but the names of the parameters.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

State = dict[str, Tensor]


def one_hot(channels: np.ndarray, label_channels: int, edges: np.ndarray | None) -> Tensor:
    """Return the input planes `[N, C, H, W]` of label channels `[N, H, W]`."""
    planes = torch.zeros(len(channels), label_channels, *channels.shape[1:])
    planes.scatter_(1, torch.from_numpy(channels.astype(np.int64))[:, None], 1.0)
    if edges is None:
        return planes
    return torch.cat([planes, torch.from_numpy(edges)[:, None].float()], dim=1)


def spade(state: State, name: str, x: Tensor, planes: Tensor) -> Tensor:
    mean, variance = (state[f"{name}.param_free_norm.running_{what}"] for what in ("mean", "var"))
    normal = F.batch_norm(x, mean, variance, training=False)
    labels = F.interpolate(planes, size=x.shape[2:], mode="nearest")
    hidden = F.relu(convolve(state, f"{name}.mlp_shared.0", labels))
    gamma = convolve(state, f"{name}.mlp_gamma", hidden)
    beta = convolve(state, f"{name}.mlp_beta", hidden)
    return normal * (1 + gamma) + beta


def convolve(state: State, name: str, x: Tensor) -> Tensor:
    weight = state[f"{name}.weight"]
    return F.conv2d(x, weight, state.get(f"{name}.bias"), padding=weight.shape[-1] // 2)


def block(
    state: State, name: str, x: Tensor, planes: Tensor, noise: Iterator[Tensor] | None
) -> Tensor:
    skip = x
    if f"{name}.conv_s.weight" in state:
        skip = convolve(state, f"{name}.conv_s", spade(state, f"{name}.norm_s", x, planes))
    for part in ("0", "1"):
        x = F.leaky_relu(spade(state, f"{name}.norm_{part}", x, planes), 0.2)
        x = convolve(state, f"{name}.conv_{part}", x)
        if part == "0" and noise is not None:
            x = x + state[f"{name}.noise_weight"].view(1, -1, 1, 1) * next(noise)[:, None]
    return skip + x


def paint(
    state: State,
    planes: Tensor,
    *,
    upsampling: str = "normal",
    z: Tensor | None = None,
    seed_size: tuple[int, int] | None = None,
    noise: Iterator[Tensor] | None = None,
) -> Tensor:
    """Return pictures `[N, 3, H, W]` in [-1, 1].

    `upsampling` is `normal`, `more` or `most`; with `z` it makes the first map, of `seed_size`.
    With `noise`, each block draws a plane from it and adds it, weighted per channel, between its
    convolutions (Karras et al., CVPR 2019, section 3.2).
    """
    stride = {"normal": 32, "more": 64, "most": 128}[upsampling]
    if z is not None:
        assert seed_size is not None
        x = F.linear(z, state["fc.weight"], state["fc.bias"]).view(len(z), -1, *seed_size)
    else:
        small = F.interpolate(
            planes, size=(planes.shape[2] // stride, planes.shape[3] // stride), mode="nearest"
        )
        x = convolve(state, "fc", small)
    x = block(state, "head_0", x, planes, noise)
    x = block(state, "G_middle_0", double(x), planes, noise)
    x = block(state, "G_middle_1", x if upsampling == "normal" else double(x), planes, noise)
    for name in ("up_0", "up_1", "up_2", "up_3", "up_4")[: 5 if upsampling == "most" else 4]:
        x = block(state, name, double(x), planes, noise)
    return torch.tanh(convolve(state, "conv_img", F.leaky_relu(x, 0.2)))


def double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def paint_pix2pixhd(state: State, planes: Tensor) -> Tensor:
    """Return the pictures `[N, 3, H, W]` in [-1, 1] of pix2pixHD's global generator.

    Convolutions at the names of NVIDIA's SPADE code, each but the last with instance norm.
    """
    numbers = sorted({int(name.split(".")[1]) for name in state})
    blocks = [n for n in numbers if f"model.{n}.conv_block.1.0.weight" in state]
    x = normed(F.conv2d(F.pad(planes, (3,) * 4, "reflect"), state["model.1.0.weight"])).relu()
    for n in numbers[1 : numbers.index(blocks[0])]:
        x = normed(F.conv2d(x, state[f"model.{n}.0.weight"], stride=2, padding=1)).relu()
    for n in blocks:
        names = [f"model.{n}.conv_block.{place}.0.weight" for place in (1, 4)]
        inner = normed(F.conv2d(F.pad(x, (1,) * 4, "reflect"), state[names[0]])).relu()
        x = x + normed(F.conv2d(F.pad(inner, (1,) * 4, "reflect"), state[names[1]]))
    for n in numbers[numbers.index(blocks[-1]) + 1 : -1]:
        weight = state[f"model.{n}.0.weight"]
        x = normed(F.conv_transpose2d(x, weight, stride=2, padding=1, output_padding=1)).relu()
    last = f"model.{numbers[-1]}"
    x = F.conv2d(F.pad(x, (3,) * 4, "reflect"), state[f"{last}.weight"], state[f"{last}.bias"])
    return torch.tanh(x)


def normed(x: Tensor) -> Tensor:
    """Bring each plane to mean 0 and variance 1."""
    centred = x - x.mean(dim=(2, 3), keepdim=True)
    return centred / (centred.square().mean(dim=(2, 3), keepdim=True) + 1e-5).sqrt()

"""Change the native size of a generator with a VAE: its first layer has rows per place."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from spade.model.architecture import Architecture
from spade.model.generator import Generator

Size = tuple[int, int]


def grow(generator: Generator, native_size: Size) -> Architecture:
    """Make a generator's native size larger, in place, and return its new architecture.

    Without a VAE nothing but the numbers changes: the net is convolutional. With one, the first
    feature map comes from a linear layer with a row per place; each new place gets the row of the
    nearest old one, which is what the generator does for foreign sizes anyway.
    """
    old = generator.architecture
    new = replace(old, crop_size=native_size[1], aspect_ratio=native_size[1] / native_size[0])
    if old.use_vae and new.seed_size != old.seed_size:
        assert isinstance(generator.fc, nn.Linear)
        weight = resize_seed(generator.fc.weight.detach(), old.seed_size, new.seed_size)
        bias = resize_seed(generator.fc.bias.detach(), old.seed_size, new.seed_size)
        generator.fc = nn.Linear(weight.shape[1], len(weight))
        generator.fc.weight, generator.fc.bias = nn.Parameter(weight), nn.Parameter(bias)
    generator.architecture = new
    return new


def resize_seed(rows: Tensor, old: Size, new: Size) -> Tensor:
    """Return the linear layer's rows `[channels * places, ...]` for other places, the nearest."""
    across = torch.arange(new[0]) * old[0] // new[0]
    along = torch.arange(new[1]) * old[1] // new[1]
    place = (across[:, None] * old[1] + along[None, :]).flatten()
    by_place = rows.view(-1, old[0] * old[1], *rows.shape[1:])[:, place]
    return by_place.reshape(-1, *rows.shape[1:]).clone()

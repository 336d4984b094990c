"""Change the native size of a generator with a VAE: its first layer has rows per place."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from spade.model.architecture import Architecture
from spade.model.cells import resize_cells
from spade.model.generator import Generator, PaintingNetwork

Size = tuple[int, int]


def grow(generator: PaintingNetwork, native_size: Size) -> Architecture:
    """Make a generator's native size larger, in place, and return its new architecture.

    Without a VAE nothing but the numbers changes: the net is convolutional. With one, the first
    feature map comes from a linear layer with a row per place; new places get rows between those of
    the old ones, run smoothly as a generator's cells do at foreign sizes.
    """
    old = generator.architecture
    new = replace(old, crop_size=native_size[1], aspect_ratio=native_size[1] / native_size[0])
    if old.use_vae and new.seed_size != old.seed_size:
        assert isinstance(generator, Generator)
        assert isinstance(generator.fc, nn.Linear)
        weight = _smooth(generator.fc.weight.detach(), old.seed_size, new.seed_size)
        bias = _smooth(generator.fc.bias.detach()[:, None], old.seed_size, new.seed_size)[:, 0]
        generator.fc = nn.Linear(weight.shape[1], len(weight))
        generator.fc.weight, generator.fc.bias = nn.Parameter(weight), nn.Parameter(bias)
    generator.architecture = new
    return new


def _smooth(rows: Tensor, old: Size, new: Size) -> Tensor:
    """Return the linear layer's rows `[channels * places, inputs]` for other places."""
    cells = rows.T.reshape(rows.shape[1], -1, *old)
    return resize_cells(cells, new).flatten(1).T.contiguous()


def resize_seed(rows: Tensor, old: Size, new: Size) -> Tensor:
    """Return the linear layer's rows `[channels * places, ...]` for other places, the nearest.

    For a training that goes on: Adam's averages, which may not be mixed, are resized alike.
    """
    across = torch.arange(new[0]) * old[0] // new[0]
    along = torch.arange(new[1]) * old[1] // new[1]
    place = (across[:, None] * old[1] + along[None, :]).flatten()
    by_place = rows.view(-1, old[0] * old[1], *rows.shape[1:])[:, place]
    return by_place.reshape(-1, *rows.shape[1:]).clone()

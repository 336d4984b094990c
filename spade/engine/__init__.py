"""Inference engines: one interface, several ways to compute the same picture."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from spade.generator import Generator

EngineName = Literal["exact", "fast", "dense"]
ENGINES: tuple[EngineName, ...] = ("exact", "fast", "dense")

# channels [H, W] int64, edges [H, W] bool or None, z [z_dim] or None -> [3, H, W] in [-1, 1].
# One item at a time, so that its neighbours in a batch cannot change a bit of it.
Engine = Callable[[Tensor, Tensor | None, Tensor | None], Tensor]


def build_engine(name: EngineName, generator: Generator, device: torch.device) -> Engine:
    """Return the engine of this name around a generator's weights."""
    if name != "dense" and device.type == "cpu":
        from spade.engine.region import RegionEngine

        return RegionEngine(generator)
    from spade.engine.plain import PlainEngine

    return PlainEngine(generator.to(device), dense=name == "dense")

"""Blend a run's weights with those of the model that it started from.

Weights on the way between a model and what more training made of it often paint better than
either end (Wortsman et al., ICML 2022, model soups; two of one lineage here).
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from spade.model.checkpoint import load_checkpoint
from spade.model.encoder import StyleEncoder
from spade.model.generator import PaintingNetwork

SHARE_OF_RUN = 0.5


@torch.no_grad()
def blend(generator: PaintingNetwork, encoder: StyleEncoder | None, start: Path) -> None:
    """Move both networks, which must be of the native size, halfway back to those of `start`.

    Raises:
        CheckpointError: no usable checkpoint.
        ValueError: a checkpoint of other networks.
    """
    checkpoint = load_checkpoint(start)
    _move(generator, checkpoint.generator, start)
    if encoder is not None:
        _move(encoder, checkpoint.encoder, start)


def _move(network: nn.Module, weights: dict[str, Tensor], start: Path) -> None:
    state = network.state_dict()
    if {k: v.shape for k, v in state.items()} != {k: v.shape for k, v in weights.items()}:
        raise ValueError(f"{start} has other networks than the run; blend with what it began from")
    for name, value in state.items():
        if value.is_floating_point():
            value.copy_(torch.lerp(weights[name], value, SHARE_OF_RUN))

"""The mean and variance before each modulation: measured over many pictures, or held as they are.

Batch norm paints with the statistics of the batch while training and with averages afterwards. In
batches of a few pictures the two differ so much that a model whose every batch looked right paints
glaring pictures later. Holding averages while training ends in, both are the same.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from spade.data.pairs import PairDataset
from spade.model.generator import Generator
from spade.train.batches import Batch, collate

MEASURED_PAIRS = 160
PER_BATCH = 8

Styles = Callable[[Batch], Tensor | None]


def norms_of(generator: Generator) -> list[nn.BatchNorm2d]:
    """Return the layers that have statistics."""
    return [module for module in generator.modules() if isinstance(module, nn.BatchNorm2d)]


def hold(generator: Generator) -> None:
    """Let a generator in training paint with its averages and leave them alone."""
    for norm in norms_of(generator):
        norm.eval()


@torch.no_grad()
def measure(
    generator: Generator, dataset: PairDataset, styles: Styles, device: torch.device
) -> None:
    """Measure the statistics anew, over pairs from all of `dataset`, and hold them.

    `styles` returns the style vectors `[N, z_dim]` to paint a batch with.
    """
    for norm in norms_of(generator):
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches
        norm.train()
    count = min(len(dataset), MEASURED_PAIRS)
    picks = [index * len(dataset) // count for index in range(count)]
    for start in range(0, count, PER_BATCH):
        items = [dataset[index] for index in picks[start : start + PER_BATCH]]
        batch = collate(items, generator.architecture.label_channels, device)
        generator(batch.pyramid, batch.size, styles(batch))
    hold(generator)

"""The mean and variance before each modulation: measured over many pictures, or held as they are.

Batch norm paints with the statistics of the batch while training and with averages afterwards. In
batches of a few pictures the two differ so much that a model whose every batch looked right paints
glaring pictures later. Holding averages while training ends in, both are the same.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from spade.data.pairs import PairDataset
from spade.model.generator import PaintingNetwork
from spade.train.batches import Batch, collate
from spade.train.parallel import average

MEASURED_PAIRS = 160
PER_BATCH = 8

Styles = Callable[[Batch], Tensor | None]


def norms_of(generator: PaintingNetwork) -> list[nn.BatchNorm2d | nn.SyncBatchNorm]:
    """Return the layers that have statistics, whether GPUs share their batches or not."""
    kinds = (nn.BatchNorm2d, nn.SyncBatchNorm)
    return [module for module in generator.modules() if isinstance(module, kinds)]


def share(generator: PaintingNetwork) -> None:
    """Give all processes the mean of their statistics, so that one model is trained and saved."""
    norms = norms_of(generator)
    average([t for n in norms for t in (n.running_mean, n.running_var) if t is not None])


def hold(generator: PaintingNetwork) -> None:
    """Let a generator in training paint with its averages and leave them alone."""
    for norm in norms_of(generator):
        norm.eval()


@torch.no_grad()
def measure(
    generator: PaintingNetwork, dataset: PairDataset, styles: Styles, device: torch.device
) -> None:
    """Measure the statistics anew, over pairs from all of `dataset`, and hold them.

    `styles` returns the style vectors `[N, z_dim]` to paint a batch with.
    """
    if not norms_of(generator):
        return
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
    share(generator)

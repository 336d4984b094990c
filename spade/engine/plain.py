"""The generator as it is: dense as published, or with modulation per label neighbourhood."""

import torch
from torch import Tensor

from spade.engine.batch import Batch, to_levels
from spade.engine.precision import full_precision
from spade.engine.weights import count_bytes
from spade.model.generator import PaintingNetwork
from spade.model.noise import draw_noise
from spade.model.pyramid import LabelPyramid


class PlainEngine:
    """Runs the training network; what the others are measured by, and their stand-in elsewhere.

    Items are painted one by one, so that neighbours in a batch cannot change a bit of a picture.
    """

    def __init__(self, generator: PaintingNetwork, dense: bool) -> None:
        """Paint on the device that the generator is on."""
        self._generator = generator
        self._dense = dense

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return count_bytes(list(self._generator.state_dict().values()))

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return torch.cat([self._paint_one(item).cpu() for item in batch.split(1)])

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return torch.cat([to_levels(self._paint_one(item)).cpu() for item in batch.split(1)])

    @torch.inference_mode()
    def _paint_one(self, item: Batch) -> Tensor:
        with full_precision():
            return run_network(self._generator, item, dense=self._dense)


class DenseReference(PlainEngine):
    """The network as published: float32, eager, layer by layer, a whole batch at once, no TF32."""

    def __init__(self, generator: PaintingNetwork, device: torch.device) -> None:
        super().__init__(generator.to(device), dense=True)

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return self._paint(batch).cpu()

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return to_levels(self._paint(batch)).cpu()

    def _paint(self, batch: Batch) -> Tensor:
        with torch.inference_mode(), full_precision(search=True):
            return run_network(self._generator, batch, dense=True)


def run_network(generator: PaintingNetwork, batch: Batch, *, dense: bool) -> Tensor:
    """Paint a whole batch at once with the training network, on the device that it is on.

    Returns:
        `[N, 3, H, W]` in [-1, 1], on that device.
    """
    architecture, device = generator.architecture, next(generator.parameters()).device
    pyramid = LabelPyramid(
        batch.channels.to(device).long(),
        architecture.label_channels,
        None if batch.edges is None else batch.edges.to(device),
        dense=dense,
    )
    noise = None
    if batch.seeds is not None:
        noise = draw_noise(batch.seeds, architecture.block_sizes(batch.size), device)
    z = None if batch.z is None else batch.z.to(device)
    pictures: Tensor = generator(pyramid, batch.size, z, noise)
    return pictures

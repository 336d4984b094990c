"""The generator as it is: dense as published, or with modulation per label neighbourhood."""

import torch
from torch import Tensor

from spade.engine.batch import Batch, to_levels
from spade.generator import Generator
from spade.noise import draw_noise
from spade.pyramid import LabelPyramid


class PlainEngine:
    """Runs the training network; the yardstick for the others, and their stand-in elsewhere.

    Items are painted one by one, so that neighbours in a batch cannot change a bit of a picture.
    """

    def __init__(self, generator: Generator, dense: bool) -> None:
        """Paint on the device that the generator is on."""
        self._generator = generator
        self._dense = dense
        self._device = next(generator.parameters()).device

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return sum(value.nbytes for value in self._generator.state_dict().values())

    def generate(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return torch.cat([self._paint_one(item).cpu() for item in batch.split(1)])

    def paint(self, batch: Batch) -> Tensor:
        """Paint; see `spade.engine.Engine`."""
        return torch.cat([to_levels(self._paint_one(item)).cpu() for item in batch.split(1)])

    @torch.inference_mode()
    def _paint_one(self, item: Batch) -> Tensor:
        architecture, device = self._generator.architecture, self._device
        pyramid = LabelPyramid(
            item.channels.to(device).long(),
            architecture.label_channels,
            None if item.edges is None else item.edges.to(device),
            dense=self._dense,
        )
        noise = None
        if item.seeds is not None:
            noise = draw_noise(item.seeds, architecture.block_sizes(item.size), device)
        z = None if item.z is None else item.z.to(device)
        picture: Tensor = self._generator(pyramid, item.size, z, noise)
        return picture

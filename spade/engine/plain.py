"""The generator as it is: dense as published, or with modulation per label neighbourhood."""

from torch import Tensor

from spade.generator import Generator
from spade.pyramid import LabelPyramid


class PlainEngine:
    """Runs the training network; the yardstick for the others, and their stand-in off the CPU."""

    def __init__(self, generator: Generator, dense: bool) -> None:
        self._generator = generator
        self._dense = dense

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return sum(value.nbytes for value in self._generator.state_dict().values())

    def __call__(
        self,
        channels: Tensor,
        edges: Tensor | None,
        z: Tensor | None,
        noise: list[Tensor] | None = None,
    ) -> Tensor:
        """Paint one item; see `spade.engine.Engine`."""
        pyramid = LabelPyramid(
            channels[None],
            self._generator.architecture.label_channels,
            None if edges is None else edges[None],
            dense=self._dense,
        )
        height, width = channels.shape
        picture: Tensor = self._generator(
            pyramid,
            (height, width),
            None if z is None else z[None],
            None if noise is None else [plane[None].to(channels.device) for plane in noise],
        )
        return picture[0]

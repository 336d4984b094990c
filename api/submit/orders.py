"""What goes to a worker: a checked wish, with the bytes that are stored for it and its fields."""

from dataclasses import dataclass
from typing import Any

from api.catalogue import ModelCard
from jobs.job import Kind


@dataclass(frozen=True)
class Order:
    """A checked wish: everything a worker needs, and nothing it has to doubt.

    size: (height, width) of what comes out.
    blobs: bytes by the name of the job's parameter that will name them: `label_map` (see
        `jobs.blobs.packing`), `style_image` and `photo` (RGB PNG).
    params: the job's other parameters.
    """

    card: ModelCard
    kind: Kind
    size: tuple[int, int]
    seed: int
    blobs: dict[str, bytes]
    params: dict[str, Any]

    @property
    def batch(self) -> str:
        """Name what keeps jobs apart that a worker cannot do in one go; '' for paintings."""
        return "" if self.kind is Kind.PAINT else self.kind.value

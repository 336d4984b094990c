"""All that is kept for batches of one size and count: inputs that stay, and recorded work."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import torch
from torch import Tensor

from spade.engine.batch import Batch, Size
from spade.engine.cuda.forward import Place, paint
from spade.engine.cuda.graphs import Recent, Recorder, Recording
from spade.engine.cuda.neighbourhoods import find_neighbourhoods
from spade.engine.cuda.weights import Weights
from spade.model.architecture import Architecture
from spade.model.noise import draw_noise
from spade.model.pyramid import nearest

# Rows per item that tables have room for, at sizes up to 256x256; in proportion to the side above.
# A doodle has 400 to 1,100 neighbourhoods at any size, a traced COCO map up to 16,000.
ROOMS = (1024, 4096, 16384)
ROOMS_UP_TO = 256
# Beyond this share of the pixels every pixel is computed for itself, and no row is saved below
# this number of pixels of an item.
MOST_ROWS = 0.5
SMALL = 32 * 32
# Recordings of one session: one for each combination of rooms that batches ask for.
RECORDINGS = 8
# None stands for no table: every pixel is computed for itself.
Rooms = tuple[int | None, ...]


@dataclass(frozen=True)
class Inputs:
    """What `spade.engine.batch.Batch` holds, as tensors on the device; seeds are `[N] int64`."""

    channels: Tensor
    edges: Tensor | None
    z: Tensor | None
    seeds: Tensor | None

    @classmethod
    def of(cls, batch: Batch, count: int) -> "Inputs":
        """Return a batch's inputs, on the CPU still, its last item repeated up to `count`."""
        seeds = None if batch.seeds is None else torch.tensor(batch.seeds)
        given = cls(batch.channels, batch.edges, batch.z, seeds)
        item = torch.arange(count).clamp_(max=len(batch) - 1)
        return given if len(batch) == count else given.map(lambda values: values[item])

    def map(self, change: Callable[[Tensor], Tensor]) -> "Inputs":
        """Return the inputs, each changed."""
        edges, z, seeds = (
            None if value is None else change(value) for value in (self.edges, self.z, self.seeds)
        )
        return Inputs(change(self.channels), edges, z, seeds)

    def copy_(self, other: "Inputs") -> None:
        """Take the other's values."""
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if mine is not None:
                mine.copy_(theirs)


class Session:
    """Paints batches of one size and count; one at a time."""

    def __init__(
        self,
        architecture: Architecture,
        weights: Weights,
        inputs: Inputs,
        recorder: Recorder | None,
    ) -> None:
        self.inputs = inputs
        self._weights = weights
        self._recorder = recorder
        count, height, width = inputs.channels.shape
        self._count = count
        self._sizes = architecture.block_sizes((height, width))
        self._cells = architecture.cells((height, width))
        self._indexed = tuple(s for s in dict.fromkeys(self._sizes) if s[0] * s[1] > SMALL)
        self._index: Recording[tuple[dict[Size, Place], Tensor]] = Recording(recorder)
        self._places: dict[Size, Place] = {}
        self._recordings: Recent[Recording[Tensor]] = Recent(RECORDINGS)

    def paint(self) -> Tensor:
        """Return the pictures of what the inputs hold, `[N, H, W, 3] float32` in [-1, 1]."""
        # Once recorded, the places stay the same tensors, which recordings of painting rely on.
        self._places, counts = self._index(self._find_all)
        rooms = tuple(map(self._room, self._indexed, counts.tolist()))
        recording = self._recordings.get(rooms, lambda: Recording(self._recorder))
        return recording(partial(self._paint, rooms))

    def _find_all(self) -> tuple[dict[Size, Place], Tensor]:
        """Number the neighbourhoods at every size; return them with their counts."""
        channels, edges = self.inputs.channels, self.inputs.edges
        symbols = channels.int() + 1 if edges is None else channels.int() * 2 + edges + 1
        places, counts = {}, [symbols.new_zeros(())]
        for size in dict.fromkeys(self._sizes):
            resized = nearest(symbols, size).contiguous()
            found = None
            if size in self._indexed:
                found = find_neighbourhoods(resized, rooms_at(size)[-1] * self._count)
                counts.append(found.count)
            places[size] = Place(resized, found)
        return places, torch.stack(counts)[1:]

    def _room(self, size: Size, count: int) -> int | None:
        """Return the least room for `count` rows of a batch."""
        return next((r for r in rooms_at(size) if count <= r * self._count), None)

    def _paint(self, rooms: Rooms) -> Tensor:
        places = dict(self._places)
        for size, room in zip(self._indexed, rooms, strict=True):
            found = places[size].found
            assert found is not None
            cut = None if room is None else found.cut(room * self._count)
            places[size] = Place(places[size].symbols, cut)
        noise = None
        if self.inputs.seeds is not None:
            noise = draw_noise(self.inputs.seeds, self._sizes, self.inputs.seeds.device)
        return paint(self._weights, self._sizes, self._cells, places, self.inputs.z, noise)


def rooms_at(size: Size) -> tuple[int, ...]:
    """Return the numbers of rows per item that a table at `size` may have, ascending."""
    pixels = size[0] * size[1]
    factor = max(1, round(pixels**0.5) // ROOMS_UP_TO)
    most = int(MOST_ROWS * pixels)
    return tuple(dict.fromkeys(min(room * factor, most) for room in ROOMS))

"""Batches of a phase, in an order that follows from the pictures seen and nothing else."""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader, default_collate

from spade.data.layouts import Pair, large_enough
from spade.data.pairs import Item, PairDataset
from spade.maps.labels import load_label_set
from spade.model.pyramid import LabelPyramid
from spade.train.config import TrainConfig
from spade.train.parallel import Place
from spade.train.styles import signatures


@dataclass(frozen=True)
class Batch:
    """photos `[N, 3, H, W] float32 in [-1, 1]` and the label maps they belong to."""

    photos: Tensor
    pyramid: LabelPyramid

    @property
    def size(self) -> tuple[int, int]:
        """Picture size (height, width)."""
        return self.photos.shape[2], self.photos.shape[3]

    def signatures(self) -> Tensor:
        """Return what the label maps show and where, see `spade.train.styles`."""
        return signatures(self.pyramid.planes(self.size))


def phase_batches(
    pairs: list[Pair], config: TrainConfig, images: int, place: Place, device: torch.device
) -> Iterator[Batch]:
    """Yield what is left, after so many `images`, of the phase that the run is in."""
    number = config.phase_at(images)
    phase, end = config.phases[number], config.ends()[number]
    dataset = PairDataset(
        large_enough(pairs, phase.least_side),
        load_label_set(config.label_set),
        phase.size,
        phase.augmentation,
        seed=config.seed,
        length=2**40,
    )
    dataset.require()
    together = phase.batch_size * place.world
    first = [begin + place.rank * phase.batch_size for begin in range(images, end, together)]
    loader = DataLoader(
        dataset,
        batch_sampler=[list(range(at, at + phase.batch_size)) for at in first],
        num_workers=config.workers,
        worker_init_fn=_leave_ctrl_c,
        pin_memory=device.type == "cuda",
        persistent_workers=config.workers > 0,
    )
    channels = config.architecture.label_channels
    for item in loader:
        yield to_batch(item, channels, device)


def _leave_ctrl_c(_worker: int) -> None:
    """Let the main process alone answer a Ctrl-C, which a terminal sends to all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def to_batch(item: Item, label_channels: int, device: torch.device) -> Batch:
    """Move a collated item to the device.

    On a GPU the label maps are used densely: there the search for equal neighbourhoods, which
    halves the work of a processor, would make it wait.
    """
    photos = item["photo"].to(device, non_blocking=True)
    edges = item["edges"].to(device) if "edges" in item else None
    channels = item["channels"].to(device, non_blocking=True)
    pyramid = LabelPyramid(channels, label_channels, edges, dense=device.type != "cpu")
    return Batch(photos.contiguous(memory_format=torch.channels_last), pyramid)


def collate(items: Sequence[Item], label_channels: int, device: torch.device) -> Batch:
    """Make a batch of single items."""
    return to_batch(default_collate(list(items)), label_channels, device)

"""Train a segmenter on photos and their label maps, on frozen features or with them."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from spade.data.augmentation import Augmentation
from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.maps.labels import LabelSet
from spade.model.features import DEFAULT_FEATURES, load_features
from spade.segmenter.network import SegmenterNetwork

LOG = logging.getLogger(__name__)
TOLD_EVERY = 50


@dataclass(frozen=True)
class FitConfig:
    """How a segmenter is trained, by AdamW with rates that rise and fall once (Smith & Topin 2018).

    steps, batch_size, size: crops of (height, width) pixels that it sees.
    rate: peak of the head's learning rate.
    features_rate: that of the features; 0 keeps them frozen.
    """

    steps: int
    augmentation: Augmentation
    weight_decay: float
    features: str = DEFAULT_FEATURES
    batch_size: int = 8
    size: tuple[int, int] = (256, 256)
    rate: float = 2e-3
    features_rate: float = 0.0
    bf16: bool = False
    seed: int = 0
    workers: int = 0

    def __str__(self) -> str:
        return f"{self.steps} steps of {self.batch_size} crops of {self.size[0]} px"


# The features as they came: the head alone learns.
FROZEN = FitConfig(
    steps=500,
    augmentation=Augmentation(min_scale=0.4, rare_labels=0.5, simplify=0.0, policy=""),
    weight_decay=1e-4,
)
# Batch norm is folded, so that fine-tuning is plain: a low rate, and photos in other light.
TUNED = FitConfig(
    steps=1000,
    augmentation=Augmentation(min_scale=0.4, rare_labels=0.4, simplify=0.0, colour=0.25, policy=""),
    weight_decay=1e-3,
    features_rate=2e-4,
    bf16=True,
    workers=1,
)


def train_segmenter(pairs: list[Pair], label_set: LabelSet, config: FitConfig) -> SegmenterNetwork:
    """Train on photos and their label maps; unlabelled pixels are left out."""
    network = _network(label_set, config)
    adam = torch.optim.AdamW(
        list(_groups(network, config)), config.rate, weight_decay=config.weight_decay
    )
    rates = [float(group["lr"]) for group in adam.param_groups]
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rates, total_steps=config.steps)
    ignored = ignored_channel(label_set)
    network.train()
    for step, (photos, channels) in enumerate(_batches(pairs, label_set, config)):
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bf16):
            logits = network(photos)
        loss = F.cross_entropy(logits.float(), channels, ignore_index=ignored)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        schedule.step()
        if step % TOLD_EVERY == 0:
            LOG.info("segmenter: step %d of %d, loss %.3f", step, config.steps, loss.item())
    return network.eval()


def _network(label_set: LabelSet, config: FitConfig) -> SegmenterNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = SegmenterNetwork(load_features(config.features), len(label_set.labels))
    network.features.requires_grad_(config.features_rate > 0)
    return network


def _groups(network: SegmenterNetwork, config: FitConfig) -> Iterator[dict[str, object]]:
    head: list[nn.Parameter] = [*network.laterals.parameters(), *network.head.parameters()]
    yield {"params": head, "lr": config.rate}
    if config.features_rate:
        yield {"params": list(network.features.parameters()), "lr": config.features_rate}


def _batches(
    pairs: list[Pair], label_set: LabelSet, config: FitConfig
) -> Iterator[tuple[Tensor, Tensor]]:
    dataset = PairDataset(
        pairs,
        label_set,
        config.size,
        config.augmentation,
        seed=config.seed,
        length=config.steps * config.batch_size,
    )
    dataset.require()
    for item in DataLoader(dataset, config.batch_size, num_workers=config.workers):
        yield item["photo"], item["channels"]


def ignored_channel(label_set: LabelSet) -> int:
    """Return the channel of unlabelled pixels, or -100 where the set has none."""
    if label_set.unlabelled_id is None:
        return -100
    return int(label_set.channel_of_id[label_set.unlabelled_id])

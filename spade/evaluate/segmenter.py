"""A segmenter trained on real pairs, which tells whether a picture shows what its labels say."""

import logging
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from spade.features import Features, load_features
from spade.labels import LabelSet
from spade.train.config import Augmentation
from spade.train.data import PairDataset
from spade.train.layouts import Pair

LOG = logging.getLogger(__name__)
WIDTH = 96
STEPS = 500
BATCH = 8
LEARNING_RATE = 2e-3
SIZE = (256, 256)
RECIPE = f"linear pyramid on frozen features, {STEPS} steps of {BATCH} crops of {SIZE[0]} px"


class Segmenter(nn.Module):
    """A light head on frozen features: `[N, 3, H, W]` in [-1, 1] to `[N, labels, H, W]`."""

    def __init__(self, features: Features, labels: int) -> None:
        super().__init__()
        self.features = features
        self.laterals = nn.ModuleList(
            nn.Conv2d(channels, WIDTH, 1) for channels in features.channels[1:]
        )
        self.head = nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH, 3, padding=1),
            nn.BatchNorm2d(WIDTH),
            nn.ReLU(),
            nn.Conv2d(WIDTH, WIDTH, 5, padding=2, groups=WIDTH),
            nn.ReLU(),
            nn.Conv2d(WIDTH, labels, 1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits at the size of the pictures."""
        with torch.no_grad():
            taps = self.features(pictures)[1:]
        total = self.laterals[0](taps[0])
        for lateral, tap in zip(self.laterals[1:], taps[1:], strict=True):
            total = total + F.interpolate(lateral(tap), size=total.shape[2:], mode="bilinear")
        return F.interpolate(self.head(total), size=pictures.shape[2:], mode="bilinear")


def train_segmenter(
    pairs: list[Pair], label_set: LabelSet, features: str, *, seed: int = 0, steps: int = STEPS
) -> Segmenter:
    """Train a segmenter on photos and their label maps; unlabelled pixels are left out."""
    augmentation = Augmentation(min_scale=0.4, rare_labels=0.5, simplify=0.0, policy="")
    dataset = PairDataset(pairs, label_set, SIZE, augmentation, seed=seed, length=steps * BATCH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        segmenter = Segmenter(load_features(features), len(label_set.labels))
    head = [p for p in segmenter.parameters() if p.requires_grad]
    adam = torch.optim.AdamW(head, LEARNING_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, LEARNING_RATE, total_steps=steps)
    ignored = ignored_channel(label_set)
    segmenter.head.train()
    for step, item in enumerate(DataLoader(dataset, BATCH)):
        loss = F.cross_entropy(segmenter(item["photo"]), item["channels"], ignore_index=ignored)
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        schedule.step()
        if step % 50 == 0:
            LOG.info("segmenter: step %d of %d, loss %.3f", step, steps, loss.item())
    return segmenter.eval()


def load_or_train_segmenter(
    path: Path, pairs: list[Pair], label_set: LabelSet, features: str, steps: int = STEPS
) -> Segmenter:
    """Take the segmenter kept at `path`, or train one and keep it there."""
    if path.is_file():
        segmenter = Segmenter(load_features(features), len(label_set.labels))
        segmenter.load_state_dict(torch.load(path, weights_only=True), strict=False)
        return segmenter.eval()
    segmenter = train_segmenter(pairs, label_set, features, steps=steps)
    state = {k: v for k, v in segmenter.state_dict().items() if not k.startswith("features.")}
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return segmenter


def ignored_channel(label_set: LabelSet) -> int:
    """Return the channel of unlabelled pixels, or -100 where the set has none."""
    if label_set.unlabelled_id is None:
        return -100
    return int(label_set.channel_of_id[label_set.unlabelled_id])


def confusion(predicted: Tensor, wanted: Tensor, labels: int, ignored: int) -> Tensor:
    """Count pixels `[labels, labels]` by wanted (row) and predicted (column) channel."""
    keep = wanted != ignored
    index = wanted[keep] * labels + predicted[keep]
    return torch.bincount(index, minlength=labels**2).view(labels, labels)


def accuracy_and_miou(counts: Tensor) -> tuple[float, float]:
    """Return pixel accuracy and the mean intersection over union of the labels that occur."""
    hits = counts.diag().double()
    union = counts.sum(0) + counts.sum(1) - counts.diag()
    occurs = counts.sum(1) > 0
    iou = hits[occurs] / union[occurs].clamp(min=1)
    return float(hits.sum() / counts.sum().clamp(min=1)), float(iou.mean())

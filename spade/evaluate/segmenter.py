"""Measure with a segmenter whether pictures show what they should, and segmenters themselves."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.maps.labels import LabelSet
from spade.model.features import load_features
from spade.model.tensors import write_whole
from spade.segmenter.fit import FROZEN, ignored_channel, train_segmenter
from spade.segmenter.network import Segmenter, SegmenterNetwork

STEPS = FROZEN.steps
# Where a file says how many steps its segmenter learned for; files of former versions do not.
LEARNED = "steps"


def load_or_train_segmenter(
    path: Path, pairs: list[Pair], label_set: LabelSet, features: str, steps: int = STEPS
) -> SegmenterNetwork:
    """Take the segmenter kept at `path`, or train one and keep it there.

    Raises:
        ValueError: the file there is none for this label set.
        OSError: it cannot be written.
    """
    if path.is_file():
        segmenter = SegmenterNetwork(load_features(features), len(label_set.labels))
        try:
            segmenter.load_state_dict(torch.load(path, weights_only=True), strict=False)
        except (RuntimeError, TypeError, ValueError, EOFError, pickle.UnpicklingError):
            raise ValueError(
                f"{path} is no segmenter for the labels '{label_set.name}' on {features}; "
                "delete it, or name another file with --segmenter"
            ) from None
        return segmenter.eval()
    segmenter = train_segmenter(pairs, label_set, replace(FROZEN, features=features, steps=steps))
    state = {k: v for k, v in segmenter.state_dict().items() if not k.startswith("features.")}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, {**state, LEARNED: torch.tensor(steps)})
    return segmenter


def describe_segmenter(path: Path) -> str:
    """Say of what kind the segmenter kept at `path` is, and how long it learned."""
    steps = torch.load(path, weights_only=True).get(LEARNED)
    learned = "an unknown number of steps" if steps is None else replace(FROZEN, steps=int(steps))
    return f"linear pyramid on frozen features, {learned}"


def measure_segmenter(segmenter: Segmenter, pairs: list[Pair]) -> dict[str, Any]:
    """Return pixel accuracy, mean IoU and IoU by label name over whole photos."""
    labels = segmenter.label_set
    counts = torch.zeros(len(labels.labels), len(labels.labels), dtype=torch.int64)
    dataset = PairDataset(pairs, labels, FROZEN.size, None)
    for index in range(len(dataset)):
        photo, wanted = dataset.whole(index)
        found = labels.channel_of_id[segmenter.trace(photo)]
        counts += confusion(
            torch.from_numpy(found).long().flatten(),
            torch.from_numpy(wanted).long().flatten(),
            len(labels.labels),
            ignored_channel(labels),
        )
    accuracy, miou = accuracy_and_miou(counts)
    occurs = counts.sum(1) > 0
    iou = counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag()).clamp(min=1)
    return {
        "accuracy": round(accuracy, 4),
        "miou": round(miou, 4),
        "iou_by_label": {
            label.name: round(float(value), 3)
            for label, value, here in zip(labels.labels, iou, occurs, strict=True)
            if here
        },
    }


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

"""The table of a model's figures beside two baselines: real photos and label-mean colours."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from spade.data.augmentation import Augmentation
from spade.data.layouts import Pair
from spade.data.pairs import PairDataset
from spade.data.simplify import straighten
from spade.evaluate.distances import Vectors, frechet_distance, kernel_distance
from spade.evaluate.segmenter import accuracy_and_miou, confusion
from spade.maps.labels import Borders, LabelSet
from spade.model.features import Features
from spade.model.pyramid import nearest
from spade.painter import Painter
from spade.segmenter.fit import ignored_channel
from spade.segmenter.network import SegmenterNetwork

CROPS_PER_PHOTO = 8
CROP_SCALE = 0.6  # the least share of a photo that a crop shows
DIVERSITY_MAPS = 12
DIVERSITY_SEEDS = 4
DOODLE_CELLS = 7  # a side, from which the borders of doodles are made
BATCH = 8

Paint = Callable[[npt.NDArray[np.uint8], list[int]], Tensor]


@dataclass(frozen=True)
class Figures:
    """Measured on pictures of the val split's label maps.

    fid, kid: distance to the training photos in the features named beside the table.
    accuracy, miou: of a segmenter trained on real pairs, against the labels painted from.
    """

    fid: float
    kid: float
    accuracy: float
    miou: float

    def to_json(self) -> dict[str, float]:
        """Return rounded values."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


class Evaluation:
    """Fixed crops of real pairs, their features, and a segmenter; measures any painter on them.

    Crops of `size` (height, width). Above the segmenter's own size, `segmented`, they are whole
    photos but for their sides, so that no photo is enlarged, and pictures are shrunk for it.
    """

    def __init__(
        self,
        train_pairs: list[Pair],
        val_pairs: list[Pair],
        label_set: LabelSet,
        size: tuple[int, int],
        features: Features,
        segmenter: SegmenterNetwork,
        segmented: tuple[int, int] | None = None,
    ) -> None:
        self.label_set = label_set
        self._segmented = segmented or size
        scale = CROP_SCALE if size <= self._segmented else 1.0
        self._features = features
        self._segmenter = segmenter
        self._train = _crops(train_pairs, label_set, size, max(1, CROPS_PER_PHOTO // 4), scale)
        self._val = _crops(val_pairs, label_set, size, CROPS_PER_PHOTO, scale)
        self._reference = self._embed(item["photo"] for item in _items(self._train))

    def real_photos(self) -> tuple[Figures, dict[str, float]]:
        """Measure the val photos themselves, as `painted` does: the ceiling."""
        items = _items(self._val)
        return self._measure(
            [item["photo"] for item in items], [item["channels"] for item in items]
        )

    def mean_colours(self) -> Figures:
        """Measure pictures in which each label has its mean colour: the floor."""
        colours = self._label_colours()
        channels = self._channels()
        return self._measure([colours[one].permute(2, 0, 1) for one in channels], channels)[0]

    def painted(self, paint: Paint) -> tuple[Figures, dict[str, float]]:
        """Measure a painter on the val maps; the second value is the IoU by label name."""
        channels = self._channels()
        return self._measure(self._paint_all(paint, channels), channels)

    def painted_doodles(self, paint: Paint) -> Figures:
        """Measure a painter on the val maps as a person would doodle them: few straight borders."""
        random = np.random.default_rng(0)
        doodles = [
            torch.from_numpy(straighten(channels.numpy().astype(np.int16), DOODLE_CELLS, random))
            for channels in self._channels()
        ]
        channels = [doodle.long() for doodle in doodles]
        return self._measure(self._paint_all(paint, channels), channels)[0]

    @torch.no_grad()
    def diversity(self, paint: Paint) -> float:
        """Return how far pictures of one map differ between seeds, as a share of their features.

        The mean over maps and pairs of seeds of |f(a) - f(b)| / (|f(a)| + |f(b)|), averaged over
        the taps of the features, in the manner of LPIPS.
        """
        maps = self._label_maps()[:: max(1, len(self._val) // DIVERSITY_MAPS)][:DIVERSITY_MAPS]
        values = []
        for label_map in maps:
            seeds = list(range(DIVERSITY_SEEDS))
            pictures = paint(np.stack([label_map] * len(seeds)), seeds)
            taps = self._features(pictures)
            for i in seeds:
                values += [_relative_distance(taps, i, j) for j in range(i)]
        return float(np.mean(values))

    def _channels(self) -> list[Tensor]:
        return [item["channels"] for item in _items(self._val)]

    def _label_maps(self) -> list[npt.NDArray[np.uint8]]:
        return [self.label_set.ids[channels.numpy()] for channels in self._channels()]

    def _paint_all(self, paint: Paint, channels: list[Tensor]) -> list[Tensor]:
        pictures: list[Tensor] = []
        for start in range(0, len(channels), BATCH):
            part = self.label_set.ids[torch.stack(channels[start : start + BATCH]).numpy()]
            pictures += list(paint(part, list(range(start, start + len(part)))))
        return pictures

    def _measure(
        self, pictures: list[Tensor], channels: list[Tensor]
    ) -> tuple[Figures, dict[str, float]]:
        vectors = self._embed(iter(pictures))
        counts = self._confusion(pictures, channels)
        accuracy, miou = accuracy_and_miou(counts)
        figures = Figures(
            frechet_distance(vectors, self._reference),
            kernel_distance(vectors, self._reference),
            accuracy,
            miou,
        )
        return figures, self._iou_by_label(counts)

    @torch.no_grad()
    def _embed(self, pictures: object) -> Vectors:
        vectors = [
            self._features.embed(picture[None]).double().numpy()
            for picture in pictures  # type: ignore[attr-defined]
        ]
        return np.concatenate(vectors)

    @torch.no_grad()
    def _confusion(self, pictures: list[Tensor], channels: list[Tensor]) -> Tensor:
        labels = len(self.label_set.labels)
        ignored = ignored_channel(self.label_set)
        total = torch.zeros(labels, labels, dtype=torch.long)
        for picture, wanted in zip(pictures, channels, strict=True):
            logits = self._segmenter(_shrunk(picture, self._segmented)[None])
            if ignored >= 0:
                logits[:, ignored] = -torch.inf
            seen = nearest(wanted[None], self._segmented)[0]
            total += confusion(logits.argmax(1)[0], seen, labels, ignored)
        return total

    def _iou_by_label(self, counts: Tensor) -> dict[str, float]:
        union = (counts.sum(0) + counts.sum(1) - counts.diag()).clamp(min=1)
        iou = (counts.diag().double() / union).tolist()
        occurs = (counts.sum(1) > 0).tolist()
        return {
            label.name: round(value, 3)
            for label, value, there in zip(self.label_set.labels, iou, occurs, strict=True)
            if there
        }

    def _label_colours(self) -> Tensor:
        labels = len(self.label_set.labels)
        total, count = torch.zeros(labels, 3), torch.zeros(labels)
        for item in _items(self._train):
            flat = item["channels"].flatten()
            total.index_add_(0, flat, item["photo"].flatten(1).T)
            count += torch.bincount(flat, minlength=labels)
        return total / count.clamp(min=1)[:, None]


def painter_of(painter: Painter, borders: Borders = "drawn") -> Paint:
    """Let a loaded model paint for an evaluation."""

    def paint(label_maps: npt.NDArray[np.uint8], seeds: list[int]) -> Tensor:
        return torch.from_numpy(painter.generate(label_maps, seeds=seeds, borders=borders))

    return paint


def _crops(
    pairs: list[Pair], label_set: LabelSet, size: tuple[int, int], per_photo: int, scale: float
) -> PairDataset:
    # No colour change and no simplified maps: these crops stand for the photos as they are.
    augmentation = Augmentation(
        min_scale=scale, colour=0.0, rare_labels=0.0, simplify=0.0, policy=""
    )
    repeated = [pair for pair in pairs for _ in range(per_photo)]
    return PairDataset(repeated, label_set, size, augmentation, seed=7, in_order=True)


def _shrunk(picture: Tensor, size: tuple[int, int]) -> Tensor:
    if picture.shape[1:] == size:
        return picture
    return F.interpolate(picture[None], size=size, mode="bilinear", antialias=True)[0]


def _items(dataset: PairDataset) -> list[dict[str, Tensor]]:
    return [dataset[index] for index in range(len(dataset))]


def _relative_distance(taps: list[Tensor], i: int, j: int) -> float:
    shares = [
        float((tap[i] - tap[j]).abs().mean() / (tap[i].abs() + tap[j].abs()).mean()) for tap in taps
    ]
    return float(np.mean(shares))

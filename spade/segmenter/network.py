"""Photo in, label map out: the way back, learned from the pairs that the painter learned from.

A light pyramid head on EfficientNet-Lite0, in the manner of semantic FPN (Kirillov et al. 2019,
section 3): every tap is brought to one width and to stride 4, and the sum is classified. A
checkpoint folder may hold one as `segmenter.safetensors`, backbone included.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from spade.maps.labels import LabelSet, load_label_set
from spade.model.card import SEGMENTER_FILE, Card, CheckpointError, read_card, write_card
from spade.model.checkpoint import check_file, loaded, stored
from spade.model.features import EfficientNetLite0, Features
from spade.model.tensors import check_tensors, check_values, write_tensors

WIDTH = 96
# Short sides in pixels at which a photo is looked at; the answers are averaged.
SCALES = (256, 384)
LONGEST = 1024
Photo = npt.NDArray[np.uint8]


class SegmenterNetwork(nn.Module):
    """A light head on features: `[N, 3, H, W]` in [-1, 1] to logits `[N, labels, H, W]`."""

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
        logits = self.coarse(pictures)
        return F.interpolate(logits, size=pictures.shape[2:], mode="bilinear")

    def coarse(self, pictures: Tensor) -> Tensor:
        """Return logits at a quarter of the size of the pictures."""
        taps = self.features(pictures)[1:]
        total: Tensor = self.laterals[0](taps[0])
        for lateral, tap in zip(self.laterals[1:], taps[1:], strict=True):
            total = total + F.interpolate(lateral(tap), size=total.shape[2:], mode="bilinear")
        logits: Tensor = self.head(total)
        return logits


class Segmenter:
    """A network in memory that traces photos. Safe to call from several threads.

    Each photo is looked at alone, so its label map is a function of photo, size and weights.
    """

    def __init__(
        self, network: SegmenterNetwork, label_set: LabelSet, device: str | torch.device = "cpu"
    ) -> None:
        self.label_set = label_set
        self.device = torch.device(device)
        network = network.eval().requires_grad_(False).to(self.device)
        self._network: SegmenterNetwork = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        known = [label.id != label_set.unlabelled_id for label in label_set.labels]
        self._known = torch.tensor(known, device=self.device)

    @property
    def weight_bytes(self) -> int:
        """Memory that the weights take."""
        return sum(weight.nbytes for weight in self._network.state_dict().values())

    def trace(self, photo: Photo, size: tuple[int, int] | None = None) -> npt.NDArray[np.uint8]:
        """Return the label map of a photo.

        Args:
            photo: `[H, W, 3] uint8 RGB`.
            size: (height, width) of the label map; that of the photo if left out.

        Returns:
            `[h, w] uint8` label ids of the label set, never its "unlabelled".

        Raises:
            ValueError: the photo is no such array.
        """
        return self.trace_with_confidence(photo, size)[0]

    @torch.inference_mode()
    def trace_with_confidence(
        self, photo: Photo, size: tuple[int, int] | None = None
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """As `trace`, with the probability `[h, w] float32` of each pixel's label."""
        if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or not photo.size:
            raise ValueError(f"a photo is [H, W, 3] uint8, not {photo.dtype} {list(photo.shape)}")
        size = size or (photo.shape[0], photo.shape[1])
        total = torch.stack([self._look(photo, side, size) for side in SCALES]).mean(dim=0)
        return self._decided(total)

    def _decided(self, total: Tensor) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        sure, channels = torch.where(self._known[:, None, None], total, 0.0).max(dim=0)
        return self.label_set.ids[channels.cpu().numpy()], sure.cpu().numpy()

    @torch.inference_mode()
    def glance(self, photo: Photo) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
        """As `trace_with_confidence` by one look instead of four, for thousands of photos."""
        pictures = _scaled(photo, SCALES[0]).to(self.device)
        logits = self._network.coarse(pictures.contiguous(memory_format=torch.channels_last))
        size = (photo.shape[0], photo.shape[1])
        total = F.interpolate(logits.float().softmax(dim=1), size=size, mode="bilinear")[0]
        return self._decided(total)

    def _look(self, photo: Photo, side: int, size: tuple[int, int]) -> Tensor:
        """Return probabilities `[labels, h, w]`, the mean of the photo's and its mirror's."""
        pictures = _scaled(photo, side).to(self.device)
        pictures = torch.cat([pictures, pictures.flip(3)])
        logits = self._network.coarse(pictures.contiguous(memory_format=torch.channels_last))
        one = logits.float().softmax(dim=1)
        both = (one[:1] + one[1:].flip(3)) / 2
        return F.interpolate(both, size=size, mode="bilinear")[0]


def _scaled(photo: Photo, side: int) -> Tensor:
    """Bring a photo's short side to `side`, within LONGEST: `[1, 3, h, w]` in [-1, 1]."""
    height, width = photo.shape[:2]
    scale = min(side / min(height, width), LONGEST / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))
    return torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def load_segmenter(
    folder: str | Path, device: str | torch.device = "cpu", *, verify: bool = True
) -> Segmenter:
    """Load the segmenter of a checkpoint folder; `verify` compares its SHA-256 with the card's.

    Raises:
        CheckpointError: the model has none, or its file is missing, damaged or foreign.
    """
    folder = Path(folder)
    card = read_card(folder)
    if SEGMENTER_FILE not in card.files:
        raise CheckpointError(
            f"model '{card.name}' has no segmenter; "
            f"train one with `python -m spade segmenter --model {folder}`"
        )
    check_file(folder / SEGMENTER_FILE, card.files[SEGMENTER_FILE], verify)
    label_set = load_label_set(card.label_set)
    return Segmenter(read_network(folder / SEGMENTER_FILE, label_set), label_set, device)


def read_network(path: Path, label_set: LabelSet) -> SegmenterNetwork:
    """Read the network of a segmenter file.

    Raises:
        CheckpointError: no safetensors file, or not one of a segmenter for this label set.
    """
    try:
        tensors = {name: loaded(value) for name, value in load_file(path).items()}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"{path} is no safetensors file: {error}") from None
    with torch.device("meta"):
        network = empty_network(label_set)
    check_tensors(tensors, network.state_dict())
    check_values(tensors)
    network.load_state_dict(tensors, assign=True)
    return network


def empty_network(label_set: LabelSet) -> SegmenterNetwork:
    """Return the network of a segmenter file for this label set, with random weights."""
    backbone = EfficientNetLite0()
    del backbone.head  # only embeddings need it
    return SegmenterNetwork(backbone, len(label_set.labels))


def save_segmenter(folder: Path, state: Mapping[str, Tensor], facts: Mapping[str, Any]) -> Card:
    """Put a trained network into a checkpoint folder in half precision, and onto its card.

    Args:
        folder: a checkpoint; a segmenter in it is replaced.
        state: of a `SegmenterNetwork` on EfficientNet-Lite0; what only training needs is left out.
        facts: what the card says of it: training data, recipe, figures.

    Raises:
        CheckpointError: the folder is no checkpoint, or the network is for other labels.
    """
    card = read_card(folder)
    wanted = empty_network(load_label_set(card.label_set)).state_dict()
    tensors = {name: value for name, value in state.items() if name in wanted}
    check_tensors(tensors, wanted)
    half = {name: stored(name, value, torch.float16) for name, value in tensors.items()}
    written = write_tensors(folder / SEGMENTER_FILE, half)
    changed = replace(
        card,
        abilities=card.abilities | {"segment": True},
        files=card.files | {SEGMENTER_FILE: written},
        segmenter=dict(facts),
    )
    write_card(folder, changed)
    return changed

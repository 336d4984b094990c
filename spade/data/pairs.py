"""Training pairs: cut, flipped and coloured from photos and their label maps."""

import logging
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from spade.borders import natural_borders
from spade.data.augmentation import Augmentation
from spade.data.decoded import CACHED_BYTES, Decoded, DecodedPairs
from spade.data.files import read_pair
from spade.data.layouts import Pair
from spade.data.simplify import Channels, simplify
from spade.maps.instances import instance_edges
from spade.maps.labels import LabelSet

LOG = logging.getLogger(__name__)
LISTED = 3
DONT_CARE_IN_FILES = 255

Box = tuple[float, float, float, float]
Item = dict[str, Tensor]


class UnreadablePairsError(ValueError):
    """No pair of a data set can be used; the text says why, and what to do."""


class PairDataset(Dataset[Item]):
    """Pairs as tensors: `photo` `[3, H, W] float32 in [-1, 1]`, `channels` `[H, W] int64`.

    Where the data has instance maps, `edges` `[H, W] bool` too. Item `i` is a function of
    (seed, i) alone, so that a run resumes with the very pairs it would have seen. A damaged file
    is reported once and another pair stands in for it; where none can, UnreadablePairsError says
    why.
    """

    def __init__(
        self,
        pairs: list[Pair],
        label_set: LabelSet,
        size: tuple[int, int],
        augmentation: Augmentation | None,
        *,
        seed: int = 0,
        length: int | None = None,
        in_order: bool = False,
        cached_bytes: int = CACHED_BYTES,
    ) -> None:
        """Draw from `pairs` at random, or `in_order`; keep `cached_bytes` of them decoded.

        Without `augmentation`, pairs come in order and the largest centred crop is taken.
        """
        self.pairs = pairs
        self.size = size
        self.augmentation = augmentation
        self.seed = seed
        self.length = len(pairs) if length is None else length
        self.in_order = in_order or augmentation is None
        self.label_set = label_set
        self._channel_of_id = _channels_with_dont_care(label_set)
        self._broken: dict[int, str] = {}
        self._decoded = DecodedPairs(self._read, cached_bytes)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Item:
        rng = np.random.default_rng((self.seed, index))
        order = [index % len(self.pairs)] if self.in_order else []
        for choice in [*order, *self._random_pairs(rng)]:
            if choice not in self._broken:
                try:
                    return self._cut(choice, rng)
                except (OSError, ValueError, SyntaxError) as error:
                    self._broken[choice] = f"{self.pairs[choice].photo}: {error}"
                    LOG.warning("skipping %s", self._broken[choice])
        raise _unreadable(list(dict.fromkeys(self._broken.values())))

    def require(self) -> None:
        """Make sure that there is a pair to read, before processes of their own read them.

        Raises:
            UnreadablePairsError: there is none.
        """
        self[0]

    def whole(self, index: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int16]]:
        """Return a pair uncut: photo `[H, W, 3] uint8 RGB` and channels `[H, W]`."""
        photo, labels, _ = self._decoded[index]
        return np.asarray(photo), self._channel_of_id[np.asarray(labels)]

    def _random_pairs(self, rng: np.random.Generator) -> Iterator[int]:
        yield from (int(i) for i in rng.permutation(len(self.pairs)))

    def _read(self, index: int) -> Decoded:
        photo, labels, instances = read_pair(self.pairs[index], self.label_set)
        ids = np.asarray(labels)
        unknown = np.unique(ids[self._channel_of_id[ids] < 0])
        if unknown.size:
            raise ValueError(
                f"{self.pairs[index].labels} has label ids {unknown.tolist()}, which are not in "
                f"'{self.label_set.name}'; choose another --label-set, or draw those anew"
            )
        return photo, labels, instances

    def _cut(self, index: int, rng: np.random.Generator) -> Item:
        photo, labels, instances = self._decoded[index]
        box = self._box(photo.size, np.asarray(labels), rng)
        flip = self.augmentation is not None and self.augmentation.flip and rng.random() < 0.5
        colours = np.array(_crop(photo, box, self.size, Image.Resampling.LANCZOS))
        if self.augmentation is not None and self.augmentation.colour:
            colours = _jitter(colours, self.augmentation.colour, rng)
        channels = self._channel_of_id[np.array(_crop(labels, box, self.size))]
        if self.augmentation is not None:
            channels = self._redrawn(channels, self.augmentation, rng)
        item = {
            "photo": torch.from_numpy(_flip(colours, flip)).permute(2, 0, 1).float() / 127.5 - 1,
            "channels": torch.from_numpy(_flip(channels, flip)).long(),
        }
        if instances is not None:
            ids = np.array(_crop(instances, box, self.size), dtype=np.int64)
            item["edges"] = torch.from_numpy(_flip(instance_edges(ids), flip))
        return item

    def _redrawn(
        self, channels: Channels, augmentation: Augmentation, rng: np.random.Generator
    ) -> Channels:
        """Change a label map as a person draws one, and as the service paints what they draw."""
        if rng.random() < augmentation.simplify:
            channels = simplify(channels, rng)
        if rng.random() < augmentation.fray:
            ids = self.label_set.ids[channels].astype(np.uint8)
            frayed = natural_borders(ids, self.label_set, int(rng.integers(2**31)))
            channels = self._channel_of_id[frayed]
        return channels

    def _box(
        self, photo_size: tuple[int, int], labels: npt.NDArray[np.uint8], rng: np.random.Generator
    ) -> Box:
        width, height = photo_size
        aspect = self.size[1] / self.size[0]
        largest = min(width, height * aspect)
        if self.augmentation is None:
            return _centred_box(width / 2, height / 2, largest, aspect, photo_size)
        scale = rng.uniform(self.augmentation.min_scale, self.augmentation.max_scale)
        if rng.random() < self.augmentation.rare_labels:
            x, y = _rare_pixel(labels, rng)
        else:
            x, y = rng.uniform(0, width), rng.uniform(0, height)
        return _centred_box(x, y, largest * scale, aspect, photo_size)


def _unreadable(faults: list[str]) -> UnreadablePairsError:
    more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
    return UnreadablePairsError(
        f"none of {len(faults)} pairs can be read: {'; '.join(faults[:LISTED])}{more}. Mend them, "
        "or let manifest.csv give others to this split"
    )


def _channels_with_dont_care(label_set: LabelSet) -> npt.NDArray[np.int16]:
    table = label_set.channel_of_id.copy()
    if label_set.unlabelled_id is not None and table[DONT_CARE_IN_FILES] < 0:
        table[DONT_CARE_IN_FILES] = table[label_set.unlabelled_id]
    return table


def _centred_box(x: float, y: float, width: float, aspect: float, size: tuple[int, int]) -> Box:
    height = width / aspect
    left = min(max(x - width / 2, 0), size[0] - width)
    top = min(max(y - height / 2, 0), size[1] - height)
    return left, top, left + width, top + height


def _rare_pixel(labels: npt.NDArray[np.uint8], rng: np.random.Generator) -> tuple[float, float]:
    """Pick a label of the map with odds that fall with its area, then one of its pixels."""
    ids, counts = np.unique(labels[::8, ::8], return_counts=True)
    odds = 1 / np.sqrt(counts)
    label = rng.choice(ids, p=odds / odds.sum())
    rows, columns = np.nonzero(labels[::8, ::8] == label)
    pick = rng.integers(len(rows))
    return float(columns[pick] * 8), float(rows[pick] * 8)


def _crop(
    picture: Image.Image,
    box: Box,
    size: tuple[int, int],
    resampling: Image.Resampling = Image.Resampling.NEAREST,
) -> Image.Image:
    return picture.resize((size[1], size[0]), resampling, box=box)


def _flip(array: npt.NDArray[np.generic], flip: bool) -> npt.NDArray[np.generic]:
    return np.ascontiguousarray(array[:, ::-1]) if flip else array


def _jitter(
    colours: npt.NDArray[np.uint8], strength: float, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    brightness, contrast, saturation = 1 + rng.uniform(-strength, strength, 3)
    value = colours.astype(np.float32) * brightness
    value = (value - value.mean()) * contrast + value.mean()
    grey = value.mean(axis=2, keepdims=True)
    jittered: npt.NDArray[np.uint8] = np.clip((value - grey) * saturation + grey, 0, 255).astype(
        np.uint8
    )
    return jittered

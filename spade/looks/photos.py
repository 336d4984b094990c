"""The photos that may lend a look: which, under what id, and with whose credit."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spade.data.layouts import Pair, find_credits, find_pairs
from spade.data.pairs import PairDataset, UnreadablePairsError
from spade.data.screening import DARK_PHOTO, fault_of
from spade.maps.labels import LabelSet

LOG = logging.getLogger(__name__)
ID_LETTERS = 8


@dataclass(frozen=True)
class Photo:
    """A photo with its label map, cut to a model's size.

    pixels: `[H, W, 3] uint8 RGB`. label_map: `[H, W] uint8` label ids.
    """

    id: str
    author: str
    licence: str
    source: str
    pixels: npt.NDArray[np.uint8]
    label_map: npt.NDArray[np.uint8]


def find_photos(
    data: Sequence[Path], label_set: LabelSet, size: tuple[int, int], *, licensed: bool
) -> Iterator[Photo]:
    """Yield the train photos of data folders that may lend a look, each once.

    Photos with a frame or in one colour are left out, and those that cannot be read. Dark ones
    stay: what the model paints with their style need not be dark.

    Args:
        data: folders of photos and label maps, see `spade.data.layouts`.
        label_set: of the label maps.
        size: (height, width) that photos are cut to.
        licensed: leave out photos for which `manifest.csv` names no licence.
    """
    seen: set[str] = set()
    for root in data:
        rows = find_credits(root)
        for pair in find_pairs(root, "train"):
            credit = rows[pair.name].credit if pair.name in rows else {}
            name = f"{root.resolve().name}/{pair.name}"
            look_id = hashlib.sha256(name.encode()).hexdigest()[:ID_LETTERS]
            if look_id in seen or (licensed and not is_licence(credit.get("licence", ""))):
                continue
            if (cut := _cut(pair, label_set, size)) is None:
                continue
            if (fault := fault_of(cut[0])) not in (None, DARK_PHOTO):
                LOG.info("%s lends no look: %s", name, fault)
                continue
            seen.add(look_id)
            where = [credit.get("source_repo", ""), credit.get("source_path", "")]
            source = ": ".join(part for part in where if part) or name
            yield Photo(look_id, credit.get("author", ""), credit.get("licence", ""), source, *cut)


def is_licence(text: str) -> bool:
    """Tell whether the text of a manifest's column names a licence."""
    return bool(text) and not text.lower().startswith("not stated")


def _cut(
    pair: Pair, label_set: LabelSet, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None:
    try:
        item = PairDataset([pair], label_set, size, None)[0]
    except UnreadablePairsError:  # it has been reported
        return None
    pixels = ((item["photo"].permute(1, 2, 0).numpy() + 1) * 127.5).round().astype(np.uint8)
    return pixels, label_set.ids[item["channels"].numpy()]

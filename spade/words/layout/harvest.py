"""Build the bank of layouts from folders of photos and label maps.

Only maps are kept that a person would take for a scene: with sky above, little unlabelled, and
seen from the ground. Only photos with a licence lend one, and those of the val split do not.
"""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from spade.data.layouts import find_credits, find_pairs
from spade.looks.photos import is_licence
from spade.maps.labelmap import resize_nearest
from spade.maps.labels import LabelSet, load_label_set
from spade.words.layout.bank import LABEL_SET, TILE, Credit, save_bank
from spade.words.layout.canvas import LabelMap, enlarge, fill

LOG = logging.getLogger(__name__)
MOST_UNLABELLED = 0.2
LEAST_SKY, TOP = 0.5, 0.15  # of the uppermost part
MOST_OF_ONE = 0.93
FLAT = ("grass", "dirt", "sea", "water-other", "river", "road", "flower")
HIGH, MOST_HIGH = 0.25, 0.04
CLEANING = 2  # a map is cleaned at so many times its final size
SPECK = 1.5  # borders are smoothed so far, in pixels of the bank
SKY = ("sky-other", "clouds", "fog")


def build_layouts(folder: Path, data: Sequence[Path]) -> int:
    """Build the bank in `folder` and return how many layouts it holds.

    Raises:
        ValueError: no map can be used.
    """
    label_set = load_label_set(LABEL_SET)
    found = list(_layouts(data, label_set))
    if not found:
        raise ValueError(f"no label map in {', '.join(map(str, data))} is a layout")
    save_bank(folder, [layout for layout, _ in found], [credit for _, credit in found])
    return len(found)


def _layouts(data: Sequence[Path], label_set: LabelSet) -> Iterator[tuple[LabelMap, Credit]]:
    for root in data:
        rows = find_credits(root)
        for pair in find_pairs(root, "train"):
            row = rows[pair.name].credit if pair.name in rows else {}
            if not is_licence(row.get("licence", "")):
                continue
            with Image.open(pair.labels) as picture:
                label_map = np.asarray(picture)
            if fault := _fault(label_map, label_set):
                LOG.info("%s/%s is no layout: %s", root.name, pair.name, fault)
                continue
            name = f"{root.resolve().name}/{pair.name}"
            where = [row.get("source_repo", ""), row.get("source_path", "")]
            yield (
                _cleaned(label_map, label_set),
                Credit(
                    hashlib.sha256(name.encode()).hexdigest()[:8],
                    round(label_map.shape[1] / label_map.shape[0], 3),
                    row.get("author", ""),
                    row["licence"],
                    ": ".join(part for part in where if part) or name,
                ),
            )


def _fault(label_map: LabelMap, label_set: LabelSet) -> str:
    """Return why a label map is no layout, or nothing."""
    sky = [label.id for label in label_set.labels if label.name in SKY]
    top = label_map[: max(1, round(TOP * len(label_map)))]
    counts = np.bincount(label_map.ravel(), minlength=256) / label_map.size
    if counts[label_set.unlabelled_id or 0] > MOST_UNLABELLED:
        return "much of it is unlabelled"
    if np.isin(top, sky).mean() < LEAST_SKY:
        return "no sky above"
    flat = [label.id for label in label_set.labels if label.name in FLAT]
    if np.isin(label_map[: round(HIGH * len(label_map))], flat).mean() > MOST_HIGH:
        return "level ground as high as the sky"
    if counts.max() > MOST_OF_ONE:
        return "all of it is one material"
    if len(sky) and counts[sky].sum() > MOST_OF_ONE:
        return "nothing but sky"
    return ""


def _cleaned(label_map: LabelMap, label_set: LabelSet) -> LabelMap:
    """Return a layout `[TILE, TILE]` without unlabelled places and without specks."""
    large = resize_nearest(label_map, (CLEANING * TILE, CLEANING * TILE))
    large = fill(large, large == label_set.unlabelled_id)
    return resize_nearest(enlarge(large, large.shape, SPECK * CLEANING), (TILE, TILE))

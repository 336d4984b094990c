"""Find photos and their label maps in the folder layouts that people have."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from spade.data.manifest import MANIFEST, Row, read_manifest
from spade.data.matching import find_files, match

# Without a manifest, one pair in so many is for measuring.
VAL_EVERY = 5
LOSSY = {".jpg", ".jpeg", ".jfif"}


@dataclass(frozen=True)
class Pair:
    """A photo with its label map and, where the data has one, its instance map.

    name: the photo's path below the folder of photos, without ending, by which it is known.
    """

    photo: Path
    labels: Path
    instances: Path | None = None
    name: str = ""


@dataclass(frozen=True)
class Layout:
    """Where one split's files lie below the data folder, and how their names correspond.

    Names without `photo_suffix`, `label_suffix` and `instance_suffix` must be equal.
    """

    photos: str
    labels: str
    instances: str | None = None
    photo_suffix: str = ""
    label_suffix: str = ""
    instance_suffix: str = ""


LAYOUTS: dict[str, dict[str, Layout]] = {
    "coco": {
        "train": Layout("train_img", "train_label", "train_inst"),
        "val": Layout("val_img", "val_label", "val_inst"),
    },
    "ade20k": {
        "train": Layout("images/training", "annotations/training"),
        "val": Layout("images/validation", "annotations/validation"),
    },
    "cityscapes": {
        split: Layout(
            f"leftImg8bit/{split}",
            f"gtFine/{split}",
            f"gtFine/{split}",
            "_leftImg8bit",
            "_gtFine_labelIds",
            "_gtFine_instanceIds",
        )
        for split in ("train", "val")
    },
}


def find_pairs(root: Path, split: str) -> list[Pair]:
    """List the pairs of one split (`train` or `val`), sorted by name.

    Known: `photos/` + `labels/`, with an optional `manifest.csv` whose columns `file` and `split`
    part them (without it every fifth pair is `val`, the last of fewer) and whose column `draws`
    says how many times a pair is listed, so that it is seen as often; and the COCO-Stuff, ADE20K
    and Cityscapes layouts.

    Raises:
        ValueError: no known layout, no pair in this split, or files that may belong to several.
    """
    if not root.is_dir():
        raise ValueError(f"there is no folder {root}")
    if (root / "photos").is_dir() and (root / "labels").is_dir():
        return _plain_pairs(root, split)
    pairs = _known_layout(root, split)
    if not pairs:
        raise ValueError(f"no pair of photo and label map for split '{split}' below {root}")
    return pairs


def find_train_pairs(data: Path, more_data: Sequence[Path]) -> list[Pair]:
    """List the train pairs of several folders; see `find_pairs`."""
    return [pair for root in (data, *more_data) for pair in find_pairs(root, "train")]


def find_credits(root: Path) -> dict[str, Row]:
    """Return what a folder's `manifest.csv` says of its photos, by name.

    Raises:
        ValueError: with the line of what is not understood.
    """
    return read_manifest(root, sorted(find_files(root / "photos")))


def _known_layout(root: Path, split: str) -> list[Pair]:
    for layouts in LAYOUTS.values():
        layout = layouts[split]
        if (root / layout.photos).is_dir() and (root / layout.labels).is_dir():
            return _pairs(root, layout)
    wanted = ", ".join(
        [
            "photos + labels",
            *(f"{v['train'].photos} + {v['train'].labels}" for v in LAYOUTS.values()),
        ]
    )
    raise ValueError(f"{root} has none of the known layouts: {wanted}")


def _plain_pairs(root: Path, split: str) -> list[Pair]:
    pairs = _pairs(root, Layout("photos", "labels", "instances"))
    if not pairs and not find_files(root / "photos"):
        raise ValueError(f"{root / 'photos'} holds no pictures")
    if not pairs:
        raise ValueError(
            f"{root}: none of {len(find_files(root / 'photos'))} photos has a label map; "
            "labels/ holds a PNG of the same name for each"
        )
    rows = find_credits(root)
    if rows:
        said = [(pair, rows.get(pair.name)) for pair in pairs]
        found = [
            pair
            for pair, row in said
            if (row.split if row else "train") == split
            for _ in range(row.draws if row else 1)
        ]
        if not found:
            raise ValueError(f"{root / MANIFEST} puts none of {len(pairs)} pairs into '{split}'")
        return found
    return _parted(root, pairs, split)


def _parted(root: Path, pairs: list[Pair], split: str) -> list[Pair]:
    """Let every fifth pair be val, and the last of fewer."""
    if len(pairs) == 1 and split == "val":
        raise ValueError(
            f"{root} has one pair alone, {pairs[0].name}, which is trained on; figures need another"
        )
    last = len(pairs) - 1 if 1 < len(pairs) < VAL_EVERY else None
    held = {i for i in range(len(pairs)) if i % VAL_EVERY == VAL_EVERY - 1 or i == last}
    return [pair for i, pair in enumerate(pairs) if (i in held) == (split == "val")]


def _pairs(root: Path, layout: Layout) -> list[Pair]:
    photos = find_files(root / layout.photos, layout.photo_suffix)
    labels = match(photos, find_files(root / layout.labels, layout.label_suffix))
    for path in labels.values():
        if path.suffix.lower() in LOSSY:
            raise ValueError(f"{path} is a JPEG, which changes labels; save label maps as PNG")
    instances = {}
    if layout.instances:
        instances = match(photos, find_files(root / layout.instances, layout.instance_suffix))
    return [
        Pair(photos[name], labels[name], instances.get(name), name)
        for name in sorted(photos)
        if name in labels
    ]


def large_enough(pairs: list[Pair], side: int) -> list[Pair]:
    """Return the pairs whose photo's short side has at least so many pixels.

    Raises:
        ValueError: there are none.
    """
    found = [pair for pair in pairs if side == 0 or _short_side(pair.photo) >= side]
    if not found:
        raise ValueError(
            f"none of {len(pairs)} photos has a short side of {side} pixels; take larger ones"
        )
    return found


def _short_side(path: Path) -> float:
    try:
        with Image.open(path) as picture:
            return min(picture.size)
    except OSError:
        return math.inf  # it is reported when it is read

"""Find photos and their label maps in the folder layouts that people have."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Pair:
    """A photo with its label map and, where the data has one, its instance map."""

    photo: Path
    labels: Path
    instances: Path | None = None


@dataclass(frozen=True)
class Layout:
    """Where one split's files lie below the data folder, and how their names correspond.

    File stems without `photo_suffix`, `label_suffix` and `instance_suffix` must be equal.
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
    part them (without it every fifth pair is `val`) and whose column `draws` says how many times a
    pair is listed, so that it is seen as often; and the COCO-Stuff, ADE20K and Cityscapes layouts.

    Raises:
        ValueError: no known layout, or no pair in this split.
    """
    if (root / "photos").is_dir() and (root / "labels").is_dir():
        pairs = _plain_pairs(root, split)
    else:
        pairs = _known_layout(root, split)
    if not pairs:
        raise ValueError(f"no pair of photo and label map for split '{split}' below {root}")
    return pairs


def find_train_pairs(data: Path, more_data: Sequence[Path]) -> list[Pair]:
    """List the train pairs of several folders; see `find_pairs`."""
    return [pair for root in (data, *more_data) for pair in find_pairs(root, "train")]


def _known_layout(root: Path, split: str) -> list[Pair]:
    for layouts in LAYOUTS.values():
        layout = layouts[split]
        if (root / layout.photos).is_dir() and (root / layout.labels).is_dir():
            return _match(root, layout)
    wanted = ", ".join(
        [
            "photos + labels",
            *(f"{v['train'].photos} + {v['train'].labels}" for v in LAYOUTS.values()),
        ]
    )
    raise ValueError(f"{root} has none of the known layouts: {wanted}")


def _plain_pairs(root: Path, split: str) -> list[Pair]:
    pairs = _match(root, Layout("photos", "labels", "instances"))
    manifest = root / "manifest.csv"
    if manifest.is_file():
        with manifest.open(encoding="utf-8", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file)}
        wanted = [(pair, rows.get(pair.photo.stem, {})) for pair in pairs]
        return [
            pair
            for pair, row in wanted
            if (row.get("split") or "train") == split
            for _ in range(int(row.get("draws") or 1))
        ]
    return [pair for i, pair in enumerate(pairs) if (i % 5 == 4) == (split == "val")]


def _match(root: Path, layout: Layout) -> list[Pair]:
    labels = _by_stem(root / layout.labels, layout.label_suffix)
    instances = (
        _by_stem(root / layout.instances, layout.instance_suffix) if layout.instances else {}
    )
    photos = _by_stem(root / layout.photos, layout.photo_suffix)
    return [
        Pair(photo, labels[stem], instances.get(stem))
        for stem, photo in sorted(photos.items())
        if stem in labels
    ]


def _by_stem(folder: Path, suffix: str) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {
        path.stem.removesuffix(suffix): path
        for path in folder.rglob("*")
        if path.suffix.lower() in PHOTO_SUFFIXES and path.stem.endswith(suffix)
    }

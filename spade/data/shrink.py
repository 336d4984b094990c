"""A data set with smaller photos, for machines that little can be carried to."""

import csv
from pathlib import Path
from typing import Any

from PIL import Image

from spade.data.layouts import Pair, find_pairs

QUALITY = 92


def shrink(data: Path, out: Path, side: int) -> int:
    """Write the pairs of `data` as `photos/`, `labels/` and `manifest.csv`; return how many.

    Photos whose short side is above `side` pixels are made that small; label and instance maps
    take their nearest pixel. What is smaller stays as it is. Photos are JPEG, maps PNG.

    Raises:
        ValueError: no known layout, or no pairs.
    """
    rows: list[dict[str, str]] = []
    for split in ("train", "val"):
        for pair in find_pairs(data, split):
            name = f"{len(rows):05d}-{pair.photo.stem}"
            _write(pair, out, name, side)
            rows.append({"file": name, "split": split})
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "split"])
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _write(pair: Pair, out: Path, name: str, side: int) -> None:
    with Image.open(pair.photo) as photo:
        factor = min(1.0, side / min(photo.size))
        size = (round(photo.width * factor), round(photo.height * factor))
        small = photo.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        _save(small, out / "photos" / f"{name}.jpg", quality=QUALITY)
    maps = {"labels": pair.labels, "instances": pair.instances}
    for folder, path in maps.items():
        if path is not None:
            with Image.open(path) as values:
                small = values.resize(size, Image.Resampling.NEAREST)
                _save(small, out / folder / f"{name}.png", optimize=True)


def _save(picture: Image.Image, path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **options)

"""The bank of layouts: coarse label maps of openly licensed photos, with a credit for each.

`layouts.png` holds them as tiles of one picture, an 8-bit palette PNG whose pixels are label ids,
and `layouts.tsv` tells in the same order whose photo each is of.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from spade.maps.labelmap import write_label_map
from spade.maps.labels import load_label_set

FOLDER = Path(__file__).parent
MAPS_FILE, CREDITS_FILE = "layouts.png", "layouts.tsv"
LABEL_SET = "landscape"
TILE = 128  # pixels a side of a layout, whatever the photo's proportions are
COLUMNS = 20
FIELDS = ("id", "aspect", "author", "licence", "source")


@dataclass(frozen=True)
class Credit:
    """Whose photo a layout is of; `aspect` is its width over its height."""

    id: str
    aspect: float
    author: str
    licence: str
    source: str


@dataclass(frozen=True)
class Bank:
    """Layouts `[N, TILE, TILE] uint8` of ids of the label set `landscape`, and their credits."""

    maps: npt.NDArray[np.uint8]
    credits: tuple[Credit, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        """Label ids by the names of materials."""
        return {label.name: label.id for label in load_label_set(LABEL_SET).labels}

    @cached_property
    def small(self) -> npt.NDArray[np.uint8]:
        """The layouts at half their size, to look them through."""
        return np.ascontiguousarray(self.maps[:, ::2, ::2])

    @cached_property
    def shares(self) -> dict[str, npt.NDArray[np.float64]]:
        """`[N]` by material: how much each layout has of it, 0 to 1."""
        return {name: (self.small == i).mean(axis=(1, 2)) for name, i in self.ids.items()}


@lru_cache
def load_bank(folder: Path = FOLDER) -> Bank:
    """Read a bank.

    Raises:
        ValueError: the two files do not fit each other.
    """
    with (folder / CREDITS_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    credits = tuple(_credit(row) for row in rows)
    with Image.open(folder / MAPS_FILE) as picture:
        sheet = np.asarray(picture)
    tiles = sheet.reshape(-1, TILE, sheet.shape[1] // TILE, TILE).swapaxes(1, 2)
    maps = np.ascontiguousarray(tiles.reshape(-1, TILE, TILE)[: len(credits)])
    if len(maps) != len(credits):
        raise ValueError(f"{folder}: {len(credits)} credits, but {len(maps)} layouts")
    return Bank(maps, credits)


def _credit(row: dict[str, str]) -> Credit:
    aspect = float(row["aspect"])
    return Credit(row["id"], aspect, row["author"], row["licence"], row["source"])


def save_bank(
    folder: Path, maps: Sequence[npt.NDArray[np.uint8]], credits: Sequence[Credit]
) -> None:
    """Write layouts `[TILE, TILE]` and their credits, in the same order."""
    label_set = load_label_set(LABEL_SET)
    rest = -len(maps) % COLUMNS
    blank = np.full((rest, TILE, TILE), label_set.unlabelled_id, dtype=np.uint8)
    tiles = np.concatenate([np.stack(maps), blank]).reshape(-1, COLUMNS, TILE, TILE)
    sheet = tiles.swapaxes(1, 2).reshape(-1, COLUMNS * TILE)
    (folder / MAPS_FILE).write_bytes(
        _smallest(write_label_map(np.ascontiguousarray(sheet), label_set))
    )
    with (folder / CREDITS_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(vars(credit) for credit in credits)


def _smallest(png: bytes) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

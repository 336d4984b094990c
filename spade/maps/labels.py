"""Label sets and colour palettes, read from the tables in `spade/tables`.

A *label id* is what a pixel of a label map holds. In the sets `coco` and `landscape` it is the
zero-based COCO-Stuff id (sky-other 156, sea 154; 182 = unlabelled). A *channel* is the position
of a label inside its set, which is the index of its one-hot plane in the generator's input.
"""

import colorsys
import csv
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

TABLES = Path(__file__).parent.parent / "tables"
THEMES = ("natural", "safe", "gaugan")
PALETTES = ("natural", "safe", "gaugan", "smart-sketch", "spade")

#: How borders are painted: as they are drawn, or as uneven as those of the materials.
Borders = Literal["drawn", "natural"]
BORDERS: tuple[Borders, ...] = get_args(Borders)
#: Outlines that natural borders treat in a way of their own, in the order of `outline_of_id`.
OUTLINES = ("", "crown", "cloud", "sky", "backdrop")
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Label:
    """One material that can be painted.

    `colours` holds `#rrggbb` by palette name; palettes that lack the label are absent.
    `roughness` in [0, 1] says how uneven its borders are, see `spade.borders`. `outline` is one of
    `OUTLINES`: foliage has crowns, which grow over clouds, skies and backdrops alone.
    """

    id: int
    name: str
    group: str
    colours: dict[str, str]
    roughness: float = 0.0
    outline: str = ""


@dataclass(frozen=True)
class LabelSet:
    """The labels that a model knows, in the order of its input channels."""

    name: str
    labels: tuple[Label, ...]
    unlabelled_id: int | None

    @cached_property
    def ids(self) -> npt.NDArray[np.uint8]:
        """Label ids by channel, `[channels] uint8`."""
        return np.array([label.id for label in self.labels], dtype=np.uint8)

    @cached_property
    def channel_of_id(self) -> npt.NDArray[np.int16]:
        """Channel by label id, `[256] int16`; -1 where the set lacks the id."""
        table = np.full(256, -1, dtype=np.int16)
        table[self.ids] = np.arange(len(self.labels))
        return table

    @cached_property
    def roughness_of_id(self) -> npt.NDArray[np.float32]:
        """Roughness by label id, `[256] float32`; 0 where the set lacks the id."""
        table = np.zeros(256, dtype=np.float32)
        table[self.ids] = [label.roughness for label in self.labels]
        return table

    @cached_property
    def outline_of_id(self) -> npt.NDArray[np.uint8]:
        """Place in `OUTLINES` by label id, `[256] uint8`; 0 where the set lacks the id."""
        table = np.zeros(256, dtype=np.uint8)
        table[self.ids] = [OUTLINES.index(label.outline) for label in self.labels]
        return table

    def takes_natural_borders(self, *, instance_edges: bool) -> bool:
        """Tell whether natural borders change anything, and a model of this set may paint them.

        Instance edges would no longer lie on borders that were moved.
        """
        return bool(self.roughness_of_id.any()) and not instance_edges

    def holds(self, other: "LabelSet") -> bool:
        """Tell whether this set has all materials of another, by the same ids."""
        return {(label.id, label.name) for label in other.labels} <= {
            (label.id, label.name) for label in self.labels
        }

    def by_id(self, label_id: int) -> Label:
        """Return the label with this id.

        Raises:
            KeyError: the set has no such label.
        """
        channel = int(self.channel_of_id[label_id]) if 0 <= label_id < 256 else -1
        if channel < 0:
            raise KeyError(f"label set '{self.name}' has no label {label_id}")
        return self.labels[channel]

    def palette(self, name: str) -> dict[Rgb, int]:
        """Return label id by colour for one of `PALETTES`, for the labels of this set only."""
        if name not in PALETTES:
            raise KeyError(f"no palette '{name}'; known: {', '.join(PALETTES)}")
        return {
            parse_colour(label.colours[name]): label.id
            for label in self.labels
            if name in label.colours
        }


def parse_colour(text: str) -> Rgb:
    """Parse `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@lru_cache
def load_label_set(name: str) -> LabelSet:
    """Load a label set by the name of its table.

    A table with only an `id` column is a selection from `coco`. `numbered-N` and
    `numbered-N-unlabelled` need no table: N labels of which nothing but the number is known.

    Raises:
        KeyError: there is no such table; the message lists those there are.
    """
    if numbered := re.fullmatch(r"numbered-(\d+)(-unlabelled)?", name):
        return _numbered(name, int(numbered[1]), numbered[2] is not None)
    path = TABLES / f"{name}.tsv"
    known = sorted(table.stem for table in TABLES.glob("*.tsv"))
    if name not in known:
        raise KeyError(f"no label set '{name}'; known: {', '.join(known)}")
    rows = _rows(path)
    if rows and rows[0].keys() == {"id"}:
        coco = load_label_set("coco")
        labels = tuple(coco.by_id(int(row["id"])) for row in rows)
    else:
        labels = tuple(_label(row) for row in rows)
    unlabelled = [label.id for label in labels if label.name == "unlabelled"]
    return LabelSet(name, labels, unlabelled[0] if unlabelled else None)


def _numbered(name: str, count: int, unlabelled: bool) -> LabelSet:
    if not 1 <= count <= 255:
        raise KeyError(f"label set '{name}': a label map holds 1 to 255 labels, not {count}")
    labels = []
    for number in range(count + int(unlabelled)):
        # Hues a golden section apart, in three shades, are told apart as well as many hues can be.
        shade = (1.0, 0.75, 0.5)[number % 3]
        red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, 0.35 + shade / 2, shade)
        colour = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
        last = unlabelled and number == count
        labels.append(
            Label(
                number,
                "unlabelled" if last else f"label {number}",
                "none" if last else "other",
                dict.fromkeys(THEMES, "#000000" if last else colour),
            )
        )
    return LabelSet(name, tuple(labels), count if unlabelled else None)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _label(row: dict[str, str]) -> Label:
    colours = {name: row[name] for name in PALETTES if row.get(name)}
    roughness = float(row.get("roughness") or 0)
    outline = row.get("outline") or ""
    return Label(int(row["id"]), row["name"], row["group"], colours, roughness, outline)
